"""When the charts are refreshed, and which days they cover. Times are UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from top50.regions import REGIONS

FIRST_DAY = date(2008, 10, 10)
LAST_DAY = date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart playlist of Spotify's own: its id and its calendar."""

    name: str
    region: int  # 0 is the world
    playlist_id: str
    title: str
    every: timedelta
    anchor: datetime  # of one refresh; the others are whole periods away

    @property
    def is_daily(self) -> bool:
        """Whether it covers a day rather than a week."""
        return self.every.days == 1


def _charts() -> Iterator[Chart]:
    for number, region in enumerate(REGIONS):
        name = "Global" if number == 0 else region.name
        # The anchors: a Friday at noon, and a morning.
        if region.weekly:
            friday = datetime(2008, 10, 10, 12, tzinfo=UTC)
            title = f"Top Songs - {name}"
            yield Chart(f"{region.code}-weekly", number, region.weekly, title, timedelta(days=7), friday)
        if region.daily:
            morning = datetime(2008, 10, 10, 10, tzinfo=UTC)
            title = f"Top 50 - {name}"
            yield Chart(f"{region.code}-daily", number, region.daily, title, timedelta(days=1), morning)


# Name → chart: those that Spotify has a playlist of.
CHARTS: dict[str, Chart] = {chart.name: chart for chart in _charts()}


def refreshed_at(chart: Chart, now: datetime) -> datetime:
    """Return the latest refresh not after `now`. ValueError: no time zone, or beyond the years simulated."""
    if now.tzinfo is None:
        raise ValueError(f"{now.isoformat()} has no time zone; write it like 2026-11-20T12:00:00Z")
    if not FIRST_DAY <= now.astimezone(UTC).date() <= LAST_DAY:
        raise ValueError(f"{now.isoformat()} is not simulated; choose a day from {FIRST_DAY} to {LAST_DAY}")
    return chart.anchor + (now - chart.anchor) // chart.every * chart.every


def chart_date(chart: Chart, now: datetime) -> date:
    """Return the last day that the newest chart covers: the day before its refresh. ValueError: as above."""
    return refreshed_at(chart, now).date() - timedelta(days=1)


def first_day(chart: Chart) -> int:
    """Return the last day of the first chart simulated, an ordinal."""
    return chart_date(chart, datetime.combine(FIRST_DAY, time(), UTC)).toordinal()


def refresh_after(chart: Chart, day: date) -> datetime:
    """Return when the chart that ends on `day` is published."""
    return datetime.combine(day + timedelta(days=1), chart.anchor.timetz(), UTC)


def parse_instant(text: str) -> datetime:
    """Return `2026-11-20T12:00:00Z`, or a day's end for a day. ValueError when it is neither."""
    if len(text) == len("2026-11-20"):
        return datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
    return datetime.fromisoformat(text)


def timestamp(instant: datetime) -> str:
    """Return it as Spotify writes it: `2026-11-20T12:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
