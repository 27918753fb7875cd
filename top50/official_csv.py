"""The official CSVs → a snapshot: charts.spotify.com of today, spotifycharts.com to the end of 2021."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta

from top50.charts import CHARTS, Chart
from top50.decode import Track
from top50.errors import RawError
from top50.raw import chart_in_key, date_in_key, midnight, parse_day
from top50.snapshot import Entry, SetAside, Snapshot, Wanted, check_chart

SOURCE = "charts-csv"

_NAME = re.compile(
    r"regional-(?P<region>\w+)-(?P<period>weekly|daily)-(?P<day>\d{4}-\d\d-\d\d)(?:--(?P<end>\d{4}-\d\d-\d\d))?"
)
_NEW = [
    *["rank", "uri", "artist_names", "track_name", "source"],
    *["peak_rank", "previous_rank", "weeks_on_chart", "streams"],
]
_OLD = ["Position", "Track Name", "Artist", "Streams", "URL"]
_SONG = re.compile(r"(?:spotify:track:|https://open\.spotify\.com/track/)([0-9A-Za-z]{22})")
_LONGEST = 200
_DOWNLOAD_AGAIN = "Download it again from charts.spotify.com."


def read_csv(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read a CSV raw object; raises RawError, and ChartRejected for a chart that fails its checks."""
    entries = list(_entries(_lines(content)))
    chart, chart_date = _chart_and_date(key)
    snapshot = Snapshot(key, SOURCE, midnight(chart_date), chart, chart_date)
    for entry in entries:
        if entry.rank > wanted.size:
            continue
        if entry.song_id:
            snapshot.entries.append(entry)
        else:
            snapshot.set_aside.append(SetAside(key, "no song id in the line", entry.rank))
    check_chart(snapshot, wanted, longest=_LONGEST)
    return snapshot


def _lines(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except UnicodeDecodeError:
        raise RawError("neither JSON nor UTF-8 text", _DOWNLOAD_AGAIN) from None
    except csv.Error as error:
        raise RawError(f"a broken CSV: {error}", _DOWNLOAD_AGAIN) from None


def _chart_and_date(key: str) -> tuple[Chart, date]:
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


def _entries(lines: list[list[str]]) -> Iterator[Entry]:
    header = next((number for number, line in enumerate(lines[:2]) if line in (_NEW, _OLD)), None)
    if header is None:
        raise RawError("no CSV of Spotify's charts: its header is another", _DOWNLOAD_AGAIN)
    read = _new_entry if lines[header] == _NEW else _old_entry
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
