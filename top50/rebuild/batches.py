"""Many raw objects → partial tables, batch by batch: list, read concurrently, decode and merge.

Memory depends on the rows of a batch and the few objects that are read ahead, not on the number of objects.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, TypeVar

from top50.lake import TO_PROCESSED, Item, Lake
from top50.parallel import Map, cores, processes
from top50.raw.backlog import in_batches, read_listed
from top50.read.snapshot import Wanted
from top50.rebuild.partial_tables import Partial, build_partial, merge_partials

# The most that one batch reads; only READ_AHEAD objects of it are in memory at a time, and its rows.
BATCH_BYTES = 128 * 2**20

# Minimum batch size: a batch has the fixed cost of about a dozen objects, more on S3.
LEAST_BYTES = 16 * 2**20

# How many raw objects are read at the same time.
READ_AHEAD = 16

# With fewer raw objects, starting processes takes longer (about a second) than they save.
FEWEST = 200

# How many partial tables are merged at a time.
MERGE_SIZE = 8

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class Selection(NamedTuple):
    """The folder of listed raw objects, the charts wanted of them, and whether simulated ones (None: any)."""

    folder: str
    wanted: Wanted
    simulated: bool | None = None


# Builds partial tables of listed raw objects, on whatever machine; the order of objects does not matter.
Builder = Callable[[Selection, Sequence[Item]], Iterable[Partial]]


def build_batch(lake: Lake, selection: Selection, keys: Sequence[str]) -> Partial:
    """Return the partial tables of raw objects, whose keys are relative to the folder.

    Raises LakeConflict when an archived object is gone; a pending one may be, since others process it too.
    """
    newest_first = read_ahead(lake, selection.folder, reversed(keys))
    return build_partial(newest_first, selection.wanted, selection.simulated)


def read_ahead(lake: Lake, folder: str, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (key, content) in order; from a lake behind a network, several are read at the same time."""

    def read(key: str) -> tuple[str, bytes] | None:
        if folder != TO_PROCESSED:
            return read_listed(lake, folder, key)
        stored = lake.read(folder + key)
        return (key, stored.content) if stored else None

    found = map(read, keys) if lake.near else _map_ahead(read, keys)
    return (raw for raw in found if raw is not None)


def _map_ahead(work: Callable[[_In], _Out], items: Iterable[_In]) -> Iterator[_Out]:
    """Map in threads, READ_AHEAD items ahead of the consumer and no more."""
    with ThreadPoolExecutor(READ_AHEAD) as pool:
        waiting: deque[Future[_Out]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > READ_AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def map_on_cores(count: int) -> Iterator[Map]:
    """Yield a `map` that uses every core for work on this many raw objects; for a few, this process alone."""
    if cores() < 2 or count < FEWEST:
        yield map
        return
    with processes(cores() - 1, __name__, here=True) as share:
        yield share


def local_builder(lake: Lake, map_: Map) -> Builder:
    """Return a builder on this machine; map_: see `map_on_cores`."""

    def build(selection: Selection, items: Sequence[Item]) -> Iterable[Partial]:
        batches = batches_of(items, cores(), least=LEAST_BYTES, most=BATCH_BYTES)
        return map_(partial(build_batch, lake, selection), batches)

    return build


def merge_stepwise(partials: Iterable[Partial]) -> Iterator[Partial]:
    """Yield the merge of the first few, then of these and the next few, and so on up to all."""
    waiting = [merge_partials([])]
    for built in partials:
        waiting.append(built)
        if len(waiting) > MERGE_SIZE:
            waiting = [merge_partials(waiting)]
            yield waiting[0]
    if len(waiting) > 1:
        yield merge_partials(waiting)


def batches_of(items: Sequence[Item], workers: int, *, least: int, most: int) -> list[list[str]]:
    """Cut listed objects into batches of `least` to `most` bytes for this many workers, keys in order.

    Batches get smaller towards the end, so that no worker waits long for the last batch of another.
    """
    batches: list[list[str]] = []
    start, left = 0, sum(item.size for item in items)
    while start < len(items):
        limit = min(most, max(left // (workers * 2), least))  # two more batches of this size for each worker
        batch = next(in_batches(items[start:], limit))
        left -= sum(item.size for item in items[start : start + len(batch)])
        start += len(batch)
        batches.append(batch)
    return batches


def groups_of(count: int, items: Sequence[_In]) -> Iterator[list[_In]]:
    """Yield this many items at a time, in order; the last group may be smaller."""
    return (list(items[start : start + count]) for start in range(0, len(items), count))
