"""Tables ↔ Parquet bytes."""

import io
from collections.abc import Callable
from contextlib import suppress

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.unit.builders import build, chart, csv_name, new_csv
from top50.errors import LakeError
from top50.tables.merge import with_artist_ids, with_says_chart
from top50.tables.parquet import FOOTER, check_footer, from_parquet, metadata_size, to_parquet
from top50.tables.schemas import CHART_ENTRIES, SONGS, TABLES

BUILT = dict(build(chart(), (csv_name(), new_csv())).tables)
BUILT["songs"] = with_artist_ids(BUILT["songs"], BUILT["song_artists"])
PARTITIONS = {"chart": "global-weekly", "year": "2026"}


@pytest.mark.parametrize("name", TABLES)
def test_rows_come_back_as_they_were(name: str) -> None:
    table = TABLES[name]
    content = to_parquet(table, BUILT[name])
    assert_frame_equal(from_parquet(table, content, _partitions(name), "key"), BUILT[name])


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


def rewritten(name: str, change: Callable[[pa.Table], pa.Table]) -> bytes:
    """Return a file of this table as another tool writes it, with its metadata and no digest."""
    table = pq.read_table(io.BytesIO(to_parquet(TABLES[name], BUILT[name])))
    buffer = io.BytesIO()
    pq.write_table(change(table), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda table: table.drop_columns(["isrc"]), "has other columns than its table: isrc"),
        (lambda table: table.drop_columns(["song_id"]), "has other columns than its table: song_id"),
        (lambda table: table.append_column("x", table["isrc"]), "has other columns than its table: x"),
        (lambda table: table.select(table.column_names[::-1]), "has other columns than its table"),
        (lambda table: table.replace_schema_metadata(None), "lost the metadata with the artists"),
        (
            lambda table: table.set_column(2, "duration_ms", table["duration_ms"].cast(pa.float64())),
            "was not written by us: duration_ms is double, not int64",
        ),
    ],
)
def test_a_file_that_another_tool_has_changed_is_one_true_line(
    change: Callable[[pa.Table], pa.Table], says: str
) -> None:
    with pytest.raises(LakeError, match=f"key {says}.*Run \\S*python -m flows.rebuild"):
        from_parquet(SONGS, rewritten("songs", change), {}, "key")


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
def test_no_byte_of_a_file_changes_without_being_noticed(name: str, data: st.DataObject) -> None:
    table = TABLES[name]
    content = bytearray(to_parquet(table, BUILT[name]))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    content = content[: data.draw(st.integers(0, len(content))) or None]
    with suppress(LakeError):
        assert_frame_equal(from_parquet(table, bytes(content), _partitions(name), "key"), BUILT[name])


@pytest.mark.parametrize("part", [b"digest", b"top50_sha256:"])
def test_a_file_whose_digest_is_damaged_is_not_taken_for_one_of_an_older_release(part: bytes) -> None:
    content = to_parquet(SONGS, BUILT["songs"])
    start = content.rindex(part)
    for at in range(start, start + len(part)):
        damaged = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        with pytest.raises(LakeError, match="key is damaged"):
            from_parquet(SONGS, damaged, {}, "key")


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
def test_a_damaged_file_without_a_digest_is_our_error_or_rows(name: str, data: st.DataObject) -> None:
    content = bytearray(rewritten(name, lambda table: table))
    footer = metadata_size(bytes(content))
    at = data.draw(st.integers(0, len(content) - 1) | st.integers(len(content) - footer, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    with suppress(LakeError):
        from_parquet(TABLES[name], bytes(content), _partitions(name), "key")


def _partitions(name: str) -> dict[str, str]:
    return PARTITIONS if TABLES[name].partitions else {}


@pytest.mark.parametrize(("name", "column"), [("songs", "image_url"), ("chart_entries", "label")])
def test_a_file_of_before_a_new_column_is_read_and_has_it_from_its_next_write_on(
    name: str, column: str
) -> None:
    old = rewritten(name, lambda table: table.drop_columns([column]))
    rows = from_parquet(TABLES[name], old, _partitions(name), "key")
    assert rows[column].null_count() == rows.height > 0
    again = from_parquet(TABLES[name], to_parquet(TABLES[name], rows), _partitions(name), "key")
    assert_frame_equal(again, rows)


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


@pytest.mark.parametrize("content", [b"", b"PAR1", b"text", to_parquet(SONGS, BUILT["songs"])[:500]])
def test_what_is_not_parquet_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(LakeError, match="key is not a valid Parquet file"):
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
