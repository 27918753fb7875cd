"""Which old files are new to the lake, under which key each one lands, and which ones are left out.

Only the content decides whether the lake has a file already. The lake's listing has sizes, so that only
objects of the same size are compared, and the import needs no records of its own.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from top50.charts import SIMULATOR
from top50.errors import LakeError, NoChart, RawError
from top50.history.file_kind import is_raw_name, kind_of
from top50.history.find import Found
from top50.history.lake_index import LakeIndex
from top50.lake import QUARANTINE, Lake
from top50.parallel import in_threads
from top50.raw import LARGEST, chart_in_key
from top50.raw.backlog import is_clutter, is_left_alone
from top50.raw.keys import unique_key
from top50.read import read_snapshots
from top50.read.merged_archive import is_archive
from top50.read.public_archive import other_than_chart
from top50.read.snapshot import Snapshot, Wanted
from top50.tables.files import holds_simulated

_TABLES = (".parquet", ".duckdb")
_COMPRESSED = (".zip", ".gz", ".7z", ".bz2", ".xz", ".zst", ".tar", ".tgz")
_COPY_IT = "A merged archive on S3 cannot be split: copy it to this machine and name the file"

# new: lands and is processed. refused: lands and goes to quarantine. known: the lake has it already.
# still refused: it is in quarantine and would be refused again. left out: it cannot land.
# key: it holds a secret and stays where it is. skipped: it is not a raw object, by its name or its content.
State = Literal["new", "refused", "known", "still refused", "left out", "key", "skipped"]

_WORDS: dict[State, str] = {
    "new": "new",
    "known": "in the lake already",
    "refused": "refused",
    "still refused": "still refused, in quarantine",
    "left out": "left out",
    "key": "left where they are, because they hold a key or a password",
    "skipped": "skipped (not raw objects)",
}


class Verdict(NamedTuple):
    """What becomes of one file, and why."""

    found: Found
    state: State
    # Its key in the backlog if it lands, else where the lake has it.
    key: str = ""
    why: str = ""
    # Chart and date of a new chart.
    chart: str = ""
    content: bytes = b""
    # Whether it is in quarantine under its key and is put back.
    again: bool = False

    @property
    def lands(self) -> bool:
        """Whether it goes to the backlog."""
        return self.state in ("new", "refused")


@dataclass
class Tally:
    """How many files became what, and which ones could not be taken. As text, one line."""

    counts: dict[State, int] = field(default_factory=lambda: defaultdict(int))
    left_out: list[str] = field(default_factory=list)
    # Why files were skipped, and how many.
    skipped: Counter[str] = field(default_factory=Counter)
    # What was left out of files that were taken.
    notes: list[str] = field(default_factory=list)

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Count some more files."""
        for verdict in verdicts:
            self.counts[verdict.state] += 1
            if verdict.state == "left out":
                self.left_out.append(f"{verdict.found.name}: {verdict.why}")
            if verdict.state == "skipped":
                self.skipped[verdict.why] += 1

    def __str__(self) -> str:
        total = sum(self.counts.values())
        parts = [f"{self.counts[state]} {words}" for state, words in _WORDS.items() if self.counts[state]]
        counted = f"{total} file{'' if total == 1 else 's'}: {', '.join(parts) or 'nothing to do'}"
        return "; ".join([counted, *self.notes])


def judge(lake: Lake, group: Iterable[Found], index: LakeIndex, wanted: Wanted) -> list[Verdict]:
    """Return what becomes of each file of a group; nothing is written."""
    files = list(group)
    simulated = holds_simulated(lake)
    unread = [_judge_unread(found) for found in files]
    to_read = [found for found, verdict in zip(files, unread, strict=True) if verdict is None]
    read = iter(in_threads(lambda found: _read(found, index), to_read))
    keys: dict[bytes, str] = {}
    verdicts: list[Verdict] = []
    for early in unread:
        verdict = early or next(read)
        if verdict.state == "new":
            verdict = _judge_content(verdict, index, wanted, simulated)
        if verdict.lands:  # once per content, and each content under a key of its own
            digest = hashlib.sha256(verdict.content).digest()
            if digest in keys:
                verdict = Verdict(verdict.found, "known", keys[digest], "the same as another file")
            elif verdict.key in keys.values():
                verdict = verdict._replace(key=unique_key(verdict.key, verdict.content))
            keys.setdefault(digest, verdict.key)
        verdicts.append(verdict)
    return verdicts


