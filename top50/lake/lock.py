"""The locks of a directory lake: one on its writes, with a limit and the name of the holder in messages;
and one that all processes share that have the lake open.

The package filelock would replace only the loop in `lock`: it tries flock again and again as that does, but
names no holder of such a lock, logs nothing while it waits, and lets every waiting thread poll. It has no
shared lock on a folder either, which Presence needs.
"""

import errno
import fcntl
import logging
import os
import re
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from top50.errors import LakeError

# Seconds until a log line, and until an error: the lock is held for milliseconds, unless a process hangs.
PATIENCE = 5.0
LIMIT = 600.0

_POLL = 0.01  # seconds
_LONGEST = 200  # bytes of a holder's name

# The name of a file that is being written, in the lake's own folder.
_STAGED = re.compile(r"[0-9a-f]{16}")

# The folders in which we create `chart=<chart>/<date>/` for raw objects.
_EMPTIED = ("raw_data/to_processed", "raw_data/quarantine")

_logger = logging.getLogger(__name__)


class LakeLock:
    """A lock on a file that names its holder; one thread of one process holds it at a time."""

    def __init__(self, path: Path, place: Path) -> None:
        """place: the lake, for messages."""
        self._path, self._place = path, place
        self._threads = threading.Lock()  # so that the threads of a process queue instead of polling

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock in the block. Raises LakeError when somebody else holds it for ten minutes."""
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
    """Lock an open file with flock until it is closed, also by the end of the process.

    holder: the file with the name of the holder. Raises LakeError after ten minutes, OSError where the disk
    has no locks. Source: https://man7.org/linux/man-pages/man2/flock.2.html
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
    """Write the process, its host and the time into an open file."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    text = f"process {os.getpid()} on {socket.gethostname()} since {now}".encode()
    with suppress(OSError):  # the disk is full: the name is not essential
        os.pwrite(handle, text[:_LONGEST].ljust(_LONGEST), 0)


def read_holder(path: Path) -> str:
    """Return the name in the file of a holder."""
    with suppress(OSError):
        return path.read_bytes()[:_LONGEST].decode(errors="replace").strip() or "a process without a name"
    return "a process without a name"


def locked_out(place: Path, holder: Path) -> LakeError:
    """Return the error to raise when the holder does not release the lock."""
    return LakeError(
        f"the lake {place} has been locked for {LIMIT / 60:g} minutes by {read_holder(holder)}",
        "Wait until that process is done, or end it if it hangs, then run it again; nothing is lost.",
    )


class Presence:
    """A process that has the lake open, as a shared lock on the lake's own folder.

    A process that can have that lock alone removes what killed runs have left: then no half-written file
    belongs to a live process, and nobody is about to write into an empty folder.
    """

    def __init__(self, root: Path, own: Path) -> None:
        handle = os.open(own, os.O_RDONLY)
        weakref.finalize(self, os.close, handle)
        opening = own / "opening"  # the name of the process that has the lock alone
        with suppress(OSError):  # others have the lake open, or the disk has no locks: nothing is removed
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(OSError), opening.open("wb") as file:  # the disk is full: the name is not essential
                write_holder(file.fileno())
            _remove_leftovers(root, own)
            opening.unlink(missing_ok=True)
        with suppress(OSError):  # the disk has no locks
            lock(handle, fcntl.LOCK_SH, root, opening)


def _remove_leftovers(root: Path, own: Path) -> None:
    for path in own.iterdir():
        if _STAGED.fullmatch(path.name):
            path.unlink(missing_ok=True)
    for folder in _EMPTIED:
        for chart in (root / folder).glob("chart=*/"):
            for path in (*chart.glob("*/"), chart):
                with suppress(OSError):  # most are not empty
                    path.rmdir()
