"""Tables in DuckDB with the views on them, without a lake."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import duckdb
import polars as pl

from top50.catalog.views import VIEWS
from top50.tables.schemas import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, TABLES, Table

Rows = list[dict[str, Any]]
NOW = datetime(2026, 11, 20)


@contextmanager
def views_on(tables: Mapping[str, pl.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB that holds these tables and every view."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, frame in tables.items():
            connection.register("frame", frame.to_arrow())
            connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
            connection.unregister("frame")
        for view in VIEWS.values():
            connection.execute(f"CREATE VIEW {view.name} AS {view.duckdb_sql}")
        yield connection


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    found = connection.execute(sql)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def frame(table: Table, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as a table, columns that are not given being null."""
    filled = [{name: row.get(name) for name in table.types} for row in rows]
    return pl.DataFrame(filled, schema=table.types)


def small(
    charts: Mapping[str, Sequence[str]],
    songs: Mapping[str, Mapping[str, Any]] | None = None,
    chart: str = "global-weekly",
) -> dict[str, pl.DataFrame]:
    """Tables of a few charts: day → song ids by rank. A song is named like its id, and is `by <id>`."""
    known = songs or {}
    ids = sorted({song for on_chart in charts.values() for song in on_chart if song} | set(known))
    described = [
        {"song_id": each, "song_name": each, "artist_names": f"by {each}", **known.get(each, {})}
        for each in ids
    ]
    entries = [
        {
            "chart": chart,
            "chart_date": date.fromisoformat(day),
            "year": day[:4],
            "rank": rank,
            "song_id": song,
            "source": "playlist",
            "observed_at": NOW,
        }
        for day, chart_songs in charts.items()
        for rank, song in enumerate(chart_songs, start=1)
        if song
    ]
    return {
        **{table.name: frame(table, []) for table in TABLES.values()},
        SONGS.name: frame(SONGS, described),
        CHART_ENTRIES.name: frame(CHART_ENTRIES, entries),
    }


def with_album_and_artists(
    tables: dict[str, pl.DataFrame], albums: Sequence[str], artists: Mapping[str, Sequence[str]]
) -> dict[str, pl.DataFrame]:
    """The same with albums and artists, named like their ids: artists are given by song."""
    named = sorted({artist for of_song in artists.values() for artist in of_song})
    linked = [
        {"song_id": song, "position": position, "artist_id": artist}
        for song, of_song in artists.items()
        for position, artist in enumerate(of_song, start=1)
    ]
    return {
        **tables,
        ALBUM.name: frame(ALBUM, [{"album_id": each, "name": f"Album {each}"} for each in albums]),
        ARTIST.name: frame(ARTIST, [{"artist_id": each, "artist_name": f"Artist {each}"} for each in named]),
        SONG_ARTISTS.name: frame(SONG_ARTISTS, linked),
    }
