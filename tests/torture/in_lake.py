"""Raw objects on their way through a lake, as the flow does it, and where each ended."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from pathlib import Path

from top50.errors import LakeError, Top50Error
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake
from top50.lake.directory import DirectoryLake
from top50.parallel import in_threads
from top50.raw.backlog import (
    archive,
    in_batches,
    list_pending,
    quarantine,
    quarantine_unread,
    read_pending,
    remove_archived,
    too_large,
)
from top50.raw.keys import REASON
from top50.read.snapshot import Wanted
from top50.tables.files import holds_simulated
from top50.tables.publish import publish
from top50.transform import build_tables

from .good import Raw
from .tally import Tally

FOLDERS = (PROCESSED, QUARANTINE)


def put(lake: Lake, raws: Iterable[Raw]) -> None:
    """Put raw objects into the backlog; on a disk without waiting for it."""
    if not isinstance(lake, DirectoryLake):
        in_threads(lambda raw: lake.write(TO_PROCESSED + raw[0], raw[1]), raws)
        return
    for key, content in raws:
        path = lake.root / TO_PROCESSED / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def process(lake: Lake) -> list[LakeError]:
    """Do what flows.process_pending does with a lake, without Prefect; return what was left where it is."""
    wanted, strays = Wanted(), list[LakeError]()
    pending = list_pending(lake)
    large = too_large(pending)
    quarantine_unread(lake, large)
    for keys in in_batches(item for item in pending if item not in large):
        raws = read_pending(lake, keys, strays)
        built = build_tables([raw.raw for raw in raws], wanted, simulated=holds_simulated(lake))
        refused = {each.key for each in built.refused}
        taken = [raw for raw in raws if raw.key not in refused]
        archive(lake, taken)
        publish(lake, built.tables)
        remove_archived(lake, taken)
        quarantine(lake, built.refused, raws)
    return strays


def try_all(
    tally: Tally, lake: Lake, raws: list[Raw], charts: Sequence[Raw] = (), stay: Set[str] = frozenset()
) -> Tally:
    """Process a lake, and count where each raw object ended; one line each must name what has to stay."""
    points = dict.fromkeys([*(key for key, _ in (*raws, *charts)), *stay])
    started = time.perf_counter()
    try:
        strays = process(lake)
        wrong = wrong_ends(lake, [raw for raw in raws if raw[0] not in stay], charts)
        wrong = {key: why for key, why in wrong.items() if key.removeprefix(TO_PROCESSED) not in stay}
        if len(strays) != len(stay):
            wrong[f"{len(strays)} lines for {len(stay)} objects"] = "; ".join(map(str, strays))
    except Top50Error as error:
        wrong = dict.fromkeys(points, f"the run ended: {error}")
    tally.add_all(points, wrong)
    tally.seconds = time.perf_counter() - started
    return tally


def wrong_ends(lake: Lake, raws: Iterable[Raw], good: Iterable[Raw]) -> dict[str, str]:
    """Return key → what is wrong with how it ended: nowhere, in two places, without a reason, held up."""
    ended = {folder: _contents(lake, folder) for folder in FOLDERS}
    places = Counter(content for folder in ended.values() for content in folder.values())
    put_in = Counter(content for _, content in (*raws, *good))
    wrong = {key: "held up: not processed" for key, _ in good if key not in ended[PROCESSED]}
    wrong |= {item.key: "still pending" for item in list_pending(lake)}
    for key, content in raws:
        if places[content] < min(1, put_in[content]):
            wrong[key] = "lost"
        elif places[content] > put_in[content]:
            wrong[key] = f"{places[content]} times, and put there {put_in[content]} times"
    reasons = _reasons(lake)
    return wrong | {key: "no reason" for key in ended[QUARANTINE] if not reasons.get(key)}


def _contents(lake: Lake, folder: str) -> dict[str, bytes]:
    keys = [item.key for item in lake.list(folder) if folder == PROCESSED or not item.key.endswith(REASON)]
    found = in_threads(lake.read, keys)
    return {key.removeprefix(folder): each.content for key, each in zip(keys, found, strict=True) if each}


def _reasons(lake: Lake) -> dict[str, str]:
    keys = [item.key for item in lake.list(QUARANTINE) if item.key.endswith(REASON)]
    found = in_threads(lake.read, keys)
    texts = {key: each.content for key, each in zip(keys, found, strict=True) if each}
    return {
        key.removeprefix(QUARANTINE).removesuffix(REASON): json.loads(text)["reason"]
        for key, text in texts.items()
    }


def outside(folder: Path, lake: Path) -> list[str]:
    """Return what lies beside the lake that was not there."""
    return [str(path) for path in folder.iterdir() if path != lake]
