"""Merged archives: one CSV of many charts, told by its columns; and the raw objects cut from it by an import.

People keep such files from Kaggle, from fycharts and from scripts of their own. A raw object cut from one
holds one chart and one month: its rows as they came, and which file and shape they are from. Each of its
dates is a chart of its own; one that fails its checks is set aside without the others.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import msgspec
from msgspec import Struct

from top50.charts import CHARTS, Chart
from top50.errors import ChartRejected, RawError
from top50.raw import chart_in_key, date_in_key, midnight
from top50.read.chart_csv import number_in, refuse_rounded
from top50.read.loose_json import open_json, wrong_field
from top50.read.merged_columns import DAYS, day_in, header_in, length_of, roles_of, shape_of
from top50.read.snapshot import OFFICIAL_LENGTH, Entry, SetAside, Snapshot, Wanted, take_entries
from top50.read.spotify_types import Artist, Track

# An import refuses the lake's own raw objects: it would have the same rows twice.
BRING_IN = "Move it out of the lake, and bring it in with python -m flows.import_history"

SOURCE = "merged-archive"

TWO_WAYS = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}"
"""Dates of which nothing says whether the day or the month comes first."""
WRITE_DATES = "Write them as 2017-07-01, and import the archive again."

_START = 64 * 2**10
_MARK = b'{"top50_merged":'

_ID = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-\w+/)?track/)?([0-9A-Za-z]{22})(?:\?.*)?"
)
_ARTIST = re.compile(r"(?:spotify:artist:)?([0-9A-Za-z]{22})")
_TWO_WAYS = re.compile(TWO_WAYS)
_SPLIT_AGAIN = "Import the archive again from a whole copy."


class Raw(Struct):
    """A raw object cut from a merged archive."""

    chart: str
    shape: str
    file: str
    columns: list[str]
    rows: list[list[str]]
    source: str = SOURCE


def encode(chart: str, shape: str, file: str, columns: list[str], rows: list[list[str]]) -> bytes:
    """Return the raw object of these rows: the same rows give the same bytes."""
    content = {"chart": chart, "shape": shape, "file": file, "columns": columns, "rows": rows}
    return msgspec.json.encode({"top50_merged": 1, "source": SOURCE, **content})


def is_whole(key: str, text: bytes) -> bool:
    """Whether a CSV is a merged archive; one that lies below chart=<chart>/<date>/ is that chart."""
    if text.startswith((b"{", b"[")):
        return False
    columns = header_in(text[:_START]).columns
    name = key.rpartition("/")[2]
    return date_in_key(key) is None and shape_of(columns, name) != ""


def refuse_whole(key: str, text: bytes) -> None:
    """Raise RawError for a merged archive: a raw object has the rows of one of its charts."""
    if is_whole(key, text):
        raise RawError(
            "a merged archive: many charts in one file",
            f"{BRING_IN}, which takes it apart.",
        )


def is_merged(content: bytes) -> bool:
    """Whether a raw object was cut from a merged archive."""
    return content.startswith(_MARK)


def read_merged(key: str, content: bytes, wanted: Wanted) -> list[Snapshot]:
    """Read each date of a raw object; raises RawError when none of them is a chart."""
    try:
        raw = msgspec.json.decode(content, type=Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = _why(content, error)
        raise RawError(f"not a part of a merged archive as an import cuts it: {why}", _SPLIT_AGAIN) from None
    chart = chart_in_key(key) or CHARTS.get(raw.chart)
    roles = roles_of(raw.columns)
    if chart is None or not {"date", "rank", "song"} <= roles.keys():
        raise RawError(f"no chart of {raw.chart!r} with date, rank and song in its columns", _SPLIT_AGAIN)
    snapshots: dict[date, Snapshot] = {}
    refused: dict[str, RawError] = {}
    for text, rows in _by_date(raw.rows, roles["date"]).items():
        try:
            day = _chart_date(text, chart, raw.shape)
            if day in snapshots:
                raise ChartRejected(f"{day} is there in two spellings", _SPLIT_AGAIN)
            in_rows = _Rows(rows, roles, len(raw.columns))
            snapshots[day] = _read_date(
                Snapshot(key, raw.source, midnight(day), chart, day), raw, in_rows, wanted
            )
        except RawError as error:
            refused[text] = error
    if not snapshots:
        raise next(iter(refused.values()), RawError("it has no rows", _SPLIT_AGAIN))
    aside = [*_without_date(key, raw.rows, roles["date"])]
    aside += [SetAside(key, f"{text}: {error}", part=text) for text, error in refused.items()]
    next(iter(snapshots.values())).set_aside += aside
    return list(snapshots.values())


def _why(content: bytes, error: Exception) -> str:
    """Say what is strange in a raw object, in words for a reader."""
    try:
        [found] = open_json(content).answers
    except RawError as no_json:
        return no_json.what
    known = isinstance(error, msgspec.ValidationError)
    return wrong_field(found, str(error)) if known else "a value in it is none that JSON has"


class _Rows:
    """The rows of one date, and where in them what stands."""

    def __init__(self, rows: Iterable[tuple[str, ...]], roles: dict[str, int], width: int) -> None:
        self.rows = list(rows)
        self._roles, self.width = roles, width

    def text(self, row: tuple[str, ...], role: str) -> str | None:
        """Return a cell; None for an empty one, and where there is no such column."""
        return (row[self._roles[role]] or None) if role in self._roles else None

    def count(self, row: tuple[str, ...], role: str, bits: int = 32) -> int | None:
        """Return a number; None for an empty cell. Raises ValueError for anything else."""
        return number_in(role, self.text(row, role) or "", bits)

    def rank(self, row: tuple[str, ...]) -> int:
        """Return its rank; raises ValueError for a row that can have none."""
        if len(row) != self.width:
            raise ValueError(f"a row has {len(row)} of {self.width} columns")
        rank = self.count(row, "rank")
        if rank is None:
            raise ValueError("a row has no rank")
        if not 1 <= rank <= OFFICIAL_LENGTH:
            raise ValueError(f"its rank is {rank}, which cannot be")
        return rank

    def streams(self, row: tuple[str, ...]) -> int | None:
        """Return its streams; fewer than none are not told."""
        is_negative = (self.text(row, "streams") or "").strip().startswith("-")
        return None if is_negative else self.count(row, "streams", bits=64)

    def popularity(self, row: tuple[str, ...]) -> int | None:
        """Return its song's popularity; what cannot be one is not told."""
        with suppress(ValueError):
            popularity = self.count(row, "popularity")
            return popularity if popularity is not None and 0 <= popularity <= 100 else None
        return None


