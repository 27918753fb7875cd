"""Bring in old raw objects: which are new to the lake, under which key each lands, and what is left out.

What the lake has already is recognised by content. A listing says the sizes, so only objects of
the same size are read to be compared, and nothing is kept beside the lake.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from top50.backlog import LARGEST, is_clutter
from top50.errors import LakeConflict, LakeError, RawError
from top50.files import holds_simulated
from top50.history_files import Found
from top50.history_known import Known, is_quarantined
from top50.keys import unique_key
from top50.lake import QUARANTINE, TO_PROCESSED, Item, Lake
from top50.lake.together import side_by_side
from top50.quarantine import put_back
from top50.raw import chart_in_key
from top50.read import read_snapshot
from top50.snapshot import SIMULATOR, Snapshot, Wanted

GROUP_BYTES = 32 * 2**20
"""How much is read and lands together; memory follows this."""

STRETCH_BYTES = 256 * 2**20
"""How much lands before it is built and published."""

_MOST_FILES = 500
_TABLES = (".parquet", ".duckdb")

State = Literal["new", "refused", "known", "still refused", "left out", "skipped"]


class Verdict(NamedTuple):
    """What becomes of one file, and why."""

    found: Found
    state: State
    """new: lands and is processed. refused: lands and goes to quarantine. known: the lake has it already.
    still refused: it lies in quarantine and would again. left out: cannot be landed.
    skipped: no raw object by its name."""
    key: str = ""
    """Under which it lands, or lies in the lake."""
    why: str = ""
    chart: str = ""
    """Chart and date, when it is new and says them."""
    content: bytes = b""
    again: bool = False
    """Whether it lies in quarantine under its key, and is to be looked at again."""

    @property
    def lands(self) -> bool:
        """Whether it is put into the backlog."""
        return self.state in ("new", "refused")


@dataclass
class Tally:
    """How many files became what, and which could not be taken."""

    counts: dict[State, int] = field(default_factory=lambda: defaultdict(int))
    left_out: list[str] = field(default_factory=list)

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Count the files of a group."""
        for verdict in verdicts:
            self.counts[verdict.state] += 1
            if verdict.state == "left out":
                self.left_out.append(f"{verdict.found.name}: {verdict.why}")

    def __str__(self) -> str:
        """Say it in one line."""
        total = sum(self.counts.values())
        parts = [f"{self.counts[state]} {words}" for state, words in _WORDS.items() if self.counts[state]]
        return f"{total} file{'' if total == 1 else 's'}: {', '.join(parts) or 'nothing to do'}"


_WORDS: dict[State, str] = {
    "new": "new",
    "known": "in the lake already",
    "refused": "refused",
    "still refused": "still refused, in quarantine",
    "left out": "left out",
    "skipped": "skipped as no raw objects",
}


def in_groups(found: Iterable[Found], known: Known | None = None) -> Iterator[list[Found]]:
    """Cut what is found into groups that are landed and processed together; memory follows these.

    What is known to be in the lake already is not read, and weighs nothing.
    """
    group: list[Found] = []
    size = 0
    for each in found:
        is_read = each.size <= LARGEST and not (known and known.unchanged(each))
        weight = each.size if is_read else 0
        if group and (size + weight > GROUP_BYTES or len(group) == _MOST_FILES):
            yield group
            group, size = [], 0
        group.append(each)
        size += weight
    if group:
        yield group


def judge(lake: Lake, group: Iterable[Found], known: Known, wanted: Wanted) -> list[Verdict]:
    """Say of each file of a group what becomes of it; the lake is only read."""
    simulated = holds_simulated(lake)
    keys: dict[bytes, str] = {}
    verdicts: list[Verdict] = []
    for looked in side_by_side(lambda each: _look(each, known), group):
        verdict = _judge_one(looked, known, wanted, simulated) if looked.state == "new" else looked
        verdicts.append(_told_from_others(verdict, keys) if verdict.lands else verdict)
    return verdicts


