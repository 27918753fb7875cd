"""Merged archives: one CSV of many charts, told by its columns; and the raw objects cut from it by an import.

People keep such files from Kaggle, from fycharts and from scripts of their own. A raw object cut from one
holds one chart and one month: its rows as they came, and which file and shape they are from. Each of its
dates is a chart of its own; one that fails its checks is set aside without the others.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

import msgspec
from msgspec import Struct

from top50.charts import CHARTS, Chart
from top50.decode import Artist, Track
from top50.errors import ChartRejected, RawError
from top50.raw import chart_in_key, date_in_key, midnight
from top50.snapshot import OFFICIAL_LENGTH, Entry, SetAside, Snapshot, Wanted, check_chart

SOURCE = "merged-archive"

WORLD = ("global", "worldwide", "world")
"""How files call the region of all countries together."""

_MARK = b'{"top50_merged":'

# What a column means → the names that it has in the files that people keep.
_NAMES: dict[str, tuple[str, ...]] = {
    "date": ("date", "chart_date", "snapshot_date", "week", "day"),
    "rank": ("rank", "position", "daily_rank", "chart_position", "current_rank"),
    "song": (
        "uri",
        "url",
        "spotify_id",
        "track_id",
        "track_uri",
        "track_url",
        "spotify_url",
        "song_id",
        "id",
    ),
    "region": ("region", "country", "market", "country_code", "region_code"),
    "chart": ("chart", "chart_type", "chart_name", "period", "recurrence"),
    "name": ("track_name", "title", "name", "song", "song_name", "track"),
    "artists": ("artist_names", "artists", "artist", "artist_name"),
    "artist_ids": ("artist_uris", "artist_ids"),
    "streams": ("streams", "plays"),
    "peak": ("peak_rank", "peak_position"),
    "previous": ("previous_rank", "previous_position"),
    "appearances": ("days_on_chart", "weeks_on_chart"),
    "popularity": ("popularity",),
    "explicit": ("is_explicit", "explicit"),
    "label": ("label", "source"),
}
# A shape's name, as its users know it → columns that no other has.
_SHAPES = {
    "charts_songs_daily": {"country", "days_on_chart", "artist_uris"},
    "charts": {"region", "chart", "trend"},
    "universal_top_spotify_songs": {"spotify_id", "daily_rank", "snapshot_date"},
    "data": {"position", "track_name", "region", "url"},
}
_OFFICIAL = re.compile(r"regional-\w+-(?:weekly|daily)-\d{4}-\d\d-\d\d")
_ID = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-\w+/)?track/)?([0-9A-Za-z]{22})(?:\?.*)?"
)
_ARTIST = re.compile(r"(?:spotify:artist:)?([0-9A-Za-z]{22})")
_WHOLE = re.compile(r"(-?\d{1,18})(?:\.0+)?")
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ][\d:.+Z]*)?(?:--?(\d{4}-\d\d-\d\d))?")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SPLIT_AGAIN = "Import the archive again from a whole copy."


class Raw(Struct):
    """A raw object cut from a merged archive."""

    chart: str
    shape: str
    file: str
    columns: list[str]
    rows: list[list[str]]
    source: str = SOURCE


def normal(column: str) -> str:
    """Return a column's name as all its spellings have it: `Track Name` is track_name."""
    return re.sub(r"[\s-]+", "_", column.strip().lower())


def roles_of(columns: Sequence[str]) -> dict[str, int]:
    """Return what is known of a header: meaning → position of the column."""
    positions = {normal(column): position for position, column in reversed([*enumerate(columns)])}
    found = {
        role: next((positions[name] for name in names if name in positions), None)
        for role, names in _NAMES.items()
    }
    return {role: position for role, position in found.items() if position is not None}


def shape_of(columns: Sequence[str], name: str) -> str:
    """Return the shape of a CSV that holds many charts, by its header and file name; empty: it does not."""
    roles = roles_of(columns)
    has_region = "region" in roles or "chart" in roles or "global" in name.lower()
    if not {"date", "rank", "song"} <= roles.keys() or not has_region or _OFFICIAL.search(name):
        return ""
    names = set(map(normal, columns))
    return next((shape for shape, own in _SHAPES.items() if own <= names), "merged")


class Header(NamedTuple):
    """How a CSV begins: its columns, and what separates them."""

    columns: list[str]
    delimiter: str


def header_in(start: bytes) -> Header:
    """Return the header in the first bytes of a CSV, whatever ends its lines; none of what is no text."""
    text = start.decode("utf-8-sig", errors="replace")  # it may be cut within a character
    line = _LINE_END.split(text, maxsplit=1)[0]
    delimiter = max(",;\t|", key=line.count)
    try:
        columns = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        columns = []
    return Header(columns, delimiter)


def region_in(text: str | None, shape: str) -> str:
    """Return the region that a cell names, as charts are named: `global`, `us`; an unknown one as it is."""
    region = (text or "").strip().lower()
    if region in WORLD:
        return "global"
    # universal_top_spotify_songs leaves the country of the global chart empty
    return "global" if not region and shape == "universal_top_spotify_songs" else region


def period_in(chart: str | None, columns: Sequence[str], name: str, day: str) -> str:
    """Return which charts these are: `weekly`, `daily`, `other` (no songs), or `` when nothing says it.

    chart, day: what two of the file's cells say.
    """
    text = (chart or "").lower()
    if re.search("viral|album|artist", text):
        return "other"
    names = set(map(normal, columns))
    if "weekly" in text or "weeks_on_chart" in names or "week" in names:
        return "weekly"
    if "daily" in text or names & {"days_on_chart", "daily_rank"}:
        return "daily"
    match = _DAYS.fullmatch(day.strip())
    if match and match[2]:
        return "daily" if _length(match) == timedelta(days=1) else "weekly"
    return "weekly" if "weekly" in name.lower() else "daily" if "daily" in name.lower() else ""


