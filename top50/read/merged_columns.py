"""What the header and the cells of a merged archive mean: its columns, shape, regions, periods and dates."""

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple

from top50.regions import REGIONS

# Names of the global charts' region in these files.
_WORLD = ("global", "worldwide", "world")
_OTHER_NAMES = {
    **{"uk": "gb", "great britain": "gb", "usa": "us", "united states of america": "us"},
    **{"czech republic": "cz", "türkiye": "tr", "turkiye": "tr", "korea": "kr", "uae": "ae"},
    **{"korea, republic of": "kr", "viet nam": "vn", "russian federation": "ru"},
}

# A region's cell in lower case → the region as in a chart's name.
REGION_OF = {
    **dict.fromkeys(_WORLD, "global"),
    **{region.code: region.code for region in REGIONS},
    **{region.name.lower(): region.code for region in REGIONS},
    **_OTHER_NAMES,
}

# The role of a column → its names in the files that people keep.
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
# The shape of a file, by the name that its users know → columns that no other shape has.
_SHAPES = {
    "charts_songs_daily": {"country", "days_on_chart", "artist_uris"},
    "charts": {"region", "chart", "trend"},
    "universal_top_spotify_songs": {"spotify_id", "daily_rank", "snapshot_date"},
    "data": {"position", "track_name", "region", "url"},
}
_OFFICIAL = re.compile(r"regional-\w+-(?:weekly|daily)-\d{4}-\d\d-\d\d")
# A date, or the first and the last of a period.
DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ][\d:.+Z]*)?(?:--?(\d{4}-\d\d-\d\d))?")
_LINE_END = re.compile(r"\r\n|\r|\n")
# A blank line, also one of empty cells, or a spreadsheet's line with the separator.
_ABOVE = re.compile(r"[\s,;|\"]*|\"?sep=.?\"?[\s,;|]*", re.IGNORECASE)
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)")


def normal(column: str) -> str:
    """Return the normal spelling of a column's name: track_name for `Track Name`."""
    return re.sub(r"[\s-]+", "_", column.strip().lower())


def roles_of(columns: Sequence[str]) -> dict[str, int]:
    """Return the roles in a header: role → position of its column; columns without a role are left out."""
    positions = {normal(column): position for position, column in reversed([*enumerate(columns)])}
    found = {
        role: next((positions[name] for name in names if name in positions), None)
        for role, names in _NAMES.items()
    }
    return {role: position for role, position in found.items() if position is not None}


def shape_of(columns: Sequence[str], name: str) -> str:
    """Return the shape of a merged archive, by its header and file name; "" for any other CSV."""
    roles = roles_of(columns)
    has_region = "region" in roles or "chart" in roles or "global" in name.lower()
    if not {"date", "rank", "song"} <= roles.keys() or not has_region or _OFFICIAL.search(name):
        return ""
    names = set(map(normal, columns))
    return next((shape for shape, own in _SHAPES.items() if own <= names), "merged")


class Header(NamedTuple):
    """How a CSV begins: its columns, their separator, and the number of lines above them."""

    columns: list[str]
    delimiter: str
    above: int


def header_in(start: bytes) -> Header:
    """Return the header in the first bytes of a CSV, whatever its line ends; for binary data, any columns."""
    encoding = "utf-16" if start.startswith(UTF_16) else "utf-8-sig"
    lines = _LINE_END.split(start.decode(encoding, errors="replace"))  # the last character may be incomplete
    above = next((place for place, line in enumerate(lines) if not _ABOVE.fullmatch(line)), 0)
    line = lines[above]
    delimiter = max(",;\t|", key=line.count)
    try:
        columns = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        columns = []
    return Header(columns, delimiter, above)


def region_in(text: str | None, shape: str) -> str:
    """Return the region in a cell as in a chart's name, such as `global` or `us`; an unknown one as it is."""
    region = (text or "").strip().lower()
    # universal_top_spotify_songs leaves the country of the global chart empty
    if not region and shape == "universal_top_spotify_songs":
        return "global"
    return REGION_OF.get(region, region)


def period_in(chart: str | None, columns: Sequence[str], name: str, day: str) -> str:
    """Return `weekly`, `daily`, `other` (not of songs), or "" if nothing identifies the period.

    chart, day: two cells of a row. columns, name: the header and the name of the file.
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
    """Return the time between the two dates of a match of DAYS; None if one of them is impossible."""
    with suppress(ValueError):
        return date.fromisoformat(days[2]) - date.fromisoformat(days[1])
    return None


def day_in(text: str) -> str:
    """Return a date of eight digits as YYYY-MM-DD; any other text without the white space around it."""
    match = _EIGHT_DIGITS.fullmatch(text.strip())
    return "-".join(match.groups()) if match else text.strip()
