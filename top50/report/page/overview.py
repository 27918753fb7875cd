"""The index of all charts: the newest number one of each, how many songs are new, and a link to its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from top50.charts import CHARTS
from top50.report.links import page_key
from top50.report.page import words
from top50.report.page.html import index_page

# How a chart compares with the one before it is known only where that one is in the lake.
_NEWEST = """
    WITH newest AS (SELECT chart, max(chart_date) AS chart_date FROM lake.chart_entries GROUP BY chart),
    entries AS (
        SELECT chart, chart_date, rank, song_id, song_key
        FROM lake.chart_entries JOIN song_identity USING (song_id)
        WHERE chart IN (SELECT chart FROM newest)
    ),
    before AS (
        SELECT DISTINCT entries.chart, song_key FROM entries JOIN newest USING (chart)
        WHERE entries.chart_date < newest.chart_date
    ),
    dates AS (
        SELECT chart, max(entries.chart_date) AS before FROM entries JOIN newest USING (chart)
        WHERE entries.chart_date < newest.chart_date GROUP BY chart
    )
    SELECT
        newest.chart, newest.chart_date, dates.before,
        arg_min(songs.song_name, rank), arg_min(coalesce(songs.artist_names, ''), rank),
        count(DISTINCT song_key) FILTER (before.song_key IS NULL)
    FROM newest
    JOIN entries USING (chart, chart_date)
    LEFT JOIN before USING (chart, song_key)
    LEFT JOIN dates USING (chart)
    LEFT JOIN lake.songs ON songs.song_id = entries.song_id
    GROUP BY ALL
"""


@dataclass(frozen=True)
class NewestChart:
    """The newest chart of one kind. new: how many of its songs are; None where that is unknown."""

    chart: str
    chart_date: date
    song: str
    artists: str
    new: int | None

    @property
    def region(self) -> str:
        """The region's name for people."""
        return words.region(self.chart)

    @property
    def period(self) -> str:
        """`weekly` or `daily`."""
        return self.chart.rpartition("-")[2]

    @property
    def page(self) -> str:
        """The address of the chart's page, seen from the index."""
        return page_key(self.chart).rpartition("/")[2]


def newest_charts(connection: duckdb.DuckDBPyConnection) -> list[NewestChart]:
    """Return the newest chart of each kind, the world's first and the others by the name of their region.

    connection: a catalog opened by `open_catalog`.
    """
    charts = []
    for chart, day, before, song, artists, new in connection.execute(_NEWEST).fetchall():
        days = CHARTS[chart].days if chart in CHARTS else 7
        has_before = before is not None and (day - before).days == days
        charts.append(NewestChart(chart, day, song or words.UNNAMED, artists, new if has_before else None))
    return sorted(charts, key=lambda one: (not one.chart.startswith("global-"), one.region, one.chart))


def index_html(charts: Sequence[NewestChart], *, simulated: bool) -> str:
    """Return the index page: the same bytes for the same charts."""
    return index_page(charts=charts, simulated=simulated)
