"""Many raw objects → partial tables: list, read concurrently, decode and merge, batch by batch.

Memory follows the batch's rows and the few objects that are read ahead, not the number of raw objects.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from top50.lake import TO_PROCESSED, Item, Lake
from top50.lake.together import side_by_side
from top50.processes import Processes
from top50.raw.backlog import in_batches, read_listed
from top50.read.snapshot import Wanted
from top50.rebuild.partial_tables import Partial, build_partial, merge_partials

BATCH_BYTES = 128 * 2**20
"""How much one batch reads; of it only READ_AHEAD objects are in memory at a time, and its rows."""

LEAST_BYTES = 16 * 2**20
"""So much is worth a batch, which costs as long as some dozen raw objects besides its own, more from S3."""

READ_AHEAD = 16
"""How many raw objects are read at the same time, and wait."""

FEWEST = 200
"""So many raw objects are worth starting processes for, which takes about a second."""

_BATCHES_EACH = 2
"""How many batches of a size each worker gets of what is left: they are smaller towards the end."""

TOGETHER = 8
"""How many partial tables are merged at a time."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class DoAll(Protocol):
    """Does the same work to all items, wherever that is; what comes of them is in the items' order."""

    def __call__(self, work: Callable[[_In], _Out], items: Sequence[_In], /) -> Iterator[_Out]:
        """Yield what comes of each item; what one raises is raised here."""


class Source(NamedTuple):
    """Where listed raw objects lie in the lake, and what is wanted of them."""

    folder: str
    wanted: Wanted
    simulated: bool | None = None
    """Which kind of charts to take; None takes either."""


BuildAll = Callable[[Source, Sequence[Item]], Iterator[Partial]]
"""Builds listed objects, wherever that is, in batches; the order does not matter."""


def build_batch(lake: Lake, source: Source, keys: Sequence[str]) -> Partial:
    """Make partial tables of listed raw objects, keys relative to the folder.

    Raises LakeConflict when an archived one is gone; somebody else may take one that is pending.
    """
    return build_partial(read_ahead(lake, source.folder, reversed(keys)), source.wanted, source.simulated)


def read_ahead(lake: Lake, folder: str, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (key, content) in order, while the next few are on their way; what is near is read in place."""
    read = partial(_read, lake, folder)
    found = map(read, keys) if lake.near else _ahead(read, keys)
    return (raw for raw in found if raw is not None)


def _read(lake: Lake, folder: str, key: str) -> tuple[str, bytes] | None:
    if folder == TO_PROCESSED:
        stored = lake.read(folder + key)
        return (key, stored.content) if stored else None
    return read_listed(lake, folder, key)


def _ahead(read: Callable[[_In], _Out], keys: Iterable[_In]) -> Iterator[_Out]:
    with ThreadPoolExecutor(READ_AHEAD) as pool:
        waiting: deque[Future[_Out]] = deque()
        for key in keys:
            waiting.append(pool.submit(read, key))
            if len(waiting) > READ_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def on_cores(count: int) -> Iterator[DoAll]:
    """Work on so many raw objects in as many processes as there are cores; in this one when they are few."""
    processes = os.cpu_count() or 1
    if processes < 2 or count < FEWEST:
        yield map
        return
    with Processes(processes - 1, __name__) as pool:
        yield pool.map


def in_threads(work: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
    """Do it in threads of this process: enough where the work is done outside Python."""
    yield from side_by_side(work, items)


def build_here(lake: Lake, do_all: DoAll) -> BuildAll:
    """Build from a lake on this machine, in order."""

    def build(source: Source, items: Sequence[Item]) -> Iterator[Partial]:
        batches = batches_of(items, os.cpu_count() or 1, least=LEAST_BYTES, most=BATCH_BYTES)
        return do_all(partial(build_batch, lake, source), batches)

    return build


def merged(partials: Iterable[Partial]) -> Iterator[Partial]:
    """Yield what the first few give, then what these and the next few give, and so on to all of them."""
    waiting = [merge_partials([])]
    for made in partials:
        waiting.append(made)
        if len(waiting) > TOGETHER:
            waiting = [merge_partials(waiting)]
            yield waiting[0]
    if len(waiting) > 1:
        yield merge_partials(waiting)


def batches_of(items: Sequence[Item], workers: int, *, least: int, most: int) -> list[list[str]]:
    """Cut listed objects into batches of `least` to `most` bytes for so many workers, keys in order.

    They are smaller towards the end, so that no worker waits long for another one's last.
    """
    batches: list[list[str]] = []
    start, left = 0, sum(item.size for item in items)
    while start < len(items):
        limit = min(most, max(left // (workers * _BATCHES_EACH), least))
        batch = next(in_batches(items[start:], limit))
        left -= sum(item.size for item in items[start : start + len(batch)])
        start += len(batch)
        batches.append(batch)
    return batches


def groups_of(count: int, items: Sequence[_In]) -> Iterator[list[_In]]:
    """Yield so many items at a time, in order; the last time what is left."""
    return (list(items[start : start + count]) for start in range(0, len(items), count))
