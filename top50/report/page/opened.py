"""A `catalog.duckdb` as the page of one chart asks it.

What is asked more than once is worked out once, and movements only of the songs that the page speaks of.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from top50.catalog.views import VIEWS

_IDENTITY, _MOVEMENT = "song_identity", "chart_movement"
"""Views that others read; DuckDB works out a view in each query that names it."""

_SONGS_TOLD = f"""
    WITH newest AS (SELECT DISTINCT chart_date FROM chart_entries ORDER BY chart_date DESC LIMIT 2)
    SELECT song_id FROM {_IDENTITY} WHERE song_key IN (
        SELECT song_key FROM chart_entries JOIN {_IDENTITY} USING (song_id)
        WHERE chart_date IN (FROM newest)
    )
"""  # noqa: S608 - own names
"""The ids, under whichever they were charted, of the songs of the two newest dates."""


@contextmanager
def opened(catalog: Path, chart: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a catalog, read-only, or the SQL of a linked one; its views have the rows of one chart.

    `chart_movement` has the songs of its two newest dates only, with their whole history.
    Raises duckdb.Error where the file is no catalog.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; {_attach(catalog)}")
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'lake'"
        )
        tables = [name for (name,) in found.fetchall() if name not in VIEWS]
        for statement in _statements(tables, chart):
            connection.execute(statement)
        yield connection


def _attach(catalog: Path) -> str:
    if catalog.suffix != ".sql":
        return f"ATTACH {_text(str(catalog))} AS lake (READ_ONLY)"
    tables = catalog.read_text(encoding="utf-8")
    return f"ATTACH ':memory:' AS lake; USE lake; {tables} USE memory"


def _statements(tables: Iterable[str], chart: str) -> Iterator[str]:
    for name in tables:
        yield f"CREATE VIEW {name} AS SELECT * FROM lake.{name}"  # noqa: S608 - own names
    yield f"CREATE TABLE {_IDENTITY} AS {VIEWS[_IDENTITY].sql}"  # of all charts: the first one names a song
    only = f"SELECT * FROM lake.chart_entries WHERE chart = {_text(chart)}"  # noqa: S608 - quoted
    yield f"CREATE OR REPLACE VIEW chart_entries AS {only}"
    yield f"CREATE TABLE songs_told AS {_SONGS_TOLD}"
    yield f"CREATE OR REPLACE VIEW chart_entries AS {only} AND song_id IN (FROM songs_told)"
    yield f"CREATE TABLE {_MOVEMENT} AS {VIEWS[_MOVEMENT].sql}"
    yield f"CREATE OR REPLACE VIEW chart_entries AS {only}"
    for view in VIEWS.values():
        if view.name not in (_IDENTITY, _MOVEMENT):
            yield f"CREATE VIEW {view.name} AS {view.sql}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
