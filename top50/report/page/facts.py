"""The facts about one chart that its page and its digest show, read from the views of `catalog.duckdb`."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import duckdb

from top50.catalog.views import VIEWS
from top50.text import clipped

# How many chart dates back the ranks go: two years of weeks. It bounds the size of the page.
HISTORY = 104

# How many artists the page names.
ARTISTS = 15

_NAMES = {"song_name", "artist_names", "album_name", "artist_name"}
_LONGEST_NAME = 300

Row = TypeVar("Row")


@dataclass(frozen=True)
class Entry:
    """One rank of the newest chart, with the columns of the view `current_top_50`."""

    rank: int
    song_key: str
    song_name: str | None
    artist_names: str | None
    album_name: str | None
    release_date: date | None
    image_url: str | None
    url: str | None
    explicit: bool | None
    streams: int | None
    previous_rank: int | None
    rank_change: int | None
    status: str
    peak_rank: int
    peak_date: date
    weeks_on_chart: int
    streak_weeks: int
    reported_previous_rank: int | None
    reported_peak_rank: int | None
    reported_weeks_on_chart: int | None


@dataclass(frozen=True)
class Left:
    """A song of the chart before that is not on the newest one."""

    song_key: str
    song_name: str | None
    artist_names: str | None
    image_url: str | None
    url: str | None
    last_rank: int
    peak_rank: int
    weeks_on_chart: int


@dataclass(frozen=True)
class Artist:
    """An artist of all charts in the lake; `weeks` counts chart dates."""

    artist_name: str
    external_url: str | None
    entries: int
    songs: int
    weeks: int
    best_rank: int


@dataclass(frozen=True)
class ChartDate:
    """A date that should have a chart."""

    chart_date: date
    source: str | None
    observed_at: datetime | None
    missing: bool


@dataclass(frozen=True)
class Facts:
    """The newest chart, and what came before it.

    entries: by rank, never empty. left: by last rank. artists: those with the most entries, most first.
    dates: the last HISTORY dates that should have a chart, the newest last.
    ranks: song_key → its rank on each of `dates`, None where it was not on the chart.
    """

    chart: str
    entries: list[Entry]
    left: list[Left]
    artists: list[Artist]
    dates: list[ChartDate]
    ranks: dict[str, list[int | None]]
    # How many charts the lake has, how many of other regions of this date, and song_key → region → rank.
    charts: int = 1
    others: int = 0
    elsewhere: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def newest(self) -> ChartDate:
        """The date of `entries`."""
        return self.dates[-1]

    @property
    def compared(self) -> bool:
        """Whether the chart before this one is in the lake."""
        return all(entry.status != "unknown" for entry in self.entries)


def read_facts(catalog: Path, charts: Iterable[str]) -> dict[str, Facts]:
    """Return chart → its facts; a chart that the catalog does not have is left out.

    catalog: a `catalog.duckdb`, or the SQL file of a linked one. Raises duckdb.Error for any other file.
    """
    with open_catalog(catalog) as connection:
        return facts_in(connection, charts)


def facts_in(connection: duckdb.DuckDBPyConnection, charts: Iterable[str]) -> dict[str, Facts]:
    """Do the same with a catalog that is open."""
    found = {chart: _facts_of(connection, chart) for chart in charts}
    return {chart: facts for chart, facts in found.items() if facts}


def _facts_of(connection: duckdb.DuckDBPyConnection, chart: str) -> Facts | None:
    restrict_to(connection, chart)
    dates = _rows(connection, ChartDate, f"FROM chart_dates ORDER BY chart_date DESC LIMIT {HISTORY}")[::-1]
    if not dates:
        return None
    entries = _rows(connection, Entry, "FROM current_top_50 ORDER BY rank")
    left, artists = _rows(connection, Left, _LEFT), _rows(connection, Artist, _ARTISTS)
    numbers = {day.chart_date: number for number, day in enumerate(dates)}
    keys = {entry.song_key for entry in entries} | {song.song_key for song in left}
    ranks: dict[str, list[int | None]] = {key: [None] * len(dates) for key in keys}
    history = f"""
        SELECT song_key, chart_date, min(rank) FROM chart_movement
        WHERE chart_date >= DATE '{dates[0].chart_date}' GROUP BY ALL
    """  # noqa: S608 - our own date
    for key, day, rank in connection.execute(history).fetchall():
        if key in ranks and day in numbers:
            ranks[key][numbers[day]] = rank
    [(charts,)] = connection.execute("SELECT count(DISTINCT chart) FROM lake.chart_entries").fetchall()
    others, elsewhere = _elsewhere(connection, chart, dates[-1].chart_date, keys)
    return Facts(chart, entries, left, artists, dates, ranks, charts, others, elsewhere)


def _elsewhere(
    connection: duckdb.DuckDBPyConnection, chart: str, day: date, keys: Collection[str]
) -> tuple[int, dict[str, dict[str, int]]]:
    """Return how many charts of other regions there are of this date, and where else each song is on one."""
    found = connection.execute(
        f"""
        SELECT split_part(chart, '-', 1) AS region, song_key, min(rank)
        FROM lake.chart_entries JOIN song_identity USING (song_id)
        WHERE chart_date = DATE '{day}' AND chart <> {_literal(chart)}
          AND split_part(chart, '-', 2) = {_literal(chart.rpartition("-")[2])}
        GROUP BY ALL ORDER BY min(rank), region
        """  # noqa: S608 - our own date, and a text quoted
    ).fetchall()
    ranks: dict[str, dict[str, int]] = {}
    for region, key, rank in found:
        if key in keys:
            ranks.setdefault(key, {})[region] = rank
    return len({region for region, _, _ in found}), ranks


def _rows(connection: duckdb.DuckDBPyConnection, kind: type[Row], sql: str) -> list[Row]:
    """Return the rows of a query without its SELECT, as objects of a dataclass; long names are clipped.

    Without query parameters: for the first one DuckDB imports pandas where somebody has installed it.
    """
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    found = connection.execute(f"SELECT {', '.join(names)} {sql}").fetchall()
    return [
        kind(
            *(
                clipped(value, _LONGEST_NAME) if name in _NAMES and value else value
                for name, value in zip(names, row, strict=True)
            )
        )
        for row in found
    ]


_LEFT = """
    FROM dropped_out
    LEFT JOIN (SELECT song_id, song_name, artist_names, url, album_id FROM songs) USING (song_id)
    LEFT JOIN (SELECT album_id, image_url FROM album) USING (album_id)
    WHERE chart_date = (SELECT max(chart_date) FROM chart_entries)
    ORDER BY last_rank
