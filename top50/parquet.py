"""Tables ↔ Parquet bytes, the same bytes for the same rows."""

import io

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from top50.errors import LakeError
from top50.tables import Table

FOOTER = 8
"""Bytes at the end of a file: the length of its metadata, and the magic PAR1."""


def to_parquet(table: Table, frame: pl.DataFrame) -> bytes:
    """Encode the rows, without the partition columns; zstd, one schema, one row group per million rows."""
    arrow = frame.select(table.columns).to_arrow().cast(table.arrow_schema)
    buffer = io.BytesIO()
    pq.write_table(arrow.combine_chunks(), buffer, compression="zstd", store_schema=False)
    return buffer.getvalue()


def from_parquet(table: Table, content: bytes, partitions: dict[str, str]) -> pl.DataFrame:
    """Decode a file of the table; a column that it has not got yet is null.

    Raises LakeError when it is no Parquet file.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except pl.exceptions.PolarsError as error:
        raise LakeError(
            f"a file of {table.name} is no Parquet file: {error}", "Move it away and run the rebuild."
        ) from None
    known = [pl.lit(value).alias(name) for name, value in partitions.items()]
    missing = [name for name in table.columns if name not in frame.columns]
    return frame.with_columns(*known, *[pl.lit(None).alias(name) for name in missing]).select(
        [pl.col(name).cast(dtype) for name, dtype in table.types.items()]
    )


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
