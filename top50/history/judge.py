"""Which old raw objects are new to the lake, under which key each lands, and what is left out.

What the lake has already is recognised by content alone. A listing says the sizes, so only objects of
the same size are compared, and nothing is kept beside the lake.
"""

import hashlib
from collections.abc import Iterable, Iterator

from top50.errors import LakeError, RawError
from top50.history.files import Found
from top50.history.kinds import is_raw_name, kind_of
from top50.history.known import Known, is_quarantined
from top50.history.verdict import Verdict
from top50.lake import QUARANTINE, Lake
from top50.parallel import in_threads
from top50.raw import LARGEST, chart_in_key
from top50.raw.backlog import is_clutter, is_left_alone
from top50.raw.keys import unique_key
from top50.read import read_snapshots
from top50.read.merged_archive import is_whole
from top50.read.public_archive import other_than_chart
from top50.read.snapshot import SIMULATOR, Snapshot, Wanted
from top50.tables.files import holds_simulated

_TABLES = (".parquet", ".duckdb")
_COMPRESSED = (".zip", ".gz", ".7z", ".bz2", ".xz", ".zst", ".tar", ".tgz")
_COPY_IT = "A merged archive on S3 is not taken apart: copy it to this machine and name the file."


def judge(lake: Lake, group: Iterable[Found], known: Known, wanted: Wanted) -> list[Verdict]:
    """Say of each file of a group what becomes of it; the lake is only read."""
    simulated = holds_simulated(lake)
    keys: dict[bytes, str] = {}
    verdicts: list[Verdict] = []
    for looked in _looked(list(group), known):
        verdict = _judge_one(looked, known, wanted, simulated) if looked.state == "new" else looked
        verdicts.append(_told_from_others(verdict, keys) if verdict.lands else verdict)
    return verdicts


def _looked(group: list[Found], known: Known) -> Iterator[Verdict]:
    unread = [_unread(found) for found in group]
    to_read = [found for found, verdict in zip(group, unread, strict=True) if verdict is None]
    read = iter(in_threads(lambda each: _read(each, known), to_read))
    yield from (verdict or next(read) for verdict in unread)


def _told_from_others(verdict: Verdict, keys: dict[bytes, str]) -> Verdict:
    """Take of the same content in one group the first, and give different ones different keys."""
    digest = hashlib.sha256(verdict.content).digest()
    if digest in keys:
        return Verdict(verdict.found, "known", keys[digest], "the same as another file")
    if verdict.key in keys.values():
        verdict = verdict._replace(key=unique_key(verdict.key, verdict.content))
    keys[digest] = verdict.key
    return verdict


def _unread(found: Found) -> Verdict | None:
    """Say what can be said of a file by its name and its size."""
    if found.problem:
        return Verdict(found, "skipped" if found.is_other else "left out", why=found.problem)
    if found.name.lower().endswith(_COMPRESSED):
        return Verdict(found, "left out" if found.is_named else "skipped", why="it is compressed: unpack it")
    if _is_no_raw(found):
        return Verdict(found, "skipped", why="no raw object by its name")
    if found.size > LARGEST:
        size = f"{found.size / 2**20:.0f} MB is more than a chart can be"
        is_archive = found.path is None and found.name.lower().endswith((".csv", ".csv.gz"))
        return Verdict(found, "left out", why=f"{size}. {_COPY_IT}" if is_archive else size)
    return None


def _read(found: Found, known: Known) -> Verdict:
    try:
        content = found.read()
    except (OSError, LakeError) as error:
        if isinstance(error, LakeError) and error.passing:
            raise
        return Verdict(found, "left out", why=f"it cannot be read: {error}")
    if content is None:
        return Verdict(found, "left out", why="it is gone")
    return Verdict(found, "new", known.find(content, found.key), content=content)


def _is_no_raw(found: Found) -> bool:
    name = found.name.rpartition("/")[2]
    if is_clutter(name) or is_left_alone(name) or name.endswith(_TABLES):
        return True
    if not is_raw_name(name) and found.size > LARGEST:  # a pattern names whatever fits it
        return True
    if name.startswith(".") and "." not in name[1:]:  # .env, .netrc: never a chart, named or not
        return True
    return not found.is_named and (name.startswith(".") or not is_raw_name(name))


def _judge_one(verdict: Verdict, known: Known, wanted: Wanted, simulated: bool | None) -> Verdict:
    found, place, content = verdict.found, verdict.key, verdict.content
    if place and not is_quarantined(place):
        return Verdict(found, "known", place)
    try:
        snapshots = read_snapshots(found.key, content, wanted)
    except RawError as error:
        if place:
            return Verdict(found, "still refused", place, str(error))
        return _refused(found, content, known, wanted, str(error))
    first, last = snapshots[0], snapshots[-1]
    if simulated is not None and simulated != (first.source == SIMULATOR):
        return Verdict(found, "left out", why=_other_kind(simulated))
    key = _filed(found.key, first)
    chart = f"{first.chart.name} {first.chart_date}" if first.chart else "songs"
    if last is not first:
        chart = f"{chart} to {last.chart_date}"
    if place == QUARANTINE + key:
        return Verdict(found, "new", key, chart=chart, content=content, again=True)
    return Verdict(found, "new", _free(key, content, known), chart=chart, content=content)


def _refused(found: Found, content: bytes, known: Known, wanted: Wanted, why: str) -> Verdict:
    """Let a broken chart go to quarantine, and leave what is none where it is."""
    if found.path is None and is_whole(found.key, content):
        return Verdict(found, "left out", why=_COPY_IT)
    if other := other_than_chart(found.key, content, wanted):
        return Verdict(found, "skipped", why=other)
    kind = kind_of(found.name, content)
    if kind == "key":
        return Verdict(found, "key", why="it holds a key or a password")
    if kind == "other":
        return Verdict(found, "skipped", why="no raw object by its content")
    return Verdict(found, "refused", _free(found.key, content, known), why, content=content)


def _free(key: str, content: bytes, known: Known) -> str:
    if is_left_alone(key):  # a folder was named that a program has for itself: it is meant
        key = f"_{key}"
    return unique_key(key, content) if known.is_taken(key) else key


def _filed(key: str, snapshot: Snapshot) -> str:
    """File a chart as we file all: then a rebuild reads it alike, whatever TOP50_CHART says by then."""
    if snapshot.chart is None or chart_in_key(key):
        return key
    return f"chart={snapshot.chart.name}/{snapshot.chart_date}/{key}"


def _other_kind(simulated: bool) -> str:
    ours, theirs = ("simulated", "real") if simulated else ("real", "simulated")
    return f"this lake holds {ours} charts and refuses {theirs} ones; choose another TOP50_LAKE"
