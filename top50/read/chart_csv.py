"""How is a CSV read? The official CSVs → a snapshot: charts.spotify.com, and spotifycharts.com up to 2021."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from top50.charts import CHARTS, CHARTS_CSV, Chart, nearest_chart
from top50.errors import NoChart, RawError
from top50.raw import SetAside, chart_in_key, date_in_key, midnight, parse_day
from top50.read.chart_checks import OFFICIAL_LENGTH, take_entries
from top50.read.snapshot import Entry, Snapshot, Wanted
from top50.read.spotify_types import Track

_NAME = re.compile(
    r"regional-(?P<region>\w+)-(?P<period>weekly|daily)-"
    r"(?:latest|(?P<day>\d{4}-\d\d-\d\d)(?:--(?P<end>\d{4}-\d\d-\d\d))?)",
    re.IGNORECASE,
)
# The columns of charts.spotify.com and of spotifycharts.com.
_NEW = (
    *("rank", "uri", "artist_names", "track_name", "source"),
    *("peak_rank", "previous_rank", "weeks_on_chart", "streams"),
)
_OLD = ("position", "track_name", "artist", "streams", "url")
# Names of columns in old and in daily files → their names in the new weekly ones.
_SAME = {"position": "rank", "url": "uri", "artist": "artist_names", "days_on_chart": "weeks_on_chart"}
_DAILY = "days_on_chart"
_SEPARATORS = ",;\t"
# The old files have a note above the header; spreadsheets write a line `sep=;`.
_HEADER_WITHIN = 3
_SONG = re.compile(
    r"(?:spotify:track:|https?://open\.spotify\.com/(?:intl-[\w-]+/)?track/)([0-9A-Za-z]{22})(?:\?.*)?"
)
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE][+-]?\d+")
_WHOLE = re.compile(r"(-?\d{1,20})(?:\.0+)?")
_NULLS = {"", "nan", "none", "null", "n/a"}
# A whole file ends at this rank at least: real ones lack one or two of 200 ranks.
_LAST_RANK = 190
# A file that ends at a multiple of this rank was shortened on purpose.
_ROUND_RANK = 50
# Memory follows this: a line takes twenty times its size.
_MOST_LINES = 1000
_LONGEST_NAMES = 200  # characters of a header in a message
_LONGEST_CELL = 50
_DOWNLOAD_AGAIN = "Download it again from charts.spotify.com."

# A line's number in the file, and its cells.
Line = tuple[int, list[str]]


def read_csv(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read a CSV raw object; raises RawError, and ChartRejected for a chart that fails its checks."""
    header, lines = _header_and_lines(content)
    if not lines:
        raise NoChart(
            "only a header: Spotify has no chart of that market and date",
            "Delete it, or download another date from charts.spotify.com.",
        )
    chart, chart_date = _chart_and_date(key)
    refuse_rounded(_column(header, lines, "streams"))
    _refuse_truncated(header, lines, chart, ends_with_line=content.endswith((b"\n", b"\r")))
    if _DAILY in header and chart.days != 1:
        raise RawError(f"its columns are those of a daily chart, not of {chart.name}", _DOWNLOAD_AGAIN)
    snapshot = Snapshot(key, CHARTS_CSV, midnight(chart_date), chart, chart_date)
    take_entries(snapshot, _entries(key, header, lines), wanted)
    return snapshot


