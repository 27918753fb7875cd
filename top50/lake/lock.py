"""The lake's lock: it has a limit, and who waits for it is told who holds it."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from top50.errors import LakeError

# Seconds: it is held for milliseconds, so whoever waits longer waits for a process that hangs.
PATIENCE = 5.0
LIMIT = 600.0

_LONGEST = 200  # bytes of a holder's name

_logger = logging.getLogger(__name__)


class LakeLock:
    """A lock on a file that names its holder; of threads and processes one holds it at a time."""

    def __init__(self, path: Path, place: Path) -> None:
        """`place` is the lake, for messages."""
        self._path, self._place = path, place
        self._lock = FileLock(path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock within. Raises LakeError when somebody else holds it for ten minutes."""
        self._acquire()
        try:
            write_holder(self._path)
            yield
        finally:
            self._lock.release()

    def _acquire(self) -> None:
        try:
            self._lock.acquire(timeout=PATIENCE)
        except Timeout:
            _logger.warning("Waiting for the lock of %s, held by %s", self._place, read_holder(self._path))
        else:
            return
        try:
            self._lock.acquire(timeout=LIMIT - PATIENCE)
        except Timeout:
            raise locked_out(self._place, self._path) from None


def write_holder(path: Path) -> None:
    """Write who we are into a file: the process, its host, and now."""
    with suppress(OSError):  # a full disk: the name only helps
        path.write_text(
            f"process {os.getpid()} on {socket.gethostname()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )


def read_holder(path: Path) -> str:
    """Return who wrote the file."""
    try:
        return path.read_bytes()[:_LONGEST].decode(errors="replace") or "a process without a name"
    except OSError:
        return "a process without a name"


def locked_out(place: Path, path: Path) -> LakeError:
    """Return what to raise when the holder does not let go."""
    return LakeError(
        f"the lake {place} has been locked for {LIMIT / 60:g} minutes by {read_holder(path)}",
        "Wait until that process is done, or end it if it hangs, then run it again; nothing is lost.",
    )