def _told_from_others(verdict: Verdict, keys: dict[bytes, str]) -> Verdict:
    """Take of the same content in one group the first, and give different ones different keys."""
    digest = hashlib.sha256(verdict.content).digest()
    if digest in keys:
        return Verdict(verdict.found, "known", keys[digest], "the same as another file")
    if verdict.key in keys.values():
        verdict = verdict._replace(key=unique_key(verdict.key, verdict.content))
    keys[digest] = verdict.key
    return verdict


def _look(found: Found, known: Known) -> Verdict:
    if _is_no_raw(found):
        return Verdict(found, "skipped", why="no raw object by its name")
    if found.size > LARGEST:
        return Verdict(found, "left out", why=f"{found.size / 2**20:.0f} MB is more than a chart can be")
    if place := known.unchanged(found):
        return Verdict(found, "known", place)
    try:
        content = found.read()
    except (OSError, LakeError) as error:
        if isinstance(error, LakeError) and error.passing:
            raise
        return Verdict(found, "left out", why=f"it cannot be read: {error}")
    if content is None:
        return Verdict(found, "left out", why="it is gone")
    return Verdict(found, "new", known.find(content), content=content)


def _is_no_raw(found: Found) -> bool:
    name = found.name.rpartition("/")[2]
    is_hidden = name.startswith(".") and not found.is_named
    return is_hidden or is_clutter(name) or name.endswith(_TABLES)


def _judge_one(verdict: Verdict, known: Known, wanted: Wanted, simulated: bool | None) -> Verdict:
    found, place, content = verdict.found, verdict.key, verdict.content
    if place and not is_quarantined(place):
        return Verdict(found, "known", place)
    try:
        snapshot = read_snapshot(found.key, content, wanted)
    except RawError as error:
        if place:
            return Verdict(found, "still refused", place, str(error))
        return Verdict(found, "refused", _free(found.key, content, known), str(error), content=content)
    if simulated is not None and simulated != (snapshot.source == SIMULATOR):
        return Verdict(found, "left out", why=_other_kind(simulated))
    key = _filed(found.key, snapshot)
    chart = f"{snapshot.chart.name} {snapshot.chart_date}" if snapshot.chart else "songs"
    if place == QUARANTINE + key:
        return Verdict(found, "new", key, chart=chart, content=content, again=True)
    return Verdict(found, "new", _free(key, content, known), chart=chart, content=content)


def _free(key: str, content: bytes, known: Known) -> str:
    return unique_key(key, content) if known.is_taken(key) else key


def _filed(key: str, snapshot: Snapshot) -> str:
    """File a chart as we file all: then a rebuild reads it alike, whatever TOP50_CHART says by then."""
    if snapshot.chart is None or chart_in_key(key):
        return key
    return f"chart={snapshot.chart.name}/{snapshot.chart_date}/{key}"


def _other_kind(simulated: bool) -> str:
    ours, theirs = ("simulated", "real") if simulated else ("real", "simulated")
    return f"this lake holds {ours} charts and refuses {theirs} ones; choose another TOP50_LAKE"


def land_all(lake: Lake, verdicts: Iterable[Verdict], known: Known) -> list[Item]:
    """Put what is new or refused into the backlog; what lies there already is never overwritten.

    Returns what landed, keys relative to the backlog's folder.
    """
    landing = [verdict for verdict in verdicts if verdict.lands]
    keys = side_by_side(lambda each: _land(lake, each), landing)
    landed = [Item(key, len(verdict.content)) for key, verdict in zip(keys, landing, strict=True)]
    for item in landed:
        known.add(TO_PROCESSED, item.key, item.size)
    return landed


def _land(lake: Lake, verdict: Verdict) -> str:
    """Return the key under which it lies now."""
    key, content = verdict.key, verdict.content
    if verdict.again:
        return put_back(lake, key)
    for free in (key, unique_key(key, content)):
        try:
            lake.replace(TO_PROCESSED + free, content, None)
        except LakeConflict:
            there = lake.read(TO_PROCESSED + free)
            if there is None or there.content != content:
                continue
        return free
    raise LakeConflict(
        f"{lake.address}/{TO_PROCESSED}{key} is being written by somebody else", "Run it again."
    )
