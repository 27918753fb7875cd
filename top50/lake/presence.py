"""Who has a directory lake open; and what a killed run left there, which whoever is alone removes."""

import fcntl
import os
import re
import weakref
from contextlib import suppress
from pathlib import Path

from top50.lake.lock import lock, write_holder

_STAGED = re.compile(r"[0-9a-f]{16}")
"""The name of a file that is being written, in the lake's own folder."""

_OPENING = "opening"
"""Who is alone in the lake just now, in its own folder."""

_EMPTIED = ("raw_data/to_processed", "raw_data/quarantine")
"""Where raw objects leave folders behind that are named as ours are: `chart=<chart>/<date>/`."""


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
        with suppress(OSError):  # the disk knows no locks
            lock(handle, fcntl.LOCK_SH, root, own / _OPENING)


def _tidy(root: Path, own: Path) -> None:
    with suppress(OSError), (own / _OPENING).open("wb") as opening:  # a full disk: the name only helps
        write_holder(opening.fileno())
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