def _by_date(rows: list[list[str]], position: int) -> dict[str, dict[tuple[str, ...], None]]:
    """Return the rows of each date; a row that the file has twice counts once."""
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for row in rows:
        if len(row) > position:
            found.setdefault(row[position], {})[tuple(row)] = None
    return found


def _without_date(key: str, rows: list[list[str]], position: int) -> Iterator[SetAside]:
    for number, row in enumerate(rows, start=1):
        if len(row) <= position:
            yield SetAside(key, f"row {number} ends before its date", part=f"row {number}")


def _read_date(snapshot: Snapshot, raw: Raw, rows: _Rows, wanted: Wanted) -> Snapshot:
    refuse_rounded([(rows.text(row, "streams") or "").strip() for row in rows.rows if len(row) == rows.width])
    # That file has the chart's playlist, whose length is 50.
    longest = 50 if raw.shape == "universal_top_spotify_songs" else OFFICIAL_LENGTH
    try:
        take_entries(snapshot, _entries(snapshot.key, rows, wanted.size), wanted, longest)
    finally:
        day = snapshot.chart_date
        snapshot.set_aside = [replace(each, reason=f"{day}: {each.reason}") for each in snapshot.set_aside]
    return snapshot


def _entries(key: str, rows: _Rows, size: int) -> list[Entry | SetAside]:
    """Return the rows in the order of their ranks; one without a rank takes the first that nobody has."""
    ranked: list[tuple[int, tuple[str, ...]]] = []
    strange: list[str] = []
    for row in rows.rows:
        try:
            ranked.append((rows.rank(row), row))
        except ValueError as error:
            strange.append(str(error))
    _refuse_tied(ranked, rows)
    taken = {rank for rank, _ in ranked}
    free = (rank for rank in count(1) if rank not in taken)
    found = [_entry_or_why(key, rank, row, rows, size) for rank, row in ranked]
    found += [SetAside(key, why, rank) for why, rank in zip(strange, free, strict=False)]
    return sorted(found, key=lambda each: (each.rank or 0, -(getattr(each, "streams", None) or 0)))