def _length(days: re.Match[str]) -> timedelta | None:
    with suppress(ValueError):
        return date.fromisoformat(days[2]) - date.fromisoformat(days[1])
    return None


def encode(chart: str, shape: str, file: str, columns: list[str], rows: list[list[str]]) -> bytes:
    """Return the raw object of these rows: the same rows give the same bytes."""
    content = {"chart": chart, "shape": shape, "file": file, "columns": columns, "rows": rows}
    return msgspec.json.encode({"top50_merged": 1, "source": SOURCE, **content})


def is_whole(key: str, text: bytes) -> bool:
    """Whether a CSV is a merged archive; one that lies below chart=<chart>/<date>/ is that chart."""
    if text.startswith((b"{", b"[")):
        return False
    line = text.partition(b"\n")[0].decode(errors="replace").strip()
    columns = line.split(max(",;\t|", key=line.count))
    name = key.rpartition("/")[2]
    return date_in_key(key) is None and shape_of([column.strip('"') for column in columns], name) != ""


def refuse_whole(key: str, text: bytes) -> None:
    """Raise RawError for a merged archive: a raw object has the rows of one of its charts."""
    if is_whole(key, text):
        raise RawError(
            "a merged archive: many charts in one file",
            "Bring the file in with python -m flows.import_history, which takes it apart.",
        )


def is_merged(content: bytes) -> bool:
    """Whether a raw object was cut from a merged archive."""
    return content.startswith(_MARK)


def read_merged(key: str, content: bytes, wanted: Wanted) -> list[Snapshot]:
    """Read each date of a raw object; raises RawError when none of them is a chart."""
    try:
        raw = msgspec.json.decode(content, type=Raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RawError(
            f"not a part of a merged archive as an import cuts it: {error}", _SPLIT_AGAIN
        ) from None
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
    aside = [SetAside(key, f"{text}: {error}", part=text) for text, error in refused.items()]
    next(iter(snapshots.values())).set_aside += aside
    return list(snapshots.values())


class _Rows:
    """The rows of one date, and where in them what stands."""

    def __init__(self, rows: Iterable[tuple[str, ...]], roles: dict[str, int], width: int) -> None:
        self.rows = [row for row in rows if len(row) == width]
        self._roles = roles

    def text(self, row: tuple[str, ...], role: str) -> str | None:
        """Return a cell; None for an empty one, and where there is no such column."""
        return (row[self._roles[role]] or None) if role in self._roles else None

    def count(self, row: tuple[str, ...], role: str) -> int | None:
        """Return a number; None for an empty cell. Raises ValueError for anything else."""
        text = self.text(row, role)
        match = _WHOLE.fullmatch(text.strip()) if text else None
        if text and not match:
            raise ValueError(f"{role} is {text!r}, not a whole number")
        return int(match[1]) if match else None


def _by_date(rows: list[list[str]], position: int) -> dict[str, dict[tuple[str, ...], None]]:
    """Return the rows of each date; a row that the file has twice counts once."""
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for row in rows:
        if len(row) > position:
            found.setdefault(row[position], {})[tuple(row)] = None
    return found


def _read_date(snapshot: Snapshot, raw: Raw, rows: _Rows, wanted: Wanted) -> Snapshot:
    for row in rows.rows:
        rank = 0
        try:
            rank = rows.count(row, "rank") or 0
            if 1 <= rank <= wanted.size:
                snapshot.entries.append(_entry(rank, row, rows))
        except ValueError as error:
            snapshot.set_aside.append(SetAside(snapshot.key, f"{snapshot.chart_date}: {error}", rank))
    # That file has the chart's playlist, whose length is 50.
    longest = 50 if raw.shape == "universal_top_spotify_songs" else OFFICIAL_LENGTH
    check_chart(snapshot, wanted, longest)
    return snapshot


def _chart_date(text: str, chart: Chart, shape: str) -> date:
    match = _DAYS.fullmatch(text.strip())
    try:
        first = date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise ChartRejected(f"{text!r} is no date like 2024-02-29", _SPLIT_AGAIN) from None
    if match and match[2]:
        if _length(match) != timedelta(days=chart.days):
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
    popularity = rows.count(row, "popularity")
    # Its length is left out: with one, the song would count as a whole track object, which knows its album.
    track = Track(
        id=match[1],
        name=rows.text(row, "name"),
        explicit={"true": True, "1": True, "false": False, "0": False}.get(explicit),
        popularity=popularity if popularity is not None and 0 <= popularity <= 100 else None,
        artists=[*_artists(names, ids)] or None,
    )
    return Entry(
        rank=rank,
        song_id=match[1],
        track=track,
        artist_names=names,
        streams=rows.count(row, "streams"),
        previous_rank=_small(rows.count(row, "previous")),
        peak_rank=_small(rows.count(row, "peak")),
        weeks_on_chart=_small(rows.count(row, "appearances")),
        label=rows.text(row, "label"),
    )


def _artists(names: str | None, ids: str | None) -> Iterator[Artist]:
    """Yield the artists where there are as many names as addresses, both joined by |."""
    all_names, all_ids = (names or "").split("|"), (ids or "").split("|")
    matches = [_ARTIST.fullmatch(each.strip()) for each in all_ids]
    if len(all_names) == len(all_ids) and all(matches):
        for name, match in zip(all_names, matches, strict=True):
            yield Artist(match[1] if match else None, name.strip())


def _small(number: int | None) -> int | None:
    if number is not None and not -1 <= number < 2**31:
        raise ValueError(f"{number} is no rank or count")
    return number
