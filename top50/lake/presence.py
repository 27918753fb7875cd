"""Who has a directory lake open; and what a killed run left there, which whoever is alone removes."""

import errno
import fcntl
import logging
import os
import re
import time
import weakref
from contextlib import suppress
from pathlib import Path

from top50.lake.lock import LIMIT, PATIENCE, locked_out, read_holder, write_holder

_STAGED = re.compile(r"[0-9a-f]{16}")
"""The name of a file that is being written, in the lake's own folder."""

_OPENING = "opening"
"""Who is alone in the lake just now, in its own folder."""

_EMPTIED = ("raw_data/to_processed", "raw_data/quarantine")
"""Where raw objects leave folders behind that are named as ours are: `chart=<chart>/<date>/`."""


_POLL = 0.05  # seconds

_logger = logging.getLogger(__name__)


class Presence:
    """Holds the lake's own folder as long as a process has the lake open, however that process ends.

    Everybody shares the lock (https://man7.org/linux/man-pages/man2/flock.2.html); who can have it alone
    knows that every half-written file is a dead one's, and that nobody is about to write into a folder.
    """

    def __init__(self, root: Path, own: Path) -> None:
        handle = os.open(own, os.O_RDONLY)
        weakref.finalize(self, os.close, handle)
        with suppress(OSError):  # somebody else has it open, or the disk knows no locks: it stays as it is
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _tidy(root, own)
        _share(handle, root, own)


def _share(handle: int, root: Path, own: Path) -> None:
    """Hold it together with all others, once whoever is alone has tidied up, which takes milliseconds."""
    started, warned = time.monotonic(), False
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):  # the disk knows no locks
                return None
        waited = time.monotonic() - started
        if waited > LIMIT:
            raise locked_out(root, own / _OPENING)
        if waited > PATIENCE and not warned:
            _logger.warning("Waiting for %s, which opens the lake %s", read_holder(own / _OPENING), root)
            warned = True
        time.sleep(_POLL)


def _tidy(root: Path, own: Path) -> None:
    write_holder(own / _OPENING)
    _remove_leftovers(root, own)
    (own / _OPENING).unlink(missing_ok=True)


def _remove_leftovers(root: Path, own: Path) -> None:
    for path in own.iterdir():
        if _STAGED.fullmatch(path.name):
            path.unlink(missing_ok=True)
    for folder in _EMPTIED:
        for chart in (root / folder).glob("chart=*/"):
            for path in (*chart.glob("*/"), chart):
                with suppress(OSError):  # not empty: the rule, not the exception
                    path.rmdir()
