"""Work is shared with other processes, comes back in order, and its errors come back too."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

from top50.errors import LakeConflict, WorkerUnavailable
from top50.parallel import cores, in_another_process, processes


def meet(folder: str, number: int) -> tuple[int, int]:
    """Wait, in the first process, until a second one works, too."""
    Path(folder, str(os.getpid())).touch()
    deadline = time.monotonic() + 60
    while len(list(Path(folder).iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    return number, os.getpid()


def refuse(number: int) -> int:
    raise LakeConflict(f"number {number} has moved", "Run it again.")


def chatter(number: int) -> int:
    print("between the answers")  # noqa: T201
    return number


def where(module: str) -> str | None:
    return import_module(module).__file__


def own_id(_: object) -> int:
    return os.getpid()


def hold(file: Path) -> None:
    """Work for a minute, or until the process that wants the result is gone."""
    parent, deadline = os.getppid(), time.monotonic() + 60
    file.write_text(str(os.getpid()))
    while os.getppid() == parent and time.monotonic() < deadline:
        time.sleep(0.01)


def ends(process: int) -> bool:
    """Whether a process is gone within a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.01)
    return False


def test_items_come_back_in_order_whoever_did_them(tmp_path: Path) -> None:
    with processes(2) as share:
        found = list(share(partial(meet, str(tmp_path)), range(100)))
    assert [number for number, _ in found] == list(range(100))
    workers = {process for _, process in found}
    assert len(workers) == 2
    assert os.getpid() not in workers


def test_this_process_may_take_its_share(tmp_path: Path) -> None:
    with processes(1, here=True) as share:
        assert os.getpid() in {process for _, process in share(partial(meet, str(tmp_path)), range(100))}


def test_an_error_is_raised_where_the_work_came_from_and_knows_its_line() -> None:
    with pytest.raises(LakeConflict, match=r"number 0 has moved\. Run it again\.") as caught:
        with processes(1) as share:
            list(share(refuse, range(40)))
    assert "in refuse" in caught.value.__notes__[0]


def test_a_process_may_print_and_does_more_than_one_kind_of_work(capfd: pytest.CaptureFixture[str]) -> None:
    with processes(2) as share:
        assert list(share(chatter, range(20))) == list(range(20))
        workers = set(share(own_id, range(20)))
    assert all(map(ends, workers))
    assert "between" not in capfd.readouterr().out


def test_a_process_that_ends_without_an_answer_is_an_error_that_passes() -> None:
    with pytest.raises(WorkerUnavailable, match="ended with code 7") as caught:
        in_another_process(os._exit, 7)
    assert caught.value.passing


def test_work_that_takes_too_long_ends_with_its_process(tmp_path: Path) -> None:
    file = tmp_path / "id"
    with pytest.raises(TimeoutError):
        in_another_process(hold, file, seconds=5)
    assert ends(int(file.read_text()))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_process_ends_with_the_one_that_started_it(how: signal.Signals, tmp_path: Path) -> None:
    # What a shell starts in the background ignores Ctrl-C, and so would these.
    work = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    work += "from tests.unit.test_parallel import *; in_another_process(hold, Path(sys.argv[1]))"
    file = tmp_path / "id"
    command = [sys.executable, "-c", work, str(file)]
    parent = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not (file.exists() and file.read_text()):
        assert parent.poll() is None
        time.sleep(0.01)
    if how is signal.SIGINT:
        os.killpg(parent.pid, how)  # as a terminal does
    else:
        parent.send_signal(how)
    _, errors = parent.communicate()  # ends when both processes have
    assert parent.returncode == -how
    assert errors.count("Traceback") == (how is signal.SIGINT)  # the parent's own


def test_nothing_is_imported_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "duckdb.py").write_text("")
    (tmp_path / "top50").mkdir()
    (tmp_path / "top50" / "__init__.py").write_text("")
    monkeypatch.chdir(tmp_path)
    with processes(1) as share:
        found = list(share(where, ["duckdb", "top50"]))
    assert found == [where("duckdb"), where("top50")]


@pytest.mark.skipif(sys.platform != "linux", reason="where a process can be bound to some cores")
def test_only_the_cores_that_this_process_may_use_are_counted() -> None:
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(mine)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, mine)
