"""What the header and the cells of a merged archive mean: its columns, shape, regions, periods and dates."""

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

WORLD = ("global", "worldwide", "world")
"""How files call the region of all countries together."""

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
# A date, or the two that a week goes from and to.
DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ][\d:.+Z]*)?(?:--?(\d{4}-\d\d-\d\d))?")
_LINE_END = re.compile(r"\r\n|\r|\n")
# A blank line, also one of empty cells, or that of a spreadsheet that says what separates the cells.
_ABOVE = re.compile(r"[\s,;|\"]*|\"?sep=.?\"?[\s,;|]*", re.IGNORECASE)
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)")


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
    """How a CSV begins: its columns, what separates them, and how many lines stand above them."""

    columns: list[str]
    delimiter: str
    above: int


def header_in(start: bytes) -> Header:
    """Return the header in the first bytes of a CSV, whatever ends its lines; none of what is no text."""
    encoding = "utf-16" if start.startswith(UTF_16) else "utf-8-sig"
    lines = _LINE_END.split(start.decode(encoding, errors="replace"))  # it may be cut within a character
    above = next((place for place, line in enumerate(lines) if not _ABOVE.fullmatch(line)), 0)
    line = lines[above]
    delimiter = max(",;\t|", key=line.count)
    try:
        columns = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        columns = []
    return Header(columns, delimiter, above)


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
    match = DAYS.fullmatch(day_in(day))
    if match and match[2]:
        return "daily" if length_of(match) == timedelta(days=1) else "weekly"
    return "weekly" if "weekly" in name.lower() else "daily" if "daily" in name.lower() else ""


def length_of(days: re.Match[str]) -> timedelta | None:
    """Return the time between the two dates of a match of DAYS; None for a date that there is not."""
    with suppress(ValueError):
        return date.fromisoformat(days[2]) - date.fromisoformat(days[1])
    return None


def day_in(text: str) -> str:
    """Return a date as ISO writes it, where it is one of eight digits; else the text."""
    match = _DIGITS.fullmatch(text.strip())
    return "-".join(match.groups()) if match else text.strip()
