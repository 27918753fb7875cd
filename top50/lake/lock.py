"""The lake's lock: it has a limit, and who waits for it is told who holds it.

The package filelock would replace only the loop in `lock`: it tries flock again and again as that does, but
names no holder of such a lock, says nothing while it waits, and lets every waiting thread poll. It has no
lock on a folder that many share either, which presence.py needs, so both files would stay, with a dependency.
"""

import errno
import fcntl
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from top50.errors import LakeError

# Seconds: it is held for milliseconds, so whoever waits longer waits for a process that hangs.
PATIENCE = 5.0
LIMIT = 600.0

_POLL = 0.01  # seconds
_LONGEST = 200  # bytes of a holder's name

_logger = logging.getLogger(__name__)


class LakeLock:
    """A lock on a file that names its holder; of threads and processes one holds it at a time."""

    def __init__(self, path: Path, place: Path) -> None:
        """`place` is the lake, for messages."""
        self._path, self._place = path, place
        self._threads = threading.Lock()  # so that threads of one process queue, and do not poll

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock within. Raises LakeError when somebody else holds it for ten minutes."""
        if not self._threads.acquire(timeout=LIMIT):
            raise locked_out(self._place, self._path)
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                lock(handle, fcntl.LOCK_EX, self._place, self._path)
                write_holder(handle)
                yield
            finally:
                os.close(handle)
        finally:
            self._threads.release()


def lock(handle: int, kind: int, place: Path, holder: Path) -> None:
    """Lock an open file with flock, which ends when it is closed, however the process ends.

    holder: the file that names who holds it. Raises LakeError after ten minutes, OSError where the disk
    knows no locks. Source: https://man7.org/linux/man-pages/man2/flock.2.html
    """
    started, warned = time.monotonic(), False
    while True:
        try:
            return fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        waited = time.monotonic() - started
        if waited > LIMIT:
            raise locked_out(place, holder)
        if waited > PATIENCE and not warned:
            _logger.warning("Waiting for the lake %s, locked by %s", place, read_holder(holder))
            warned = True
        time.sleep(_POLL)


def write_holder(handle: int) -> None:
    """Write who we are into an open file: the process, its host, and now."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    text = f"process {os.getpid()} on {socket.gethostname()} since {now}".encode()
    with suppress(OSError):  # a full disk: the name only helps
        os.pwrite(handle, text[:_LONGEST].ljust(_LONGEST), 0)


def read_holder(path: Path) -> str:
    """Return who wrote the file."""
    with suppress(OSError):
        return path.read_bytes()[:_LONGEST].decode(errors="replace").strip() or "a process without a name"
    return "a process without a name"


def locked_out(place: Path, holder: Path) -> LakeError:
    """Return what to raise when the holder does not let go."""
    return LakeError(
        f"the lake {place} has been locked for {LIMIT / 60:g} minutes by {read_holder(holder)}",
        "Wait until that process is done, or end it if it hangs, then run it again; nothing is lost.",
    )
