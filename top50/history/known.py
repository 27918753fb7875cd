"""What the lake holds already, and how far an import is."""

import re
import time
from collections import defaultdict
from collections.abc import Callable

from top50.backlog import is_clutter
from top50.history.files import Found
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake

_FILED = re.compile(r"^chart=[^/]+/\d{4}-\d\d-\d\d/")
"""What a chart's key may begin with once it has landed."""

_FOLDERS = (PROCESSED, TO_PROCESSED, QUARANTINE)


class Known:
    """What the lake holds, by size, and which keys are taken, as listed once and kept up to date."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._by_size: dict[int, list[tuple[str, str]]] = defaultdict(list)
        self._keys: set[str] = set()
        self._filed: dict[tuple[str, int], tuple[str, float]] = {}
        for folder in _FOLDERS:
            for item in lake.list(folder):
                if not is_clutter(item.key):
                    key = item.key.removeprefix(folder)
                    self.add(folder, key, item.size)
                    if folder != QUARANTINE:  # what lies there is looked at again
                        self._filed[_FILED.sub("", key), item.size] = item.key, item.written

    def unchanged(self, found: Found) -> str:
        """Return where a file lies that landed under its own key and was not touched since; empty: nowhere.

        The listings alone say so: its key, its size, and that it landed after its last change.
        """
        place, written = self._filed.get((_FILED.sub("", found.key), found.size), ("", 0.0))
        return place if found.changed < written else ""

    def add(self, folder: str, key: str, size: int) -> None:
        """Take note of an object."""
        self._by_size[size].append((folder, key))
        self._keys.add(key)

    def is_taken(self, key: str) -> bool:
        """Whether an object lies under this key in one of the folders."""
        return key in self._keys

    def find(self, content: bytes) -> str:
        """Return where in the lake this content lies, in quarantine only if nowhere else; empty: nowhere."""
        places = [self._place(content, *each) for each in self._by_size.get(len(content), ())]
        return min((place for place in places if place), key=is_quarantined, default="")

    def _place(self, content: bytes, folder: str, key: str) -> str:
        """Return where an object lies now, if it has this content: it may have moved since it was listed."""
        for place in dict.fromkeys((folder, *_FOLDERS)):
            stored = self._lake.read(place + key)
            if stored is not None:
                return place + key if stored.content == content else ""
        return ""


def is_quarantined(place: str) -> bool:
    """Whether a place in the lake is in quarantine."""
    return place.startswith(QUARANTINE)


class Progress:
    """How many of so many files are done, how fast, and how long the rest will take."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock, self._start = total, clock, clock()
        self._done = 0

    def add(self, count: int) -> str:
        """Take note of some more files; return where that is, in one line."""
        self._done += count
        rate = self._done / max(self._clock() - self._start, 0.001)
        left = max(self._total - self._done, 0) / rate if rate else 0
        return f"{self._done:,} of {self._total:,} files, {rate:,.0f} a second, {_clock_time(left)} left"


def _clock_time(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
