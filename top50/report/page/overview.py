"""The index of all charts: the newest number one of each, how many songs are new, and a link to its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from top50.charts import CHARTS
from top50.report.links import page_key
from top50.report.page import words
from top50.report.page.html import index_page

# How a chart compares with the one before it is known only where that one is in the lake. What is joined with
# all entries of the lake is the newest ones: millions against a few thousand.
_NEWEST = """
    WITH dates AS (
        SELECT chart, max(chart_date) AS chart_date,
            max(chart_date) FILTER (chart_date < newest) AS before
        FROM (SELECT DISTINCT chart, chart_date FROM lake.chart_entries)
        JOIN (SELECT chart, max(chart_date) AS newest FROM lake.chart_entries GROUP BY chart) USING (chart)
        GROUP BY chart
    ),
    entries AS (
        SELECT chart, chart_date, before, rank, song_id, song_key
        FROM dates JOIN lake.chart_entries USING (chart, chart_date) JOIN identity USING (song_id)
    ),
    ids AS (
        SELECT chart, chart_date, song_key, same.song_id
        FROM entries JOIN identity AS same USING (song_key)
    ),
    known AS (
        SELECT DISTINCT ids.chart, song_key FROM ids JOIN lake.chart_entries AS earlier
        ON earlier.chart = ids.chart AND earlier.song_id = ids.song_id AND earlier.chart_date < ids.chart_date
    )
    SELECT
        chart, chart_date, before,
        arg_min(songs.song_name, rank), arg_min(coalesce(songs.artist_names, ''), rank),
        count(DISTINCT song_key) FILTER (known.song_key IS NULL)
    FROM entries
    LEFT JOIN known USING (chart, song_key)
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
