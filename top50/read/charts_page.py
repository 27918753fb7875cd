"""What the charts page and its service send → a snapshot. Undocumented: as real answers of 2026 are.

The page's answer has several charts, of songs, albums and artists, and identifies each by an alias. It has
`""`, `0` or `[]` in place of peaks, weeks, dates and labels, and no streams. The service behind it, whose
answers people with a login save, sends one chart in the same form with all of these.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from top50.charts import CHARTS, CHARTS_PAGE, Chart
from top50.errors import RawError
from top50.raw import SetAside, chart_in_key, date_in_key, midnight
from top50.read.chart_checks import OFFICIAL_LENGTH, take_entries
from top50.read.chart_csv import chart_and_day_in_name
from top50.read.lenient_json import is_unicode, shortened
from top50.read.snapshot import Entry, Snapshot, Wanted
from top50.read.spotify_types import Addresses, Artist, Track

# One chart as the page has it: `displayChart` says which it is, `entries` are its ranks.
View = dict[str, Any]

_ALIAS = re.compile(r"REGIONAL_([A-Z]+)_(WEEKLY|DAILY)")
_OTHER_ALIAS = re.compile(r"(ALBUM|ARTIST)_")
_ID = re.compile(r"spotify:(?:track|artist):([0-9A-Za-z]{22})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CHANGED = "The page has changed: use TOP50_SOURCE=charts-csv until this reads it again."
_ONLY_THE_WORLD = "It shows the world's weekly chart: use TOP50_SOURCE=charts-csv for other charts."
_WHERE = "Put it below chart=<chart>/<date>/, such as chart=global-weekly/2026-09-17/."
# Ranks on the page; its service has all 200.
_PAGE_LENGTH = 50
# Values that mean that the page has none.
_NULLS: tuple[object, ...] = (None, "", 0, [])


class _FieldError(ValueError):
    """A field of an entry has a value of a wrong type."""


def find_views(answers: Sequence[Any]) -> list[View] | None:
    """Return the charts in answers of the page or its service; None for other answers. Raises RawError."""
    if len(answers) != 1:
        return None
    [answer] = answers
    if isinstance(answer, dict) and "chartEntryViewResponses" in answer:
        answer = answer["chartEntryViewResponses"]
        if not isinstance(answer, list):
            raise RawError(f"unknown format of the charts page: its charts are {shortened(answer)}", _CHANGED)
        return [view for view in answer if isinstance(view, dict)]
    if isinstance(answer, dict) and ("displayChart" in answer or _are_entries(answer.get("entries"))):
        return [answer]
    if not isinstance(answer, list):
        return None
    views = [view for view in answer if isinstance(view, dict) and "displayChart" in view]
    return views or ([{"entries": answer}] if _are_entries(answer) else None)


def _are_entries(found: object) -> bool:
    return isinstance(found, list) and any(
        isinstance(entry, dict) and "chartEntryData" in entry for entry in found
    )


def find_view(views: Sequence[View], chart: Chart) -> View:
    """Return the view whose alias is that of `chart`; raises RawError without one."""
    for view in views:
        if _chart_of(view) == chart:
            return view
    there = ", ".join(filter(None, map(_alias, views))) or "no chart"
    remedy = _CHANGED if chart.name == "global-weekly" else _ONLY_THE_WORLD
    raise RawError(f"the charts page has {shortened(there)}, but not {chart.name}", remedy)


def _alias(view: View) -> str | None:
    display = view.get("displayChart")
    about = display.get("chartMetadata") if isinstance(display, dict) else None
    alias = about.get("alias") if isinstance(about, dict) else None
    return alias if isinstance(alias, str) and alias else None


def _chart_of(view: View) -> Chart | None:
    match = _ALIAS.fullmatch(_alias(view) or "")
    return CHARTS.get(f"{match[1]}-{match[2]}".lower()) if match else None


def read_views(
    key: str, source: str | None, observed_at: datetime | None, views: Sequence[View], wanted: Wanted
) -> Snapshot:
    """Read the wanted chart; raises RawError, and ChartRejected for a chart that fails its checks."""
    _refuse_other_things(views)
    named, day_in_name = chart_and_day_in_name(key)
    chart, view = _choose(views, chart_in_key(key) or named, wanted)
    entries = view.get("entries")
    if not isinstance(entries, list):
        raise RawError(f"unknown format of the charts page: its entries are {shortened(entries)}", _CHANGED)
    _refuse_other_things([view])
    day = day_of(view) or date_in_key(key) or day_in_name or _last_day(entries)
    if day is None:
        raise RawError("its chart has no date", _WHERE)
    snapshot = Snapshot(key, source or CHARTS_PAGE, observed_at or midnight(day), chart, day)
    longest = _PAGE_LENGTH if len(entries) <= _PAGE_LENGTH else OFFICIAL_LENGTH
    take_entries(snapshot, _entries(key, entries), wanted, longest)
    return snapshot


def _choose(views: Sequence[View], named: Chart | None, wanted: Wanted) -> tuple[Chart, View]:
    """Return the chart and its view: the chart of the key, else the wanted one, else the only one."""
    if len(views) == 1 and _alias(views[0]) is None:
        if named is None:
            raise RawError("entries of a chart without chart and date", _WHERE)
        return named, views[0]
    by_chart = {chart: view for view in reversed(views) if (chart := _chart_of(view))}
    if named is None and wanted.chart not in by_chart and len(by_chart) == 1:
        return next(iter(by_chart.items()))
    chart = named or wanted.chart
    if chart is None:
        there = ", ".join(found.name for found in by_chart) or "none of songs"
        raise RawError(f"it has several charts ({there}), and its key names none", _WHERE)
    return chart, find_view(views, chart)


def _refuse_other_things(views: Sequence[View]) -> None:
    """Raise RawError if all charts are of albums or artists, which the page has too."""
    kinds = list(map(_other_kind, views))
    if kinds and kinds[0] is not None and None not in kinds:
        raise RawError(f"a chart of {kinds[0]}s, not of songs", "Only charts of songs belong here.")


def _other_kind(view: View) -> str | None:
    """Return "album" or "artist", by the entries, else by the alias; None for songs and if it is unknown."""
    entries = view.get("entries")
    objects = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    kinds = {
        name.removesuffix("Metadata") for entry in objects for name in entry if name.endswith("Metadata")
    }
    if kinds:
        return None if "track" in kinds else min(kinds)
    match = _OTHER_ALIAS.match(_alias(view) or "")
    return match[1].lower() if match else None


def day_of(view: View) -> date | None:
    """Return the date in a view; None without one."""
    display = view.get("displayChart")
    return _day(display.get("date")) if isinstance(display, dict) else None


def _last_day(entries: list[Any]) -> date | None:
    """Return the last day on which a song entered or peaked: of 200 songs, some do on every chart."""
    figures = [entry.get("chartEntryData") for entry in entries if isinstance(entry, dict)]
    found = [data for data in figures if isinstance(data, dict)]
    days = [_day(data.get(name)) for data in found for name in ("entryDate", "peakDate")]
    return max(filter(None, days), default=None)


def _day(found: object) -> date | None:
    try:
        return date.fromisoformat(found) if isinstance(found, str) and _DAY.fullmatch(found) else None
    except ValueError:
        return None


def _entries(key: str, entries: list[Any]) -> Iterator[Entry | SetAside]:
    for position, found in enumerate(entries, start=1):
        try:
            yield _entry(found, position)
        except _FieldError as error:
            yield SetAside(key, str(error), position)


def _entry(found: object, position: int) -> Entry:
    if not isinstance(found, dict):
        raise _FieldError(f"{shortened(found)} in the place of an entry")
    figures, song = _object(found, "chartEntryData"), _object(found, "trackMetadata")
    artists = [
        Artist(
            _id(artist, "spotifyUri") or None,
            _text(artist, "name"),
            Addresses(_text(artist, "externalUrl")),
        )
        for artist in _objects(song, "artists")
    ]
    labels = [name for label in _objects(song, "labels") if (name := _text(label, "name"))]
    return Entry(
        rank=_number(figures, "currentRank") or position,
        song_id=_id(song, "trackUri"),
        track=Track(name=_text(song, "trackName"), artists=artists),
        streams=_streams(figures),
        previous_rank=_number(figures, "previousRank"),
        peak_rank=_number(figures, "peakRank"),
        weeks_on_chart=_number(figures, "appearancesOnChart"),
        label=", ".join(labels) or None,
        image_url=_text(song, "displayImageUri"),
    )


def _streams(figures: View) -> int | None:
    metric = _object(figures, "rankingMetric")
    if metric.get("type") != "STREAMS":
        return None
    value = metric.get("value")
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    return _number({"streams": value}, "streams", bits=64)


def _value(of: View, name: str) -> Any:
    """Return the value of a field; None if it has none. False equals 0 in Python, but is a wrong value."""
    value = of.get(name)
    return None if value in _NULLS and not isinstance(value, bool) else value


def _number(of: View, name: str, bits: int = 32) -> int | None:
    """Return a whole number, or -1, which means "was not on the chart"; None if there is none."""
    value = _value(of, name)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -1 <= value < 2 ** (bits - 1):
        raise _FieldError(f"its {name} is {shortened(value)}, not a valid rank or count")
    return value


def _text(of: View, name: str) -> str | None:
    value = _value(of, name)
    if value is not None and not (isinstance(value, str) and is_unicode(value)):
        raise _FieldError(f"its {name} is {shortened(value)}, not a valid text")
    return value


def _object(of: View, name: str) -> View:
    value = _value(of, name)
    if value is not None and not isinstance(value, dict):
        raise _FieldError(f"its {name} is {shortened(value)}, not an object")
    return value or {}


def _objects(of: View, name: str) -> list[View]:
    value = _value(of, name)
    if value is not None and not (isinstance(value, list) and all(isinstance(item, dict) for item in value)):
        raise _FieldError(f"its {name} are {shortened(value)}, not a list of objects")
    return value or []


def _id(of: View, name: str) -> str:
    match = _ID.fullmatch(_text(of, name) or "")
    return match[1] if match else ""
