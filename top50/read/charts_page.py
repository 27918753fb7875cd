"""What the charts page and its service send → a snapshot. Undocumented: as real answers of 2026 are.

The page's answer holds several charts, of songs, albums and artists; an alias says which is which. The
page says `""`, `0` and `[]` for what it does not tell: peaks, weeks, dates, labels, and it has no streams.
The service behind it, saved by people with a login, sends one chart in the same form with all of that.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from top50.charts import CHARTS, Chart
from top50.errors import RawError
from top50.raw import chart_in_key, date_in_key, midnight
from top50.read.chart_csv import chart_and_day_in_name
from top50.read.loose_json import is_unicode, shortened
from top50.read.snapshot import OFFICIAL_LENGTH, Entry, SetAside, Snapshot, Wanted, take_entries
from top50.read.spotify_types import Addresses, Artist, Track

SOURCE = "charts-page"

View = dict[str, Any]
"""One chart as the page has it: `displayChart` says which it is, `entries` are its ranks."""

_ALIAS = re.compile(r"REGIONAL_([A-Z]+)_(WEEKLY|DAILY)")
_OTHER_ALIAS = re.compile(r"(ALBUM|ARTIST)_")
_ID = re.compile(r"spotify:(?:track|artist):([0-9A-Za-z]{22})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CHANGED = "The page has changed: use TOP50_SOURCE=charts-csv until this reads it again."
_WHERE = "Put it below chart=<chart>/<date>/, such as chart=global-weekly/2026-09-17/."
_SHOWN = 50
"""How many ranks the page has; its service has all 200."""
_NOT_TOLD: tuple[object, ...] = (None, "", 0, [])


class _StrangeError(ValueError):
    """A field of an entry is of another type than it should be."""


def find_views(answers: Sequence[Any]) -> list[View] | None:
    """Return the charts that answers of the page or of its service hold; None if they are something else."""
    if len(answers) != 1:
        return None
    [answer] = answers
    if isinstance(answer, dict) and "chartEntryViewResponses" in answer:
        answer = answer["chartEntryViewResponses"]
        if not isinstance(answer, list):
            raise RawError(f"not what the charts page sends: its charts are {shortened(answer)}", _CHANGED)
        return [view for view in answer if isinstance(view, dict)]
    if isinstance(answer, dict) and ("displayChart" in answer or _are_entries(answer.get("entries"))):
        return [answer]
    if not isinstance(answer, list):
        return None
    views = [view for view in answer if isinstance(view, dict) and "displayChart" in view]
    return views or ([{"entries": answer}] if _are_entries(answer) else None)


def _are_entries(found: object) -> bool:
    return isinstance(found, list) and any(
        isinstance(each, dict) and "chartEntryData" in each for each in found
    )


def find_view(views: Sequence[View], chart: Chart) -> View:
    """Return the view that is `chart` by its alias; raises RawError."""
    for view in views:
        if _chart_of(view) == chart:
            return view
    there = ", ".join(filter(None, map(_alias, views))) or "no chart"
    raise RawError(f"the charts page does not show {chart.name}, but {shortened(there)}", _CHANGED)


def _alias(view: View) -> str | None:
    shown = view.get("displayChart")
    about = shown.get("chartMetadata") if isinstance(shown, dict) else None
    alias = about.get("alias") if isinstance(about, dict) else None
    return alias if isinstance(alias, str) and alias else None


def _chart_of(view: View) -> Chart | None:
    match = _ALIAS.fullmatch(_alias(view) or "")
    return CHARTS.get(f"{match[1]}-{match[2]}".lower()) if match else None


def read_views(
    key: str, source: str | None, observed_at: datetime | None, views: Sequence[View], wanted: Wanted
) -> Snapshot:
    """Read the one chart that is ours; raises RawError, ChartRejected for one that fails its checks."""
    _refuse_other_things(views)
    named, day_in_name = chart_and_day_in_name(key)
    chart, view = _choose(views, chart_in_key(key) or named, wanted)
    entries = view.get("entries")
    if not isinstance(entries, list):
        raise RawError(f"not what the charts page sends: its entries are {shortened(entries)}", _CHANGED)
    _refuse_other_things([view])
    day = day_of(view) or date_in_key(key) or day_in_name or _last_day(entries)
    if day is None:
        raise RawError("the charts page does not say of which date its chart is", _WHERE)
    snapshot = Snapshot(key, source or SOURCE, observed_at or midnight(day), chart, day)
    is_page = len(entries) <= _SHOWN
    take_entries(snapshot, _entries(key, entries), wanted, longest=_SHOWN if is_page else OFFICIAL_LENGTH)
    return snapshot


def _choose(views: Sequence[View], named: Chart | None, wanted: Wanted) -> tuple[Chart, View]:
    """Return which chart it is and its view: by the key, else by alias, the wanted one before any other."""
    if len(views) == 1 and _alias(views[0]) is None:
        if named is None:
            raise RawError("entries of a chart that do not say of which chart and date", _WHERE)
        return named, views[0]
    known = {chart: view for view in reversed(views) if (chart := _chart_of(view))}
    if named is None and wanted.chart not in known and len(known) == 1:
        return next(iter(known.items()))
    chart = named or wanted.chart
    return chart, find_view(views, chart)


def _refuse_other_things(views: Sequence[View]) -> None:
    """Raise RawError for charts of albums or artists alone, saved by somebody: the page shows them, too."""
    kinds = list(map(_other_kind, views))
    if kinds and kinds[0] is not None and None not in kinds:
        raise RawError(f"a chart of {kinds[0]}s, not of songs", "Only charts of songs belong here.")


def _other_kind(view: View) -> str | None:
    """Return what a view is a chart of, by its entries, else by its alias; None for songs and the unknown."""
    entries = view.get("entries")
    objects = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    kinds = {name.removesuffix("Metadata") for each in objects for name in each if name.endswith("Metadata")}
    if kinds:
        return None if "track" in kinds else min(kinds)
    match = _OTHER_ALIAS.match(_alias(view) or "")
    return match[1].lower() if match else None


def day_of(view: View) -> date | None:
    """Return the date that a view says itself."""
    shown = view.get("displayChart")
    return _day(shown.get("date")) if isinstance(shown, dict) else None


def _last_day(entries: list[Any]) -> date | None:
    """Return the last day on which a song of it entered or peaked: of 200, some do every time."""
    figures = [
        data
        for each in entries
        if isinstance(each, dict) and isinstance(data := each.get("chartEntryData"), dict)
    ]
    days = [_day(each.get(name)) for each in figures for name in ("entryDate", "peakDate")]
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
        except _StrangeError as error:
            yield SetAside(key, str(error), position)


def _entry(found: object, position: int) -> Entry:
    if not isinstance(found, dict):
        raise _StrangeError(f"{shortened(found)} in the place of an entry")
    figures, song = _object(found, "chartEntryData"), _object(found, "trackMetadata")
    artists = [
        Artist(_id(each, "spotifyUri") or None, _text(each, "name"), Addresses(_text(each, "externalUrl")))
        for each in _objects(song, "artists")
    ]
    labels = [name for each in _objects(song, "labels") if (name := _text(each, "name"))]
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


def _number(of: View, name: str, bits: int = 32) -> int | None:
    """Return a whole number, -1 too, which stands for "was not there"; None for one that is not told."""
    value = of.get(name)
    if value in _NOT_TOLD and not isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -1 <= value < 2 ** (bits - 1):
        raise _StrangeError(f"its {name} is {shortened(value)}, which is no rank or count")
    return value


def _text(of: View, name: str) -> str | None:
    value = of.get(name)
    if value in _NOT_TOLD and not isinstance(value, bool):
        return None
    if not isinstance(value, str) or not is_unicode(value):
        raise _StrangeError(f"its {name} is {shortened(value)}, which is no text")
    return value


def _object(of: View, name: str) -> View:
    value = of.get(name)
    if value in _NOT_TOLD and not isinstance(value, bool):
        return {}
    if not isinstance(value, dict):
        raise _StrangeError(f"its {name} is {shortened(value)}, which is no object")
    return value


def _objects(of: View, name: str) -> list[View]:
    value = of.get(name)
    if value in _NOT_TOLD and not isinstance(value, bool):
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise _StrangeError(f"its {name} are {shortened(value)}, which is no list of objects")
    return value


def _id(of: View, name: str) -> str:
    match = _ID.fullmatch(_text(of, name) or "")
    return match[1] if match else ""