def _header_and_lines(content: bytes) -> tuple[list[str], list[Line]]:
    """Return the names of the columns, and the lines below them without blank ones; raises RawError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RawError(
            "neither JSON nor UTF-8 text", f"{_DOWNLOAD_AGAIN} A spreadsheet has to save it as CSV UTF-8."
        ) from None
    longest: list[str] = []
    for separator in _SEPARATORS:
        for number, cells in enumerate(_first_lines(text, separator)):
            names = [_column_name(cell) for cell in cells]
            if set(_NEW) <= {_SAME.get(name, name) for name in names} or set(_OLD) <= set(names):
                return _without_blank_end(names), _lines(text, separator)[number + 1 :]
            longest = max(longest, cells, key=len)
    there = set(map(_column_name, longest))
    kind = _OLD if len(there & set(_OLD)) > len(there & set(_NEW)) else _NEW
    there |= {_SAME.get(name, name) for name in there}
    missing = ", ".join(name for name in kind if name not in there)
    raise RawError(
        f"its header is not that of a Spotify chart: it has {', '.join(longest)[:_LONGEST_NAMES]!r}; "
        f"missing: {missing}",
        _DOWNLOAD_AGAIN,
    )


def _first_lines(text: str, separator: str) -> list[list[str]]:
    """Return the cells of the first lines that are not blank; [] if this separator gives no valid CSV."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return list(islice(filter(_is_not_blank, islice(lines, _MOST_LINES)), _HEADER_WITHIN))
    except csv.Error:
        return []


def _column_name(cell: str) -> str:
    """Return a column's name as Spotify writes it, whatever its case, spaces and quotes."""
    return re.sub(r"[\s_-]+", "_", cell.strip(" '\"\ufeff").lower())


def _without_blank_end(cells: list[str], longest: int = 0) -> list[str]:
    """Remove blank cells at the end, down to `longest`: a separator at the end of a line makes one."""
    end = len(cells)
    while end > longest and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _is_not_blank(cells: list[str]) -> bool:
    return any(map(str.strip, cells))


