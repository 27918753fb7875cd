"""A catalog, opened for the pages: the views have the rows of one chart, as far as its page shows them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

from top50.catalog.views import VIEWS

# How many artists the page names.
ARTISTS = 15


@contextmanager
def open_catalog(catalog: Path, *, pages: int = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a catalog, read-only, or the SQL file of a linked one; `select_chart` must follow.

    pages: how many will be made. For several, a linked catalog's files are read once and not for each.
    Raises duckdb.Error where the file is not a catalog.
    """
    attach = f"ATTACH {literal(str(catalog))} AS lake (READ_ONLY)"
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
        connection.execute(f"CREATE TABLE identity AS {VIEWS['song_identity'].duckdb_sql}")
        connection.execute(_SAME_DATES)
        yield connection


def select_chart(connection: duckdb.DuckDBPyConnection, chart: str) -> None:
    """Give the views of an opened catalog the rows of one chart.

    `artist_ranking` has the ARTISTS with the most entries.
    """
    _create(
        connection,
        # Tables, which the queries below read a dozen times: the lake's have rows of all charts.
        f"TABLE entries AS SELECT * FROM lake.chart_entries WHERE chart = {literal(chart)}",  # noqa: S608 - quoted
        "TABLE song_identity AS SELECT * FROM identity WHERE song_id IN (SELECT song_id FROM entries)",
        "VIEW chart_entries AS FROM entries",
        f"TABLE top_artists AS {_TOP_ARTISTS}",
        "VIEW song_artists AS SELECT * FROM lake.song_artists WHERE artist_id IN (FROM top_artists)",
        *(f"VIEW {name} AS {VIEWS[name].duckdb_sql}" for name in ("chart_dates", "artist_ranking", "top_50")),
    )


def follow_songs(connection: duckdb.DuckDBPyConnection, since: date) -> None:
    """Follow the songs of the selected chart since a date, and of the one before, over its whole history.

    `chart_movement` and `dropped_out` are of these songs only.
    """
    _create(
        connection,
        f"TABLE followed_songs AS {_FOLLOWED_SONGS.format(since=since)}",
        "VIEW chart_entries AS FROM entries WHERE song_id IN (FROM followed_songs)",
        f"TABLE chart_movement AS {VIEWS['chart_movement'].duckdb_sql}",
        "VIEW chart_entries AS FROM entries",
        f"VIEW dropped_out AS {VIEWS['dropped_out'].duckdb_sql}",
    )


def _create(connection: duckdb.DuckDBPyConnection, *statements: str) -> None:
    for statement in statements:
        connection.execute(f"CREATE OR REPLACE {statement}")


# What the charts of other regions hold on the dates of the newest charts.
_SAME_DATES = """
    CREATE TABLE same_dates AS
    SELECT chart, chart_date, song_key, min(rank) AS rank
    FROM lake.chart_entries JOIN identity USING (song_id)
    WHERE chart_date IN (SELECT max(chart_date) FROM lake.chart_entries GROUP BY chart)
    GROUP BY ALL
"""

# The ids of the songs since a date and of the one before, and all other ids under which they were charted.
_FOLLOWED_SONGS = """
    SELECT song_id FROM song_identity WHERE song_key IN (
        SELECT song_key FROM chart_entries JOIN song_identity USING (song_id)
        WHERE chart_date >= coalesce(
            (SELECT max(chart_date) FROM chart_entries WHERE chart_date < DATE '{since}'), DATE '{since}'
        )
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


def literal(text: str) -> str:
    """Return a text as SQL."""
    return "'" + text.replace("'", "''") + "'"
