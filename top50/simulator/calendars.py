"""When the charts are refreshed, and which days they cover. Times are UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

ChartName = Literal["global-weekly", "global-daily"]

FIRST_DAY = date(2008, 10, 10)
LAST_DAY = date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart playlist of Spotify's own: its id and its calendar."""

    name: ChartName
    playlist_id: str
    title: str
    every: timedelta
    anchor: datetime  # any one refresh; the others are whole periods away


CHARTS: dict[str, Chart] = {
    "global-weekly": Chart(
        "global-weekly",
        "37i9dQZEVXbNG2KDcFcKOF",
        "Top Songs - Global",
        timedelta(days=7),
        datetime(2008, 10, 10, 12, tzinfo=UTC),  # a Friday
    ),
    "global-daily": Chart(
        "global-daily",
        "37i9dQZEVXbMDoHDwVN2tF",
        "Top 50 - Global",
        timedelta(days=1),
        datetime(2008, 10, 10, 10, tzinfo=UTC),
    ),
}


def refreshed_at(chart: Chart, now: datetime) -> datetime:
    """The latest refresh not after `now`. ValueError: no time zone, or beyond the years simulated."""
    if now.tzinfo is None:
        raise ValueError(f"{now.isoformat()} has no time zone; write it like 2026-11-20T12:00:00Z")
    if not FIRST_DAY <= now.astimezone(UTC).date() <= LAST_DAY:
        raise ValueError(f"{now.isoformat()} is not simulated; choose a day from {FIRST_DAY} to {LAST_DAY}")
    return chart.anchor + (now - chart.anchor) // chart.every * chart.every


def chart_date(refreshed: datetime) -> date:
    """The last day that the chart covers: the day before its refresh."""
    return refreshed.date() - timedelta(days=1)


def parse_instant(text: str) -> datetime:
    """`2026-11-20T12:00:00Z`, or a day, which means its end. ValueError when it is neither."""
    if len(text) == len("2026-11-20"):
        return datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
    return datetime.fromisoformat(text)


def timestamp(instant: datetime) -> str:
    """As Spotify writes it: `2026-11-20T12:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
