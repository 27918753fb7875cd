"""The official CSVs → a snapshot: charts.spotify.com of today, spotifycharts.com to the end of 2021."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

from top50.charts import CHARTS, Chart
from top50.decode import Track
from top50.errors import RawError
from top50.raw import chart_in_key, date_in_key, midnight, parse_day
from top50.snapshot import OFFICIAL_LENGTH, Entry, Snapshot, Wanted, take_entries

SOURCE = "charts-csv"

_NAME = re.compile(
    r"regional-(?P<region>\w+)-(?P<period>weekly|daily)-(?P<day>\d{4}-\d\d-\d\d)(?:--(?P<end>\d{4}-\d\d-\d\d))?"
)
_NEW = [
    *["rank", "uri", "artist_names", "track_name", "source"],
    *["peak_rank", "previous_rank", "weeks_on_chart", "streams"],
]
_NEW_DAILY = ["days_on_chart" if name == "weeks_on_chart" else name for name in _NEW]
_OLD = ["Position", "Track Name", "Artist", "Streams", "URL"]
_SONG = re.compile(r"(?:spotify:track:|https://open\.spotify\.com/track/)([0-9A-Za-z]{22})")
_FEWEST = 190
"""The last rank of a whole file: the real ones miss one or two of 200 at most."""
_KEPT_BY_HAND = 50
"""A file that ends at such a round rank was shortened by somebody who wanted no more."""
_MOST_LINES = 1000
"""Memory follows this: a line takes twenty times its size."""
_CUT = "unexpected end of data"
_DOWNLOAD_AGAIN = "Download it again from charts.spotify.com."


def read_csv(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read a CSV raw object; raises RawError, and ChartRejected for a chart that fails its checks."""
    lines = _lines(content)
    header = _header(lines)
    entries = list(_entries(lines, header))
    _refuse_truncated(entries, whole_lines=content.endswith(b"\n"))
    chart, chart_date = _chart_and_date(key, wanted)
    _refuse_other_period(lines[header], chart)
    snapshot = Snapshot(key, SOURCE, midnight(chart_date), chart, chart_date)
    take_entries(snapshot, entries, wanted)
    return snapshot


def _lines(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
        lines = list(islice(csv.reader(io.StringIO(text, newline=""), strict=True), _MOST_LINES + 1))
    except UnicodeDecodeError:
        raise RawError("neither JSON nor UTF-8 text", _DOWNLOAD_AGAIN) from None
    except csv.Error as error:
        cut = "it ends inside a text: a truncated download" if _CUT in str(error) else ""
        raise RawError(cut or f"a broken CSV: {error}", _DOWNLOAD_AGAIN) from None
    if len(lines) > _MOST_LINES:
        raise RawError(f"more than {_MOST_LINES} lines, and a chart has {OFFICIAL_LENGTH}", _DOWNLOAD_AGAIN)
    return lines


def _chart_and_date(key: str, wanted: Wanted) -> tuple[Chart, date]:
    named, day = _in_name(key)
    in_key = chart_in_key(key)
    chart, chart_date = in_key or named, day or date_in_key(key)
    if chart is None or chart_date is None:
        raise RawError(
            "the name does not say which chart and date the CSV is",
            "Keep the name it was downloaded under: regional-global-weekly-<date>.csv.",
        )
    if named and named != chart:
        raise RawError(
            f"the name says {named.name}, the folder {chart.name}", "Put it into the right folder."
        )
    if in_key is None and chart != wanted.chart:
        raise RawError(
            f"the chart {chart.name}, and {wanted.chart.name} is wanted here",
            f"Download {wanted.chart.name}, or put this one below chart={chart.name}/.",
        )
    return chart, chart_date


def _in_name(key: str) -> tuple[Chart | None, date | None]:
    match = _NAME.search(key.rpartition("/")[2])
    if match is None:
        return None, None
    if match["region"] != "global":
        raise RawError(
            f"the chart of {match['region']!r}, not the global one", "Only global charts belong here."
        )
    chart, day = CHARTS[f"global-{match['period']}"], parse_day(match["day"])
    if match["end"] is None:
        return chart, day
    end = parse_day(match["end"])
    if end - day != timedelta(days=chart.days):
        raise RawError(f"{day} to {end} is not the time of one {chart.name} chart", _DOWNLOAD_AGAIN)
    return chart, end - timedelta(days=1)  # the end is not included


def _header(lines: list[list[str]]) -> int:
    """Return the number of the line that names the columns: the old files have a note before it."""
    for number, line in enumerate(lines[:2]):
        if line in (_NEW, _NEW_DAILY, _OLD):
            return number
    raise RawError("no CSV of Spotify's charts: its header is another", _DOWNLOAD_AGAIN)


def _refuse_other_period(columns: list[str], chart: Chart) -> None:
    if columns == _NEW_DAILY and chart.days != 1:
        raise RawError(f"a daily chart by its columns, not {chart.name}", _DOWNLOAD_AGAIN)


def _refuse_truncated(entries: list[Entry], *, whole_lines: bool) -> None:
    """Tell a download that broke off where no line shows it: between two, or inside the last address."""
    last = max((entry.rank for entry in entries), default=0)
    cut_short = _KEPT_BY_HAND < last < _FEWEST and last % _KEPT_BY_HAND
    if cut_short or (entries and not whole_lines and not entries[-1].song_id):
        raise RawError(f"it ends at rank {last} of {OFFICIAL_LENGTH}: a truncated download", _DOWNLOAD_AGAIN)


def _entries(lines: list[list[str]], header: int) -> Iterator[Entry]:
    read = _old_entry if lines[header] == _OLD else _new_entry
    for number, line in enumerate(lines[header + 1 :], start=header + 2):
        if len(line) != len(lines[header]):
            raise RawError(
                f"line {number} has {len(line)} of {len(lines[header])} columns: a truncated download",
                _DOWNLOAD_AGAIN,
            )
        try:
            yield read(line)
        except ValueError as error:
            raise RawError(f"line {number}: {error}", _DOWNLOAD_AGAIN) from None


def _new_entry(line: list[str]) -> Entry:
    rank, uri, artist_names, name, _, peak, previous, weeks, streams = line
    return Entry(
        rank=_count(rank),
        song_id=_song_id(uri),
        track=Track(name=name),
        artist_names=artist_names,
        streams=_count(streams, 64),
        previous_rank=_count(previous),
        peak_rank=_count(peak),
        weeks_on_chart=_count(weeks),
    )


def _old_entry(line: list[str]) -> Entry:
    rank, name, artist, streams, url = line
    return Entry(_count(rank), _song_id(url), Track(name=name), artist, streams=_count(streams, 64))


def _count(text: str, bits: int = 32) -> int:
    number = int(text)
    if not -1 <= number < 2 ** (bits - 1):
        raise ValueError(f"{text} is no rank or count")
    return number


def _song_id(address: str) -> str:
    match = _SONG.fullmatch(address)
    return match[1] if match else ""