def _refuse_tied(ranked: list[tuple[int, tuple[str, ...]]], rows: _Rows) -> None:
    """Refuse two rows of one rank, unless their streams say which of them comes first."""
    known: set[tuple[int, str]] = set()
    for rank, row in ranked:
        said = (rank, rows.text(row, "streams") or "")
        if said in known:
            raise ChartRejected(f"rank {rank} is there more than once", _SPLIT_AGAIN)
        known.add(said)


def _entry_or_why(key: str, rank: int, row: tuple[str, ...], rows: _Rows, size: int) -> Entry | SetAside:
    if rank > size:  # it is not wanted, and only its rank counts
        return SetAside(key, "not wanted", rank)
    try:
        return _entry(rank, row, rows)
    except ValueError as error:
        return SetAside(key, str(error), rank)


def _chart_date(text: str, chart: Chart, shape: str) -> date:
    if _TWO_WAYS.fullmatch(text.strip()):
        raise ChartRejected(f"dates like {text!r} can be read two ways", WRITE_DATES)
    match = DAYS.fullmatch(day_in(text))
    try:
        first = date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise ChartRejected(f"{text!r} is no date like 2024-02-29", _SPLIT_AGAIN) from None
    if match and match[2]:
        if length_of(match) != timedelta(days=chart.days):
            raise ChartRejected(f"{text} is not the time of one {chart.name} chart", _SPLIT_AGAIN)
        return first + timedelta(days=chart.days - 1)  # the end is not included
    # snapshot_date is the day on which the playlist was read, and it shows the day before
    is_day_after = shape == "universal_top_spotify_songs" and first > date.min
    return first - timedelta(days=1) if is_day_after else first


def _entry(rank: int, row: tuple[str, ...], rows: _Rows) -> Entry:
    match = _ID.fullmatch((rows.text(row, "song") or "").strip())
    if match is None:
        raise ValueError("no song id in its row")
    names, ids = rows.text(row, "artists"), rows.text(row, "artist_ids")
    explicit = (rows.text(row, "explicit") or "").lower()
    # Its length is left out: with one, the song would count as a whole track object, which knows its album.
    track = Track(
        id=match[1],
        name=rows.text(row, "name"),
        explicit={"true": True, "1": True, "false": False, "0": False}.get(explicit),
        popularity=rows.popularity(row),
        artists=[*_artists(names, ids)] or None,
    )
    return Entry(
        rank=rank,
        song_id=match[1],
        track=track,
        artist_names=names,
        streams=rows.streams(row),
        previous_rank=rows.count(row, "previous"),
        peak_rank=rows.count(row, "peak"),
        weeks_on_chart=rows.count(row, "appearances"),
        label=rows.text(row, "label"),
    )


def _artists(names: str | None, ids: str | None) -> Iterator[Artist]:
    """Yield the artists where there are as many names as addresses, both joined by |."""
    all_names, all_ids = (names or "").split("|"), (ids or "").split("|")
    matches = [_ARTIST.fullmatch(each.strip()) for each in all_ids]
    if len(all_names) == len(all_ids) and all(matches):
        for name, match in zip(all_names, matches, strict=True):
            yield Artist(match[1] if match else None, name.strip())
