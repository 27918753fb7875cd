"""What the lake holds already, and how far an import is."""

import hashlib
import re
import time
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake
from top50.raw.backlog import is_clutter, is_left_alone

# Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')

_FOLDERS = (PROCESSED, TO_PROCESSED, QUARANTINE)


class Known:
    """What the lake holds, by size, and which keys are taken, as listed once and kept up to date.

    Size only says what may be the same: bytes are compared, or a digest of them that the lake made.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._by_size: dict[int, list[_Place]] = defaultdict(list)
        self._keys: set[str] = set()
        for folder in _FOLDERS:
            for item in lake.list(folder):
                key = item.key.removeprefix(folder)
                if not (is_left_alone(key) if folder == TO_PROCESSED else is_clutter(key)):
                    self.add(folder, key, item.size, item.version)

    def add(self, folder: str, key: str, size: int, version: str = "") -> None:
        """Take note of an object; `version` as a listing says it."""
        md5 = _MD5.fullmatch(version)
        self._by_size[size].append(_Place(folder, key, md5[1] if md5 else ""))
        self._keys.add(key)

    def is_taken(self, key: str) -> bool:
        """Whether an object lies under this key in one of the folders."""
        return key in self._keys

    def find(self, content: bytes, key: str = "") -> str:
        """Return where in the lake this content lies, in quarantine only if nowhere else; empty: nowhere.

        key: under which it is probably there.
        """
        places = self._by_size.get(len(content), [])
        likely = key.rpartition("/")[2]
        found = ""
        # the likeliest first: most are found in one read
        for place in sorted(places, key=lambda place: not place.key.endswith(likely)):
            address = self._address(content, place)
            if address and not is_quarantined(address):
                return address
            found = found or address
        return found

    def _address(self, content: bytes, place: "_Place") -> str:
        """Return where an object lies now, if it has this content: it may have moved since it was listed."""
        if place.md5 and place.md5 == _md5(content):
            return place.folder + place.key
        # An ETag that differs says nothing: of an encrypted object, or one put in parts, it is no MD5.
        for folder in dict.fromkeys((place.folder, *_FOLDERS)):
            stored = self._lake.read(folder + place.key)
            if stored is not None:
                return folder + place.key if stored.content == content else ""
        return ""


class _Place(NamedTuple):
    folder: str
    key: str
    md5: str
    """The ETag, if it may be one: of what is put in one piece and not encrypted with a key of KMS, it is."""


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def is_quarantined(place: str) -> bool:
    """Whether a place in the lake is in quarantine."""
    return place.startswith(QUARANTINE)


class Progress:
    """How many of so many files are done, how fast, and how long the rest will take."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock, self._start = total, clock, clock()
        self._done = 0

    def expect(self, count: int) -> None:
        """Take note that there are so many more files than it was told of."""
        self._total += count

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
