"""How commands end: in one line, with an exit code, whatever happened."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from top50.command import run_command
from top50.errors import LakeError

from .commands import Ended, run

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def ended(error: BaseException | None, code: int | None = None) -> Ended:
    def main() -> int | None:
        if error:
            raise error
        return code

    return run(lambda: run_command(main), {})


@pytest.mark.parametrize("code", [None, 0, 3])
def test_a_command_ends_with_its_own_code(code: int | None) -> None:
    assert ended(None, code) == (code or 0, "", "")


def test_a_known_error_is_its_line() -> None:
    assert ended(LakeError("it is full", "Empty it.")) == (1, "", "✗ it is full. Empty it.\n")


def test_too_little_memory_is_no_bug() -> None:
    for error in (MemoryError(), ImportError("liba.so: failed to map segment from shared object")):
        code, _, line = ended(error)
        assert code == 1
        assert line.startswith("✗ not enough memory.")


def test_what_nobody_foresaw_is_one_line_and_a_file_with_the_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, _, line = ended(ValueError("of two\nlines " + "x" * 1000))
    assert (code, line.count("\n")) == (1, 1)
    assert line.startswith("✗ This is a bug in top50: ValueError: of two lines xxx")
    assert len(line) < 600
    [file] = tmp_path.iterdir()
    assert line.endswith(f"Please report it with {file}.\n")
    assert "Traceback" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


def test_no_folder_for_the_details_costs_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    code, _, line = ended(ValueError("strange"))
    assert (code, line.count("\n")) == (1, 1)
    assert "This is a bug in top50: ValueError: strange." in line


def in_a_process(script: str) -> "subprocess.Popen[str]":
    begin = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv[0] = '-m'\n"
        "import top50.command as c\n"
    )
    command = [sys.executable, "-c", begin + script]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize(
    "where",
    [
        "wait()",  # while it is imported
        "c.run_command(wait)",
        "import atexit; atexit.register(wait); c.run_command(lambda: 0)",  # while it is tidied up
    ],
)
def test_ctrl_c_is_one_line_at_any_moment(where: str) -> None:
    wait = "def wait():\n    import time; print('here', flush=True); time.sleep(60)\n"
    with in_a_process(f"{wait}{where}") as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == (
            "",
            "✗ Interrupted; nothing is lost. Run it again to go on.\n",
        )
    assert process.returncode == 130


def test_a_reader_that_has_enough_ends_a_command_quietly() -> None:
    script = "c.run_command(lambda: [print('x' * 100) for _ in range(10_000)] and None)"
    with in_a_process(script) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_another_pipe_that_breaks_is_a_bug_and_no_quiet_end() -> None:
    with in_a_process("def main():\n    raise BrokenPipeError\nc.run_command(main)") as process:
        _, line = process.communicate(timeout=30)
    assert re.match(r"✗ This is a bug in top50: BrokenPipeError", line)
    assert process.returncode == 1
    Path(line.split()[-1].rstrip(".")).unlink()


def test_an_output_that_cannot_be_written_is_one_line_and_a_closed_one_none() -> None:
    script = "import sys, top50.command as c; c.begin(); c.run_command(lambda: print('done'))"
    ends = [
        subprocess.run(
            ["sh", "-c", f'"$0" -c "$1" {into}', sys.executable, script],
            cwd=ROOT,
            check=False,
            capture_output=True,
        )
        for into in (">/dev/full", ">&-", "2>&-")
    ]
    assert [end.returncode for end in ends] == [1, 0, 0]
    [line] = ends[0].stderr.decode().splitlines()
    assert line.startswith("✗ cannot write the output: No space left on device. Free some space")
    assert [end.stderr for end in ends[1:]] == [b"", b""]
