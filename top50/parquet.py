"""Tables ↔ Parquet bytes, the same bytes for the same rows."""

import io

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from top50.errors import LakeError
from top50.tables import SONGS, Table

ARTIST_IDS = "artist_ids"
"""A column that songs have while they are merged: their artists in order, joined by commas."""

_REBUILD = "Move it away and run the rebuild."

FOOTER = 8
"""Bytes at the end of a file: the length of its metadata, and the magic PAR1."""


def to_parquet(table: Table, frame: pl.DataFrame) -> bytes:
    """Encode the rows, without the partition columns; zstd, one schema, one row group per million rows.

    `artist_ids`, where the frame has it, goes into the file's metadata: see publish.py.
    """
    arrow = frame.select(table.columns).to_arrow().cast(table.arrow_schema).combine_chunks()
    if ARTIST_IDS in frame.columns:
        arrow = arrow.replace_schema_metadata({ARTIST_IDS: "\n".join(frame[ARTIST_IDS])})
    buffer = io.BytesIO()
    pq.write_table(arrow, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(table: Table, content: bytes, partitions: dict[str, str], key: str) -> pl.DataFrame:
    """Decode a file of the table, `artist_ids` included where it has them; a column it has not got is null.

    Raises LakeError when it is no Parquet file.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(content))
        known = [pl.lit(value).alias(name) for name, value in partitions.items()]
        missing = [pl.lit(None).alias(name) for name in table.columns if name not in frame.columns]
        rows = frame.with_columns(*known, *missing).select(
            [pl.col(name).cast(dtype) for name, dtype in table.types.items()]
        )
    except pl.exceptions.PolarsError as error:
        raise LakeError(f"{key} is no file of {table.name}: {error}", _REBUILD) from None
    return rows.with_columns(_artist_ids(content, rows.height, key)) if table is SONGS else rows


def empty_rows(table: Table) -> pl.DataFrame:
    """Return what a file that is not there holds."""
    other = {ARTIST_IDS: pl.String()} if table is SONGS else {}
    return pl.DataFrame(schema={**table.types, **other})


def _artist_ids(content: bytes, rows: int, key: str) -> pl.Series:
    metadata = pq.read_metadata(pa.BufferReader(content)).metadata or {}
    joined = metadata.get(ARTIST_IDS.encode(), b"").decode()
    ids = joined.split("\n") if rows else []
    if len(ids) != rows:
        raise LakeError(f"{key} does not say which artists its songs have", _REBUILD)
    return pl.Series(ARTIST_IDS, ids, dtype=pl.String)


def row_count(content: bytes) -> int | None:
    """Return how many rows a file says that it has; None when it is no Parquet file."""
    try:
        return int(pq.read_metadata(pa.BufferReader(content)).num_rows)
    except (pa.ArrowInvalid, OSError):
        return None


def metadata_size(content: bytes) -> int:
    """Return how many bytes at the end of a file are its footer, metadata included."""
    return int.from_bytes(content[-FOOTER:-4], "little") + FOOTER


def check_footer(table: Table, footer: bytes, rows: int) -> None:
    """Raise LakeError unless a file's footer, read back, has the table's schema and that many rows."""
    metadata = pq.read_metadata(pa.BufferReader(footer))
    if metadata.num_rows != rows or metadata.schema.to_arrow_schema().names != table.columns:
        raise LakeError(
            f"{table.name} reads back with {metadata.num_rows} rows instead of {rows}, or other columns",
            "Run it again; if it stays, the lake's storage is broken.",
        )
