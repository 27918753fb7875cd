"""A `catalog.duckdb` as the page of a chart asks it.

What is asked more than once is worked out once; movements and totals only of what the page speaks of.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from top50.catalog.views import VIEWS

_IDENTITY, _MOVEMENT = "song_identity", "chart_movement"
"""Views that others read; DuckDB works out a view in each query that names it."""

_ASKED = ("chart_dates", "artist_ranking", "dropped_out", "current_top_50")
"""The views that the page reads besides."""

_SONGS_TOLD = f"""
    WITH newest AS (SELECT DISTINCT chart_date FROM chart_entries ORDER BY chart_date DESC LIMIT 2)
    SELECT song_id FROM {_IDENTITY} WHERE song_key IN (
        SELECT song_key FROM chart_entries JOIN {_IDENTITY} USING (song_id)
        WHERE chart_date IN (FROM newest)
    )
"""  # noqa: S608 - own names
"""The ids, under whichever they were charted, of the songs of the two newest dates."""

ARTISTS = 15
"""How many artists are named."""

_ARTISTS_TOLD = f"""
    SELECT artist_id FROM chart_entries
    JOIN (SELECT DISTINCT song_id, artist_id FROM lake.song_artists) USING (song_id)
    JOIN (SELECT artist_id, artist_name FROM lake.artist) USING (artist_id)
    GROUP BY artist_id, artist_name
    ORDER BY count(*) DESC, min(rank), artist_name, artist_id LIMIT {ARTISTS}
"""  # noqa: S608 - own number
"""The ids of those with the most entries, in the page's order: thousands may have as many as the last."""


@contextmanager
def opened(catalog: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a catalog, read-only, or the SQL of a linked one; `speak_of` says of which chart to speak.

    Raises duckdb.Error where the file is no catalog.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; {_attach(catalog)}")
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'lake'"
        )
        for (name,) in found.fetchall():
            if name not in VIEWS:
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM lake.{name}")  # noqa: S608 - own names
        # Of all charts: the first one names a song.
        connection.execute(f"CREATE TABLE {_IDENTITY} AS {VIEWS[_IDENTITY].duckdb_sql}")
        yield connection


def speak_of(connection: duckdb.DuckDBPyConnection, chart: str) -> None:
    """Let the views of an opened catalog have the rows of one chart.

    `chart_movement` has the songs of its two newest dates only, with their whole history;
    `artist_ranking` has the ARTISTS with the most entries.
    """
    for statement in _statements(chart):
        connection.execute(f"CREATE OR REPLACE {statement}")


def _attach(catalog: Path) -> str:
    if catalog.suffix != ".sql":
        return f"ATTACH {_text(str(catalog))} AS lake (READ_ONLY)"
    tables = catalog.read_text(encoding="utf-8")
    return f"ATTACH ':memory:' AS lake; USE lake; {tables} USE memory"


def _statements(chart: str) -> Iterator[str]:
    only = f"SELECT * FROM lake.chart_entries WHERE chart = {_text(chart)}"  # noqa: S608 - quoted
    yield f"VIEW chart_entries AS {only}"
    yield f"TABLE songs_told AS {_SONGS_TOLD}"
    yield f"VIEW chart_entries AS {only} AND song_id IN (FROM songs_told)"
    yield f"TABLE {_MOVEMENT} AS {VIEWS[_MOVEMENT].duckdb_sql}"
    yield f"VIEW chart_entries AS {only}"
    yield f"TABLE artists_told AS {_ARTISTS_TOLD}"
    yield "VIEW song_artists AS SELECT * FROM lake.song_artists WHERE artist_id IN (FROM artists_told)"
    for name in _ASKED:
        yield f"VIEW {name} AS {VIEWS[name].duckdb_sql}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