def _lines(text: str, separator: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[Line] = []
    try:
        for cells in reader:
            if reader.line_num > _MOST_LINES:
                raise RawError(
                    f"more than {_MOST_LINES} lines, but a chart has {OFFICIAL_LENGTH}", _DOWNLOAD_AGAIN
                )
            if _is_not_blank(cells):
                lines.append((reader.line_num, cells))
    except csv.Error as error:
        # csv.Error has nothing but its text: https://github.com/python/cpython/blob/3.11/Modules/_csv.c
        if "unexpected end of data" in str(error):
            what = "it ends inside a quoted text: a truncated download"
        else:
            what = f"a damaged CSV: misplaced quotation mark in line {reader.line_num}"
        raise RawError(what, _DOWNLOAD_AGAIN) from None
    return lines


def _chart_and_date(key: str) -> tuple[Chart, date]:
    named, day = chart_and_day_in_name(key)
    chart, chart_date = chart_in_key(key) or named, day or date_in_key(key)
    if chart is not None and chart_date is None:
        raise RawError(
            "the name of the CSV has no date",
            f"Put it below chart={chart.name}/<{'Thursday' if chart.days == 7 else 'day'}>/, the date as "
            f"YYYY-MM-DD: the last day that the chart covers.",
        )
    if chart is None or chart_date is None:
        raise RawError(
            "the name of the CSV has neither chart nor date",
            "Give it the name of the download, regional-global-weekly-<date>.csv, or put it below "
            "chart=global-weekly/<Thursday>/.",
        )
    if named and named != chart:
        raise RawError(
            f"its name is that of {named.name}, its folder that of {chart.name}",
            "Put it into the right folder.",
        )
    return chart, chart_date


def chart_and_day_in_name(key: str) -> tuple[Chart | None, date | None]:
    """Return the chart and its last day from a name `regional-<region>-<period>-<date>`; raises RawError."""
    match = _NAME.search(key.rpartition("/")[2])
    if match is None:
        return None, None
    name = f"{match['region']}-{match['period']}".lower()
    chart = CHARTS.get(name)
    if chart is None:
        raise RawError(f"there is no chart {name!r}; {nearest_chart(name)}", "Correct the name of the file.")
    if match["day"] is None:
        return chart, None
    day = parse_day(match["day"])
    if match["end"] is None:
        return chart, day
    end = parse_day(match["end"])
    if end - day != timedelta(days=chart.days):
        raise RawError(f"{day} to {end} is not the period of one {chart.name} chart", _DOWNLOAD_AGAIN)
    return chart, end - timedelta(days=1)  # the end is not included


def refuse_rounded(streams: list[str]) -> None:
    """Raise RawError if a spreadsheet has rounded several numbers; a single one costs its rank alone."""
    rounded = [cell for cell in streams if _ROUNDED.fullmatch(cell)]
    if len(rounded) > 1:
        raise RawError(
            f"streams is {rounded[0]!r}: a spreadsheet has rounded it",
            "Download it again from charts.spotify.com, and do not save it in a spreadsheet.",
        )


def _refuse_truncated(header: list[str], lines: list[Line], chart: Chart, *, ends_with_line: bool) -> None:
    """Raise RawError for a download that ends within its last line, between lines, or in its last address.

    The world's chart has 200 ranks; where a market's chart may end is for `take_entries` to judge.
    """
    number, last = lines[-1]
    if len(last) < len(header):
        raise RawError(
            f"line {number} has {len(last)} of {len(header)} columns: a truncated download", _DOWNLOAD_AGAIN
        )
    wholes = map(_WHOLE.fullmatch, _column(header, lines, "rank"))
    rank = max([len(lines), *[int(match[1]) for match in wholes if match and len(match[1]) < 4]])
    is_whole = chart.region.code != "global" or rank >= _LAST_RANK
    cut_between = not is_whole and rank > _ROUND_RANK and rank % _ROUND_RANK
    cut_within = not (ends_with_line or (last[-1] and _song_id(_column(header, lines[-1:], "uri")[0])))
    if cut_between or cut_within:
        raise RawError(f"it ends at rank {rank} of {OFFICIAL_LENGTH}: a truncated download", _DOWNLOAD_AGAIN)


def _column(header: list[str], lines: list[Line], name: str) -> list[str]:
    place = [_SAME.get(column, column) for column in header].index(name)
    return [cells[place].strip() for _, cells in lines if len(cells) > place]


def _entries(key: str, header: list[str], lines: list[Line]) -> Iterator[Entry | SetAside]:
    names = [_SAME.get(name, name) for name in header]
    for position, (number, cells) in enumerate(lines, start=1):
        try:
            yield _entry(names, cells)
        except ValueError as error:
            yield SetAside(key, f"line {number}: {error}", position)


def _entry(names: list[str], cells: list[str]) -> Entry:
    cells = _without_blank_end(cells, len(names))
    if len(cells) != len(names):
        raise ValueError(f"it has {len(cells)} of {len(names)} columns")
    # reversed: of two columns with one name the first counts
    cell = dict(zip(reversed(names), reversed(cells), strict=True))
    rank = number_in("rank", cell["rank"])
    if rank is None:
        raise ValueError("it has no rank")
    return Entry(
        rank=rank,
        song_id=_song_id(cell["uri"].strip()),
        track=Track(name=cell["track_name"]),
        artist_names=cell["artist_names"] or None,
        streams=number_in("streams", cell["streams"], bits=64),
        previous_rank=number_in("previous_rank", cell.get("previous_rank", "")),
        peak_rank=number_in("peak_rank", cell.get("peak_rank", "")),
        weeks_on_chart=number_in("weeks_on_chart", cell.get("weeks_on_chart", "")),
        label=cell.get("source") or None,
    )


def number_in(name: str, cell: str, bits: int = 32) -> int | None:
    """Return a rank or count, None for a blank cell; raises ValueError with a text for the user."""
    text = cell.strip()
    if text.lower() in _NULLS:
        return None
    if _ROUNDED.fullmatch(text):
        raise ValueError(f"{name} is {text[:_LONGEST_CELL]!r}: a spreadsheet has rounded it")
    match = _WHOLE.fullmatch(text)
    number = int(match[1]) if match else None
    least = -1 if name == "previous_rank" else 0
    if number is None or not least <= number < 2 ** (bits - 1):
        raise ValueError(f"{name} is {text[:_LONGEST_CELL]!r}, not a valid rank or count")
    return number


def _song_id(address: str) -> str:
    match = _SONG.fullmatch(address)
    return match[1] if match else ""
