"""Tables ↔ Parquet bytes."""

import io

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from top50.errors import LakeError
from top50.merge import with_artist_ids, with_says_chart
from top50.parquet import FOOTER, check_footer, from_parquet, metadata_size, to_parquet
from top50.tables import CHART_ENTRIES, SONGS, TABLES

from .builders import build, chart, csv_name, new_csv

BUILT = dict(build(chart(), (csv_name(), new_csv())).tables)
BUILT["songs"] = with_artist_ids(BUILT["songs"], BUILT["song_artists"])
PARTITIONS = {"chart": "global-weekly", "year": "2026"}


@pytest.mark.parametrize("name", TABLES)
def test_rows_come_back_as_they_were(name: str) -> None:
    table = TABLES[name]
    content = to_parquet(table, BUILT[name])
    assert_frame_equal(
        from_parquet(table, content, PARTITIONS if table.partitions else {}, "key"), BUILT[name]
    )


@pytest.mark.parametrize("name", TABLES)
def test_every_file_has_the_schema_of_its_table_even_an_empty_one(name: str) -> None:
    table = TABLES[name]
    for rows in (BUILT[name], BUILT[name].clear()):
        schema = pq.read_schema(io.BytesIO(to_parquet(table, rows)))
        assert schema.equals(table.arrow_schema)
        comments = {name: (schema.field(name).metadata or {})[b"comment"].decode() for name in schema.names}
        assert comments == {name: table.comments[name] for name in table.columns}


def test_the_same_rows_are_the_same_bytes_however_they_lie_in_memory() -> None:
    rows = BUILT["songs"]
    pieces = pl.concat([rows[:7], rows[7:8], rows[8:]], rechunk=False)
    assert to_parquet(SONGS, pieces) == to_parquet(SONGS, rows)


def test_partition_columns_stand_in_the_path_alone() -> None:
    written = pq.read_table(io.BytesIO(to_parquet(CHART_ENTRIES, BUILT["chart_entries"])))
    assert written.column_names == CHART_ENTRIES.columns
    assert not {"chart", "year"} & set(written.column_names)


def test_a_column_that_a_file_has_not_got_yet_is_null() -> None:
    older = pq.read_table(io.BytesIO(to_parquet(SONGS, BUILT["songs"]))).drop_columns(["isrc", "popularity"])
    buffer = io.BytesIO()
    pq.write_table(older, buffer)
    rows = from_parquet(SONGS, buffer.getvalue(), {}, "key")
    assert rows.drop("artist_ids").schema == SONGS.types
    assert rows["isrc"].null_count() == rows["popularity"].null_count() == 50


@pytest.mark.parametrize(("name", "column"), [("songs", "image_url"), ("chart_entries", "label")])
def test_a_file_of_before_a_new_column_is_read_and_has_it_from_its_next_write_on(
    name: str, column: str
) -> None:
    table, partitions = TABLES[name], PARTITIONS if TABLES[name].partitions else {}
    content = to_parquet(table, BUILT[name])
    old = pq.read_table(io.BytesIO(content)).drop_columns([column])
    buffer = io.BytesIO()
    pq.write_table(old, buffer)
    rows = from_parquet(table, buffer.getvalue(), partitions, "key")
    assert rows[column].null_count() == rows.height > 0
    again = from_parquet(table, to_parquet(table, rows), partitions, "key")
    assert_frame_equal(again, rows)
    assert pq.read_schema(io.BytesIO(to_parquet(table, rows))).equals(table.arrow_schema)


def test_which_charts_do_not_say_their_name_is_remembered_and_nothing_else() -> None:
    rows = BUILT["chart_entries"]
    day = rows["chart_date"][0]
    marked = with_says_chart(rows, {rows["raw_key"][0]})
    content = to_parquet(CHART_ENTRIES, marked)
    assert_frame_equal(from_parquet(CHART_ENTRIES, content, PARTITIONS, "key"), marked)
    assert (pq.read_schema(io.BytesIO(content)).metadata or {})[b"unnamed_dates"] == str(day).encode()
    assert to_parquet(CHART_ENTRIES, with_says_chart(rows, {"another.json"})) == to_parquet(
        CHART_ENTRIES, rows
    )


@pytest.mark.parametrize("content", [b"", b"PAR1", b"text", to_parquet(SONGS, BUILT["songs"])[:-20]])
def test_what_is_no_parquet_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(LakeError, match="key is no file of songs"):
        from_parquet(SONGS, content, {}, "key")


def test_a_footer_is_checked_without_the_rest_of_the_file() -> None:
    content = to_parquet(SONGS, BUILT["songs"])
    footer = content[-metadata_size(content) :]
    assert FOOTER < len(footer) < len(content)
    check_footer(SONGS, footer, 50)
    with pytest.raises(LakeError, match="50 rows instead of 51"):
        check_footer(SONGS, footer, 51)
    with pytest.raises(LakeError, match="other columns"):
        check_footer(CHART_ENTRIES, footer, 50)


def test_files_are_compressed_with_zstd() -> None:
    metadata = pq.read_metadata(io.BytesIO(to_parquet(SONGS, BUILT["songs"])))
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert pa.types.is_string(SONGS.arrow_schema.field("song_id").type)