def _judge_unread(found: Found) -> Verdict | None:
    """Return the verdict on a file if its name and size decide it, else None."""
    if found.problem:
        return Verdict(found, "skipped" if found.is_other else "left out", why=found.problem)
    if found.name.lower().endswith(_COMPRESSED):
        return Verdict(found, "left out" if found.is_named else "skipped", why="it is compressed: unpack it")
    if _is_no_raw(found):
        return Verdict(found, "skipped", why="not a raw object, by its name")
    if found.size > LARGEST:
        size = f"{found.size / 2**20:.0f} MB is larger than any chart"
        is_csv = found.path is None and found.name.lower().endswith((".csv", ".csv.gz"))
        return Verdict(found, "left out", why=f"{size}. {_COPY_IT}" if is_csv else size)
    return None


def _is_no_raw(found: Found) -> bool:
    name = found.name.rpartition("/")[2]
    if is_clutter(name) or is_left_alone(name) or name.endswith(_TABLES):
        return True
    if not is_raw_name(name) and found.size > LARGEST:  # a pattern names whatever fits it
        return True
    if name.startswith(".") and "." not in name[1:]:  # .env, .netrc: never a chart, named or not
        return True
    return not found.is_named and (name.startswith(".") or not is_raw_name(name))


def _read(found: Found, index: LakeIndex) -> Verdict:
    """Return a verdict with the content, and with the place in the lake that has it already as its key."""
    try:
        content = found.read()
    except (OSError, LakeError) as error:
        if isinstance(error, LakeError) and error.passing:
            raise
        return Verdict(found, "left out", why=f"it cannot be read: {error}")
    if content is None:
        return Verdict(found, "left out", why="it no longer exists")
    return Verdict(found, "new", index.find(content, found.key), content=content)


def _judge_content(verdict: Verdict, index: LakeIndex, wanted: Wanted, simulated: bool | None) -> Verdict:
    found, place, content = verdict.found, verdict.key, verdict.content
    if place and not place.startswith(QUARANTINE):
        return Verdict(found, "known", place)
    try:
        snapshots = read_snapshots(found.key, content, wanted)
    except RawError as error:
        if place:
            return Verdict(found, "still refused", place, str(error))
        return _judge_refused(found, content, index, wanted, error)
    first, last = snapshots[0], snapshots[-1]
    if simulated is not None and simulated != (first.source == SIMULATOR):
        ours, theirs = ("simulated", "real") if simulated else ("real", "simulated")
        why = f"this lake holds {ours} charts and refuses {theirs} ones; choose another TOP50_LAKE"
        return Verdict(found, "left out", why=why)
    key = _key_with_chart(found.key, first)
    chart = f"{first.chart.name} {first.chart_date}" if first.chart else "songs"
    if last is not first:
        chart = f"{chart} to {last.chart_date}"
    if place == QUARANTINE + key:
        return Verdict(found, "new", key, chart=chart, content=content, again=True)
    return Verdict(found, "new", _free(key, content, index), chart=chart, content=content)


def _judge_refused(
    found: Found, content: bytes, index: LakeIndex, wanted: Wanted, error: RawError
) -> Verdict:
    """Return the verdict on an unreadable file: a damaged chart lands, anything else stays where it is."""
    if isinstance(error, NoChart):
        return Verdict(found, "skipped", why=error.what)
    if found.path is None and is_archive(found.key, content):
        return Verdict(found, "left out", why=_COPY_IT)
    if other := other_than_chart(found.key, content, wanted):
        return Verdict(found, "skipped", why=other)
    kind = kind_of(found.name, content)
    if kind == "key":
        return Verdict(found, "key", why="it holds a key or a password")
    if kind == "other":
        return Verdict(found, "skipped", why="not a raw object, by its content")
    return Verdict(found, "refused", _free(found.key, content, index), str(error), content=content)


def _free(key: str, content: bytes, index: LakeIndex) -> str:
    if is_left_alone(key):  # the user named another program's folder, so its files are meant
        key = f"_{key}"
    return unique_key(key, content) if index.is_taken(key) else key


def _key_with_chart(key: str, snapshot: Snapshot) -> str:
    """Return the key below its chart's folder, so that a rebuild with another TOP50_CHART reads it alike."""
    if snapshot.chart is None or chart_in_key(key):
        return key
    return f"chart={snapshot.chart.name}/{snapshot.chart_date}/{key}"
