"""Files of another form, rows out of order, ids that lead nowhere: each is found and named."""

from collections.abc import Callable

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import ALBUM, ENTRIES, SONGS, SONGS_ONLY, Patient

ARTIST, SONG_ARTISTS = (f"transformed_data/{name}/{name}.parquet" for name in ("artist", "song_artists"))


def parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue())


def with_column(content: bytes, name: str, dtype: pa.DataType) -> bytes:
    table = pq.read_table(pa.BufferReader(content))
    return parquet(table.set_column(table.column_names.index(name), name, table[name].cast(dtype)))


def with_partition(content: bytes) -> bytes:
    table = pq.read_table(pa.BufferReader(content))
    return parquet(table.append_column("year", pa.array(["2009"] * len(table))))


def without_metadata(content: bytes) -> bytes:
    return parquet(pq.read_table(pa.BufferReader(content)).replace_schema_metadata(None))


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        (ALBUM, lambda content: content[:-500], "album.parquet is damaged"),
        (ALBUM, lambda content: content[:90] + b"?" + content[91:], "album.parquet is damaged"),
        (
            ALBUM,
            lambda content: parquet(pq.read_table(pa.BufferReader(content))[:0]),
            "album.parquet has no rows",
        ),
        (ALBUM, lambda _: b"", "album.parquet is not a valid Parquet file"),
        (ALBUM, lambda old: with_column(old, "total_tracks", pa.int64()), "total_tracks is int64, not int32"),
        (ALBUM, lambda old: with_column(old, "name", pa.large_string()), "name is large_string, not string"),
        (ENTRIES, with_partition, "has other columns than its table: year"),
        (SONGS, without_metadata, "lost the metadata with the artists of its songs"),
    ],
)
def test_a_file_of_another_form_is_named(
    patient: Patient, key: str, change: Callable[[bytes], bytes], says: str
) -> None:
    patient.change(key, change)
    [line] = patient.wrong()["types"]
    assert says in line


@pytest.mark.parametrize(
    ("key", "sql", "says"),
    [
        (ALBUM, "SELECT * FROM self ORDER BY album_id DESC", "not in the order of album_id"),
        (ALBUM, "SELECT * FROM self UNION ALL SELECT * FROM self ORDER BY album_id", "more than once"),
        (
            ENTRIES,
            "SELECT * REPLACE (chart_date - INTERVAL '1 year' AS chart_date) FROM self",
            "is of another year",
        ),
        (ENTRIES, "SELECT * REPLACE (CAST(rank - 1 AS INT) AS rank) FROM self", "invalid rows"),
    ],
)
def test_rows_out_of_order_doubled_or_astray_are_named(
    patient: Patient, key: str, sql: str, says: str
) -> None:
    patient.rewrite(key, sql)
    [line] = patient.wrong()["keys"]
    assert line.startswith(key)
    assert says in line


@pytest.mark.parametrize(
    ("key", "lost", "columns"),
    [
        (SONGS, "song_id", ["chart_entries.song_id", "song_artists.song_id", "song_artists differs"]),
        (ALBUM, "album_id", ["songs.album_id"]),
        (ARTIST, "artist_id", ["songs.artist_id", "song_artists.artist_id"]),
        (SONG_ARTISTS, "song_id", ["song_artists differs"]),
    ],
)
def test_what_is_named_and_not_there_is_reported(
    patient: Patient, key: str, lost: str, columns: list[str]
) -> None:
    rows = pl.read_parquet(patient.lake.root / ENTRIES)
    song = pl.read_parquet(patient.lake.root / SONGS).filter(pl.col("song_id") == rows["song_id"][0])
    value = song[lost][0]
    if key == SONGS:
        patient.lose_song(value)
    else:
        patient.rewrite(key, f"SELECT * FROM self WHERE {lost} <> '{value}'")
    found = patient.wrong()
    assert list(found) == ["references"]
    assert len(found["references"]) == len(columns)
    for line, column in zip(found["references"], columns, strict=True):
        assert line.startswith(column)
    if lost in columns[0]:
        assert value in found["references"][0]


def test_ranks_beyond_the_size_are_reported(patient: Patient) -> None:
    found = patient.wrong(size=40)
    assert list(found) == ["ranks"]
    assert len(found["ranks"]) == 4, "one for each chart"
    assert "has rank 50, and TOP50_SIZE is 40 Verify it with the TOP50_SIZE" in found["ranks"][0]


def test_a_chart_of_two_raw_objects_is_reported(patient: Patient) -> None:
    patient.rewrite(
        ENTRIES,
        f"SELECT * REPLACE (CASE WHEN rank = 7 THEN '{SONGS_ONLY}' ELSE raw_key END AS raw_key) FROM self",
    )
    found = patient.wrong()
    assert list(found) == ["ranks"]
    assert f"is mixed from {SONGS_ONLY} and another raw object" in found["ranks"][-1]
