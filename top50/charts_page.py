"""What the public charts page reads → a snapshot. Undocumented: known from the code of its readers.

One answer holds several charts, of songs, albums and artists; ours is told by its alias.
"""

import re
from datetime import date, datetime

import msgspec
from msgspec import Struct

from top50.charts import CHARTS, Chart
from top50.decode import Addresses, Artist, Int32, Track
from top50.errors import RawError
from top50.raw import chart_in_key, date_in_key, midnight
from top50.snapshot import Entry, Snapshot, Wanted, take_entries

SOURCE = "charts-page"

_ALIASES = {
    "REGIONAL_GLOBAL_WEEKLY": CHARTS["global-weekly"],
    "REGIONAL_GLOBAL_DAILY": CHARTS["global-daily"],
}
_ID = re.compile(r"spotify:(?:track|artist):([0-9A-Za-z]{22})")
_CHANGED = "The page has changed: use TOP50_SOURCE=charts-csv until this reads it again."


class _Kind(Struct):
    alias: str | None = None


class _Display(Struct, rename="camel"):
    day: date | None = msgspec.field(default=None, name="date")
    chart_metadata: _Kind | None = None


class _Metric(Struct):
    value: str | int | None = None
    type: str | None = None


class _Figures(Struct, rename="camel"):
    current_rank: Int32
    previous_rank: Int32 | None = None
    peak_rank: Int32 | None = None
    appearances_on_chart: Int32 | None = None
    ranking_metric: _Metric | None = None
    entry_date: date | None = None
    peak_date: date | None = None


class _Name(Struct, rename="camel"):
    name: str | None = None
    spotify_uri: str | None = None
    external_url: str | None = None


class _Song(Struct, rename="camel"):
    track_name: str | None = None
    track_uri: str | None = None
    artists: list[_Name] | None = None


class _Row(Struct, rename="camel"):
    chart_entry_data: _Figures
    track_metadata: _Song | None = None


class _Shown(Struct, rename="camel"):
    display_chart: _Display | None = None
    entries: msgspec.Raw = msgspec.Raw(b"[]")


_shown = msgspec.json.Decoder(list[msgspec.Raw])
_one = msgspec.json.Decoder(_Shown)
_rows = msgspec.json.Decoder(list[_Row])


def find_chart(charts: bytes, chart: Chart) -> bytes:
    """Return the part of the page's charts that is `chart`, as it came; raises RawError."""
    try:
        for part in _shown.decode(charts):
            if _chart_of(_one.decode(part)) == chart:
                return bytes(part)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RawError(f"not what the charts page sends: {error}", _CHANGED) from None
    raise RawError(f"the charts page does not show {chart.name}", _CHANGED)


def _chart_of(shown: _Shown) -> Chart | None:
    kind = shown.display_chart and shown.display_chart.chart_metadata
    return _ALIASES.get((kind and kind.alias) or "")


def read_page(
    key: str, source: str | None, observed_at: datetime | None, charts: bytes, wanted: Wanted
) -> Snapshot:
    """Read what the page shows of a chart; raises RawError, ChartRejected for one that fails its checks."""
    chart = chart_in_key(key) or wanted.chart
    shown, rows = _decode(find_chart(charts, chart))
    day = _date_of(shown, rows) or date_in_key(key)
    if day is None:
        raise RawError("the charts page does not say of which date its chart is", _CHANGED)
    snapshot = Snapshot(key, source or SOURCE, observed_at or midnight(day), chart, day)
    take_entries(snapshot, map(_entry, rows), wanted)
    return snapshot


def date_on_page(part: bytes) -> date | None:
    """Return the date of a chart that `find_chart` found; raises RawError."""
    return _date_of(*_decode(part))


def _decode(part: bytes) -> tuple[_Shown, list[_Row]]:
    try:
        shown = _one.decode(part)
        return shown, _rows.decode(shown.entries)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RawError(f"not what the charts page sends: {error}", _CHANGED) from None


def _date_of(shown: _Shown, rows: list[_Row]) -> date | None:
    """Its own date; else the last day on which a song of it entered or peaked: of 200, some do every time."""
    if shown.display_chart and shown.display_chart.day:
        return shown.display_chart.day
    figures = [row.chart_entry_data for row in rows]
    days = [day for each in figures for day in (each.entry_date, each.peak_date) if day]
    return max(days, default=None)


def _entry(row: _Row) -> Entry:
    figures, song = row.chart_entry_data, row.track_metadata or _Song()
    artists = [
        Artist(_id(each.spotify_uri) or None, each.name, Addresses(each.external_url))
        for each in song.artists or ()
    ]
    return Entry(
        rank=figures.current_rank,
        song_id=_id(song.track_uri),
        track=Track(name=song.track_name, artists=artists),
        streams=_streams(figures.ranking_metric),
        previous_rank=figures.previous_rank,
        peak_rank=figures.peak_rank,
        weeks_on_chart=figures.appearances_on_chart,
    )


def _id(uri: str | None) -> str:
    match = _ID.fullmatch(uri or "")
    return match[1] if match else ""


def _streams(metric: _Metric | None) -> int | None:
    if metric is None or metric.type != "STREAMS" or metric.value is None:
        return None
    text = str(metric.value)
    if not text.isdecimal() or int(text) >= 2**63:
        raise RawError(f"{text!r} is no number of streams", _CHANGED)
    return int(text)
