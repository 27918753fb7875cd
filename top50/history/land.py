"""How do old files get into the lake? In groups, to the backlog, without overwriting what is pending."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from top50.errors import LakeConflict
from top50.history.find import Found
from top50.history.judge import Verdict
from top50.history.lake_index import LakeIndex
from top50.lake import TO_PROCESSED, Item, Lake
from top50.parallel import in_threads
from top50.raw import LARGEST
from top50.raw.keys import create, unique_key
from top50.raw.quarantine import put_back

# Bytes that are read and land together; memory follows this.
GROUP_BYTES = 32 * 2**20

# Bytes that land before they are built and published.
STRETCH_BYTES = 256 * 2**20

# The same as soon as merged archives are among them, whose rows are dense.
ARCHIVE_STRETCH_BYTES = 8 * 2**20

_MOST_FILES = 2000


class Progress:
    """How many files of a total are done, how fast, and how long the rest will take."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock, self._start = total, clock, clock()
        self._done = 0

    def expect(self, count: int) -> None:
        """Add files to the total."""
        self._total += count

    def add(self, count: int) -> str:
        """Count some more files as done; return the progress in one line."""
        self._done += count
        rate = self._done / max(self._clock() - self._start, 0.001)
        left = max(self._total - self._done, 0) / rate if rate else 0
        minutes, seconds = divmod(round(left), 60)
        hours, minutes = divmod(minutes, 60)
        clock_time = f"{hours}:{minutes:02}:{seconds:02}"
        return f"{self._done:,} of {self._total:,} files, {rate:,.0f} a second, {clock_time} left"


def in_groups(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Yield the files in groups that are read and land together; memory follows their size.

    A file that is too large to be read counts as empty.
    """
    group: list[Found] = []
    size = 0
    for file in found:
        weight = file.size * file.weight if file.size <= LARGEST else 0
        if group and (size + weight > GROUP_BYTES or len(group) == _MOST_FILES):
            yield group
            group, size = [], 0
        group.append(file)
        size += weight
    if group:
        yield group


def land_all(lake: Lake, verdicts: Iterable[Verdict], index: LakeIndex) -> list[Item]:
    """Put new and refused files into the backlog, without overwriting what is pending; add them to the index.

    Returns what landed; keys are relative to the backlog's folder. Raises LakeConflict.
    """
    landing = [verdict for verdict in verdicts if verdict.lands]
    keys = in_threads(lambda verdict: _land(lake, verdict), landing)
    landed = [
        Item(key, len(verdict.content), version=version)
        for (key, version), verdict in zip(keys, landing, strict=True)
    ]
    for item in landed:
        index.add(TO_PROCESSED, item.key, item.size)
    return landed


def _land(lake: Lake, verdict: Verdict) -> tuple[str, str]:
    """Return the key that it has in the backlog, and its version."""
    key, content = verdict.key, verdict.content
    if verdict.again:
        free = put_back(lake, key)
        return free, lake.version(TO_PROCESSED + free) or ""
    for free in (key, unique_key(key, content)):
        with suppress(LakeConflict):
            return free, create(lake, TO_PROCESSED + free, content)
    raise LakeConflict(
        f"{lake.address}/{TO_PROCESSED}{key} is being written by somebody else", "Run it again."
    )
