"""Merged archives, CSVs with many charts in one file; and the raw objects that an import splits them into.

People keep such files from Kaggle, from fycharts and from scripts of their own. A raw object split off one
has the rows of one chart and month as they came, and the name and shape of the file. Each of its dates is a
chart; a date that fails its checks is set aside without the others.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

import msgspec
from msgspec import Struct

from top50.charts import CHARTS, MERGED_ARCHIVE, Chart
from top50.errors import ChartRejected, RawError
from top50.raw import SetAside, chart_in_key, date_in_key, midnight
from top50.read.chart_checks import OFFICIAL_LENGTH, take_entries
from top50.read.chart_csv import number_in, refuse_rounded
from top50.read.lenient_json import open_json, wrong_field
from top50.read.merged_columns import DAYS, day_in, header_in, length_of, roles_of, shape_of
from top50.read.snapshot import Entry, Snapshot, Wanted
from top50.read.spotify_types import Artist, Track

# Dates in which the day or the month may come first.
AMBIGUOUS_DATE = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}"
WRITE_DATES = "Write them as 2017-07-01, and import the archive again."

_START = 64 * 2**10
_MARK = b'{"top50_merged":'
_PLAYLIST_SHAPE = "universal_top_spotify_songs"  # its charts are playlists of 50 songs, one day later

_ID = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-\w+/)?track/)?([0-9A-Za-z]{22})(?:\?.*)?"
)
_ARTIST = re.compile(r"(?:spotify:artist:)?([0-9A-Za-z]{22})")
_SPLIT_AGAIN = "Import the archive again from a whole copy."

# The cells of a row.
_Row = tuple[str, ...]


class MergedPart(Struct):
    """A raw object that was split off a merged archive."""

    chart: str
    shape: str
    file: str
    columns: list[str]
    rows: list[list[str]]
    source: str = MERGED_ARCHIVE


def encode(chart: str, shape: str, file: str, columns: list[str], rows: list[list[str]]) -> bytes:
    """Return the raw object of these rows; the same rows give the same bytes."""
    content = {"chart": chart, "shape": shape, "file": file, "columns": columns, "rows": rows}
    return msgspec.json.encode({"top50_merged": 1, "source": MERGED_ARCHIVE, **content})


def is_archive(key: str, text: bytes) -> bool:
    """Whether a text is a merged archive. Below chart=<chart>/<date>/ a CSV is that one chart."""
    if text.startswith((b"{", b"[")):
        return False
    columns = header_in(text[:_START]).columns
    name = key.rpartition("/")[2]
    return date_in_key(key) is None and shape_of(columns, name) != ""


def is_merged(content: bytes) -> bool:
    """Whether a raw object was split off a merged archive."""
    return content.startswith(_MARK)


def read_merged(key: str, content: bytes, wanted: Wanted) -> list[Snapshot]:
    """Read each date of a raw object; raises RawError if none of them is a chart."""
    part = _decode(content)
    chart = chart_in_key(key) or CHARTS.get(part.chart)
    roles = roles_of(part.columns)
    if chart is None or not {"date", "rank", "song"} <= roles.keys():
        raise RawError(
            f"its chart {part.chart!r} is unknown, or its columns lack date, rank or song", _SPLIT_AGAIN
        )
    # The rows of each date, in order; a row that the file has twice counts once.
    by_date: dict[str, dict[_Row, None]] = {}
    aside: list[SetAside] = []
    for number, cells in enumerate(part.rows, start=1):
        if len(cells) > roles["date"]:
            by_date.setdefault(cells[roles["date"]], {})[tuple(cells)] = None
        else:
            aside.append(SetAside(key, f"row {number} ends before its date", part=f"row {number}"))
    snapshots: dict[date, Snapshot] = {}
    refused: dict[str, RawError] = {}
    for text, rows in by_date.items():
        try:
            day = _chart_date(text, chart, part.shape)
            if day in snapshots:
                raise ChartRejected(f"the date {day} occurs in two spellings", _SPLIT_AGAIN)
            snapshot = Snapshot(key, part.source, midnight(day), chart, day)
            _read_date(snapshot, part.shape, list(rows), _Columns(roles, len(part.columns)), wanted)
            snapshots[day] = snapshot
        except RawError as error:
            refused[text] = error
    if not snapshots:
        raise next(iter(refused.values()), RawError("it has no rows", _SPLIT_AGAIN))
    aside += [SetAside(key, f"{text}: {error}", part=text) for text, error in refused.items()]
    next(iter(snapshots.values())).set_aside += aside
    return list(snapshots.values())


def _decode(content: bytes) -> MergedPart:
    try:
        return msgspec.json.decode(content, type=MergedPart)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        try:
            found = next(iter(open_json(content).answers), None)
            is_json = isinstance(error, msgspec.ValidationError)
            why = wrong_field(found, str(error)) if is_json else "it has a value that JSON does not have"
        except RawError as no_json:
            why = no_json.what
        raise RawError(
            f"not a part of a merged archive as an import writes it: {why}", _SPLIT_AGAIN
        ) from None


def _chart_date(text: str, chart: Chart, shape: str) -> date:
    if re.fullmatch(AMBIGUOUS_DATE, text.strip()):
        raise ChartRejected(f"in dates like {text!r} the day or the month may come first", WRITE_DATES)
    match = DAYS.fullmatch(day_in(text))
    try:
        first = date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise ChartRejected(f"{text!r} is not a valid date such as 2024-02-29", _SPLIT_AGAIN) from None
    if match and match[2]:
        if length_of(match) != timedelta(days=chart.days):
            raise ChartRejected(f"{text} is not the period of one {chart.name} chart", _SPLIT_AGAIN)
        return first + timedelta(days=chart.days - 1)  # the end is not included
    # snapshot_date is the day on which the playlist was read, which shows the chart of the day before
    is_day_after = shape == _PLAYLIST_SHAPE and first > date.min
    return first - timedelta(days=1) if is_day_after else first


class _Columns(NamedTuple):
    """Which column has what, and how many columns a whole row has."""

    roles: dict[str, int]
    width: int

    def text(self, row: _Row, role: str) -> str | None:
        """Return a cell; None for an empty one, and if there is no such column."""
        return (row[self.roles[role]] or None) if role in self.roles else None

    def number(self, row: _Row, role: str, bits: int = 32) -> int | None:
        """Return a number; None for an empty cell. Raises ValueError for anything else."""
        return number_in(role, self.text(row, role) or "", bits)

    def rank(self, row: _Row) -> int:
        """Return the rank; raises ValueError for a row without a valid one."""
        if len(row) != self.width:
            raise ValueError(f"a row has {len(row)} of {self.width} columns")
        rank = self.number(row, "rank")
        if rank is None:
            raise ValueError("a row has no rank")
        if not 1 <= rank <= OFFICIAL_LENGTH:
            raise ValueError(f"rank {rank} is out of range: ranks are 1 to {OFFICIAL_LENGTH}")
        return rank


def _read_date(snapshot: Snapshot, shape: str, rows: list[_Row], columns: _Columns, wanted: Wanted) -> None:
    """Put the rows of one date into its snapshot; raises RawError."""
    refuse_rounded(
        [(columns.text(row, "streams") or "").strip() for row in rows if len(row) == columns.width]
    )
    longest = 50 if shape == _PLAYLIST_SHAPE else OFFICIAL_LENGTH
    try:
        take_entries(snapshot, _entries(snapshot.key, rows, columns, wanted.size), wanted, longest)
    finally:
        day = snapshot.chart_date
        snapshot.set_aside = [replace(row, reason=f"{day}: {row.reason}") for row in snapshot.set_aside]


def _entries(key: str, rows: list[_Row], columns: _Columns, size: int) -> list[Entry | SetAside]:
    """Return the rows by rank; one without a valid rank takes the first rank that no other row has.

    Two rows may have one rank if their streams differ: more streams come first. Raises ChartRejected.
    """
    found: list[Entry | SetAside] = []
    strange: list[str] = []
    taken: set[tuple[int, str]] = set()
    for row in rows:
        try:
            rank = columns.rank(row)
        except ValueError as error:
            strange.append(str(error))
            continue
        place = (rank, columns.text(row, "streams") or "")
        if place in taken:
            raise ChartRejected(f"rank {rank} occurs more than once", _SPLIT_AGAIN)
        taken.add(place)
        if rank > size:  # only its rank counts
            found.append(SetAside(key, "not wanted", rank))
            continue
        try:
            found.append(_entry(rank, row, columns))
        except ValueError as error:
            found.append(SetAside(key, str(error), rank))
    ranks = {rank for rank, _ in taken}
    free = (rank for rank in count(1) if rank not in ranks)
    found += [SetAside(key, why, rank) for why, rank in zip(strange, free, strict=False)]
    return sorted(found, key=lambda entry: (entry.rank or 0, -(getattr(entry, "streams", None) or 0)))


def _entry(rank: int, row: _Row, columns: _Columns) -> Entry:
    match = _ID.fullmatch((columns.text(row, "song") or "").strip())
    if match is None:
        raise ValueError("its row has no song id")
    names, ids = columns.text(row, "artists"), columns.text(row, "artist_ids")
    explicit = (columns.text(row, "explicit") or "").lower()
    popularity = None
    with suppress(ValueError):  # an invalid popularity is null
        popularity = columns.number(row, "popularity")
    has_streams = not (columns.text(row, "streams") or "").strip().startswith("-")  # below 0 means unknown
    # The duration is left out: with one, the song would count as a whole track object, which has an album.
    track = Track(
        id=match[1],
        name=columns.text(row, "name"),
        explicit={"true": True, "1": True, "false": False, "0": False}.get(explicit),
        popularity=popularity if popularity is not None and 0 <= popularity <= 100 else None,
        artists=[*_artists(names, ids)] or None,
    )
    return Entry(
        rank=rank,
        song_id=match[1],
        track=track,
        artist_names=names,
        streams=columns.number(row, "streams", bits=64) if has_streams else None,
        previous_rank=columns.number(row, "previous"),
        peak_rank=columns.number(row, "peak"),
        weeks_on_chart=columns.number(row, "appearances"),
        label=columns.text(row, "label"),
    )


def _artists(names: str | None, ids: str | None) -> Iterator[Artist]:
    """Yield the artists if there are as many names as ids, both joined by |."""
    all_names, all_ids = (names or "").split("|"), (ids or "").split("|")
    matches = [_ARTIST.fullmatch(text.strip()) for text in all_ids]
    if len(all_names) == len(all_ids) and all(matches):
        for name, match in zip(all_names, matches, strict=True):
            yield Artist(match[1] if match else None, name.strip())
