"""The file-system steps of a run on a directory lake, counted; at one of them the process kills itself.

Python announces every file that is opened and every rename before it is done
(https://docs.python.org/3/library/audit_events.html), so a process that is killed at step n has done n - 1.
What has no announcement is how far a write came: before the n-th step is an fsync, half of the file is
cut off, as if the process had been killed in the middle of it.
"""

import os
import signal
import stat
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

_CHANGES = {"os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def count_steps(lake: str, kill_at: int, notes: str) -> None:
    """Count from now on what this process does to a lake; write the number to the file `notes` at each."""
    steps = count(1)
    written = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)

    def step(before: Callable[[], object] = lambda: None) -> None:
        number = next(steps)
        os.pwrite(written, b"%d" % number, 0)
        if number == kill_at:
            before()
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if _is_change(event, arguments) and any(_lies_in(lake, each) for each in arguments[:2]):
            step()

    sys.addaudithook(heard)
    _hear_of_fsync(step)


def _hear_of_fsync(step: Callable[[Callable[[], object]], None]) -> None:
    fsync = os.fsync

    def heard(handle: int) -> None:
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode):
            step(lambda: os.ftruncate(handle, status.st_size // 2))
        fsync(handle)

    os.fsync = heard  # type: ignore[assignment]


def _is_change(event: str, arguments: tuple[object, ...]) -> bool:
    if event != "open":
        return event in _CHANGES
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & _WRITES)


def _lies_in(lake: str, path: object) -> bool:
    return isinstance(path, str | Path) and os.fspath(path).startswith(lake)


def steps_of(notes: Path) -> int:
    """Return how many steps a run took."""
    return int(notes.read_text("utf-8") or 0)
