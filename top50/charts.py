"""The charts, their playlists and their calendars, and the names of the sources that they come from."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from top50.errors import ChartRejected

ChartName = Literal["global-weekly", "global-daily"]

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

    name: ChartName
    playlist_id: str  # Spotify's own playlist
    days: int  # from one chart to the next

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


CHARTS: dict[str, Chart] = {
    chart.name: chart
    for chart in (
        Chart("global-weekly", "37i9dQZEVXbNG2KDcFcKOF", 7),
        Chart("global-daily", "37i9dQZEVXbMDoHDwVN2tF", 1),
    )
}

CHART_OF_PLAYLIST: dict[str, Chart] = {chart.playlist_id: chart for chart in CHARTS.values()}
