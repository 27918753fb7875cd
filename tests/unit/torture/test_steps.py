"""A process that counts what it does to a lake, and kills itself in the middle of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.steps import steps_of

PROGRAM = """
import os, sys
from pathlib import Path
from tests.torture.steps import count_steps

lake = Path(sys.argv[1])
count_steps(str(lake), int(sys.argv[2]), sys.argv[3])
(lake / "folder").mkdir()                       # 1
with (lake / "folder" / "file").open("wb") as file:  # 2
    file.write(b"12345678")
    file.flush()
    os.fsync(file.fileno())                     # 3
(lake / "folder" / "file").read_bytes()
(lake.parent / "elsewhere").write_bytes(b"")
os.replace(lake / "folder" / "file", lake / "file")  # 4
(lake / "folder").rmdir()                       # 5
"""

LEFT = {
    1: {},
    2: {"folder": None},
    3: {"folder": None, "folder/file": b"1234"},
    4: {"folder": None, "folder/file": b"12345678"},
    5: {"folder": None, "file": b"12345678"},
}


def run(folder: Path, kill_at: int) -> tuple[int, dict[str, bytes | None]]:
    lake = folder / "lake"
    lake.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(lake), str(kill_at), str(folder / "notes")], check=False
    )
    left = {
        path.relative_to(lake).as_posix(): path.read_bytes() if path.is_file() else None
        for path in lake.rglob("*")
    }
    return ended.returncode, left


def test_each_change_of_the_lake_is_a_step_and_nothing_else_is(tmp_path: Path) -> None:
    assert run(tmp_path, 0) == (0, {"file": b"12345678"})
    assert steps_of(tmp_path / "notes") == 5


@pytest.mark.parametrize("number", LEFT)
def test_a_process_that_is_killed_at_a_step_has_done_what_was_before(tmp_path: Path, number: int) -> None:
    assert run(tmp_path, number) == (-signal.SIGKILL, LEFT[number])
