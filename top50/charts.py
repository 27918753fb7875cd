"""The charts, their playlists and their calendars, and the names of the sources that they come from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Literal

from top50.errors import ChartRejected
from top50.regions import REGIONS, Region

# What TOP50_SOURCE may be.
SourceName = Literal["playlist", "public-archive", "charts-page", "charts-csv", "simulator"]

# What the tables have in their column `source`: those names, and two more.
PLAYLIST = "playlist"
PUBLIC_ARCHIVE = "public-archive"
CHARTS_PAGE = "charts-page"
CHARTS_CSV = "charts-csv"  # Spotify's official file: its rows win over those of any other source
SIMULATOR = "simulator"  # never in one lake with a real source
MERGED_ARCHIVE = "merged-archive"  # a CSV of many charts that an import has split
TRACKS = "tracks"  # track objects that complete the songs of a chart

FIRST_DAY = date(2008, 10, 7)  # Spotify's launch: no chart covers an earlier day
PLAYLIST_ROWS = range(45, 51)  # the number of rows in a chart's playlist, unreadable rows included

_THURSDAY = 3


@dataclass(frozen=True)
class Chart:
    """One chart of Spotify's."""

    name: str  # such as us-weekly
    region: Region
    playlist_id: str  # Spotify's own playlist, "" where its id is not known
    days: int  # from one chart to the next

    @property
    def period(self) -> str:
        """`weekly` or `daily`."""
        return "daily" if self.days == 1 else "weekly"

    def date_of(self, refreshed: datetime) -> date:
        """Return the last day that the chart covers whose newest `added_at` (UTC) is `refreshed`."""
        day = refreshed.date() - timedelta(days=1)
        if self.days == 1:
            return day
        return day - timedelta(days=(day.weekday() - _THURSDAY) % 7)

    def check_date(self, day: date, today: date) -> None:
        """Raise ChartRejected unless `day` is a possible date of this chart."""
        if not FIRST_DAY <= day <= today:
            raise ChartRejected(
                f"chart_date {day} is outside {FIRST_DAY} to {today}",
                "Check the date in the object's name, its `added_at`, and this machine's clock.",
            )
        if self.days == 7 and day.weekday() != _THURSDAY:
            raise ChartRejected(
                f"chart_date {day} is a {day:%A}, and weeks of {self.name} end on a Thursday",
                "Check the date in the object's name.",
            )


# Name → chart, the world's first.
CHARTS: dict[str, Chart] = {
    chart.name: chart
    for region in REGIONS
    for chart in (
        Chart(f"{region.code}-weekly", region, region.weekly or "", 7),
        Chart(f"{region.code}-daily", region, region.daily or "", 1),
    )
}

CHART_OF_PLAYLIST: dict[str, Chart] = {
    chart.playlist_id: chart for chart in CHARTS.values() if chart.playlist_id
}

# What stands for several charts: those that Spotify has a playlist of today. Russia's ended in 2022.
_ENDED = ("ru",)
GROUPS: dict[str, tuple[str, ...]] = {
    f"all-{period}": tuple(
        chart.name
        for chart in CHARTS.values()
        if chart.period == period and chart.playlist_id and chart.region.code not in _ENDED
    )
    for period in ("weekly", "daily")
}


def label(charts: Sequence[str]) -> str:
    """Return what several charts are called together: `us-weekly`, `all-weekly`, `us-weekly and 2 more`."""
    group = next((name for name, members in GROUPS.items() if set(members) == set(charts)), None)
    return group or (charts[0] if len(charts) == 1 else f"{charts[0]} and {len(charts) - 1} more")


def charts_named(names: Iterable[str]) -> list[Chart]:
    """Return the charts of names such as `us-weekly` or `all-weekly`, each once, in their order.

    Raises ValueError, which names the nearest chart, for a name that is none of them.
    """
    charts: dict[str, Chart] = {}
    for name in names:
        for chart in GROUPS.get(name, (name,)):
            if chart not in CHARTS:
                raise ValueError(f"there is no chart {chart!r}; {nearest_chart(chart)}")
            charts[chart] = CHARTS[chart]
    return list(charts.values())


def nearest_chart(name: str) -> str:
    """Return what to write instead of an unknown chart's name."""
    region, _, period = name.lower().partition("-")
    period = period if period in ("weekly", "daily") else "weekly"
    by_name = {one.name.lower(): one.code for one in REGIONS} | {"uk": "gb", "world": "global"}
    code = by_name.get(region) or next(
        iter(get_close_matches(region, [one.code for one in REGIONS], 1)), None
    )
    nearest = f"{code or 'global'}-{period}"
    return (
        f"the nearest is {nearest}. Charts are <region>-weekly and <region>-daily, and all-weekly, all-daily"
    )