"""
_ARTISTS = f"""
    FROM artist_ranking
    LEFT JOIN (SELECT artist_id, external_url FROM artist) USING (artist_id)
    ORDER BY entries DESC, best_rank, artist_name, artist_id LIMIT {ARTISTS}
"""  # noqa: S608 - own number


@contextmanager
def open_catalog(catalog: Path, *, pages: int = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a catalog, read-only, or the SQL file of a linked one; `restrict_to` must follow.

    pages: how many will be made. For several, a linked catalog's files are read once and not for each.
    Raises duckdb.Error where the file is not a catalog.
    """
    attach = f"ATTACH {_literal(str(catalog))} AS lake (READ_ONLY)"
    if catalog.suffix == ".sql":
        attach = f"ATTACH ':memory:' AS lake; USE lake; {catalog.read_text(encoding='utf-8')} USE memory"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; SET enable_progress_bar = false; {attach}")
        found = connection.execute(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_catalog = 'lake'"
        )
        for name, kind in found.fetchall():
            if name not in VIEWS:
                if kind == "VIEW" and pages > 1:
                    connection.execute(f"CREATE TABLE lake.rows AS FROM lake.{name}; DROP VIEW lake.{name}")
                    connection.execute(f"ALTER TABLE lake.rows RENAME TO {name}")
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM lake.{name}")  # noqa: S608 - own names
        # A table, because DuckDB works out a view in every query that names it. Of all charts: the first
        # one that a song was on gives it its key.
        connection.execute(f"CREATE TABLE song_identity AS {VIEWS['song_identity'].duckdb_sql}")
        yield connection


def restrict_to(connection: duckdb.DuckDBPyConnection, chart: str) -> None:
    """Give the views of an opened catalog the rows of one chart, as far as its page shows them.

    `chart_movement` has the songs of the two newest dates only, with their whole history;
    `artist_ranking` has the ARTISTS with the most entries.
    """
    entries = f"SELECT * FROM lake.chart_entries WHERE chart = {_literal(chart)}"  # noqa: S608 - quoted
    for statement in (
        f"VIEW chart_entries AS {entries}",
        f"TABLE newest_songs AS {_NEWEST_SONGS}",
        f"VIEW chart_entries AS {entries} AND song_id IN (FROM newest_songs)",
        f"TABLE chart_movement AS {VIEWS['chart_movement'].duckdb_sql}",
        f"VIEW chart_entries AS {entries}",
        f"TABLE top_artists AS {_TOP_ARTISTS}",
        "VIEW song_artists AS SELECT * FROM lake.song_artists WHERE artist_id IN (FROM top_artists)",
        *(
            f"VIEW {name} AS {VIEWS[name].duckdb_sql}"
            for name in ("chart_dates", "artist_ranking", "dropped_out", "current_top_50")
        ),
    ):
        connection.execute(f"CREATE OR REPLACE {statement}")


# The ids of the songs of the two newest dates, and all other ids under which they were charted.
_NEWEST_SONGS = """
    WITH newest AS (SELECT DISTINCT chart_date FROM chart_entries ORDER BY chart_date DESC LIMIT 2)
    SELECT song_id FROM song_identity WHERE song_key IN (
        SELECT song_key FROM chart_entries JOIN song_identity USING (song_id)
        WHERE chart_date IN (FROM newest)
    )
"""

# The ids of the artists with the most entries, in the page's order: thousands may have as many as the last.
_TOP_ARTISTS = f"""
    SELECT artist_id FROM chart_entries
    JOIN (SELECT DISTINCT song_id, artist_id FROM lake.song_artists) USING (song_id)
    JOIN (SELECT artist_id, artist_name FROM lake.artist) USING (artist_id)
    GROUP BY artist_id, artist_name
    ORDER BY count(*) DESC, min(rank), artist_name, artist_id LIMIT {ARTISTS}
"""  # noqa: S608 - own number


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
