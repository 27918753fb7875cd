"""The same tables as DuckDB's users would write them: `read_json` with a schema or without, then SQL."""

from pathlib import Path

import duckdb

_ADDRESSES = "STRUCT(spotify VARCHAR)"
_ARTIST = f"STRUCT(id VARCHAR, name VARCHAR, external_urls {_ADDRESSES})"
_ALBUM = f"""STRUCT(id VARCHAR, name VARCHAR, album_type VARCHAR, release_date VARCHAR,
    release_date_precision VARCHAR, total_tracks INTEGER, external_urls {_ADDRESSES},
    images STRUCT(url VARCHAR)[])"""
_TRACK = f"""STRUCT(id VARCHAR, name VARCHAR, duration_ms BIGINT, explicit BOOLEAN, popularity INTEGER,
    external_ids STRUCT(isrc VARCHAR), external_urls {_ADDRESSES}, album {_ALBUM}, artists {_ARTIST}[])"""
_TRACKS = f"STRUCT(items STRUCT(added_at TIMESTAMPTZ, track {_TRACK})[])"
_COLUMNS = f"columns = {{id: 'VARCHAR', tracks: '{_TRACKS}'}}, "

_STATEMENTS = """
CREATE TABLE entry AS SELECT id AS playlist_id, filename, unnest(rows) AS row,
    generate_subscripts(rows, 1)::INTEGER AS rank FROM playlist;
CREATE TABLE track AS SELECT playlist_id, filename, rank, row.added_at AS added_at, row.track AS track
    FROM entry WHERE row.track.id IS NOT NULL;
CREATE TABLE chart_entries AS SELECT added_at::DATE - 1 AS chart_date, rank, track.id AS song_id,
    track.popularity AS popularity, filename AS raw_key, added_at AS observed_at, playlist_id AS chart
    FROM track QUALIFY row_number() OVER (PARTITION BY chart, chart_date, rank ORDER BY filename DESC) = 1
    ORDER BY chart, chart_date, rank;
CREATE TABLE songs AS SELECT track.id AS song_id, track.name AS song_name, track.duration_ms AS duration_ms,
    track.explicit AS explicit, track.external_ids.isrc AS isrc, track.external_urls.spotify AS url,
    track.popularity AS popularity, added_at AS song_added, track.album.id AS album_id,
    track.artists[1].id AS artist_id, array_to_string([a.name FOR a IN track.artists], ', ') AS artist_names,
    added_at AS updated_at, track.artists AS artists FROM track
    QUALIFY row_number() OVER (PARTITION BY track.id ORDER BY added_at DESC) = 1 ORDER BY song_id;
CREATE TABLE song_artists AS SELECT song_id, position, artist.id AS artist_id
    FROM (SELECT song_id, unnest(artists) AS artist, generate_subscripts(artists, 1)::INTEGER AS position
    FROM songs) WHERE artist.id IS NOT NULL ORDER BY song_id, position;
ALTER TABLE songs DROP COLUMN artists;
CREATE TABLE album AS SELECT track.album.id AS album_id, track.album.name AS name,
    track.album.album_type AS album_type, try_cast(track.album.release_date AS DATE) AS release_date,
    track.album.release_date_precision AS release_date_precision, track.album.total_tracks AS total_tracks,
    track.album.external_urls.spotify AS url, track.album.images[1].url AS image_url,
    added_at AS updated_at FROM track WHERE track.album.id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY track.album.id ORDER BY added_at DESC) = 1 ORDER BY album_id;
CREATE TABLE artist AS SELECT artist.id AS artist_id, artist.name AS artist_name,
    artist.external_urls.spotify AS external_url, added_at AS updated_at
    FROM (SELECT unnest(track.artists) AS artist, added_at FROM track) WHERE artist.id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY artist.id ORDER BY added_at DESC) = 1 ORDER BY artist_id;
"""


_TABLES = ("album", "artist", "songs", "song_artists", "chart_entries")


def build_in_duckdb(folder: Path, *, schema: bool, out: Path | None = None) -> dict[str, int]:
    """Build the tables in memory, with the schema stated or guessed by DuckDB; return rows per table.

    Where there is a folder `out`, they are written there as Parquet.
    """
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE playlist AS SELECT id, filename, tracks.items AS rows "
            f"FROM read_json('{folder}/**/*.json', {_COLUMNS if schema else ''} filename = true)"
        )
        connection.execute(_STATEMENTS)
        for table in _TABLES if out else ():
            connection.execute(f"COPY {table} TO '{out}/{table}.parquet' (FORMAT parquet)")
        return {table: connection.table(table).shape[0] for table in _TABLES}
