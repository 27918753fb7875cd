"""Tables ↔ Parquet bytes, the same bytes for the same rows."""

import io

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from top50.errors import LakeError
from top50.tables import CHART_ENTRIES, SONGS, Table

ARTIST_IDS = "artist_ids"
"""A column that songs have while they are merged: their artists in order, joined by commas."""

SAYS_CHART = "says_chart"
"""A column of chart entries: whether their raw object says itself which chart it is; without it all do.

In the file it is metadata, `unnamed_dates`, so that a later run knows which charts may be replaced.
"""

_UNNAMED = b"unnamed_dates"

_REBUILD = "Move it away and run the rebuild."

FOOTER = 8
"""Bytes at the end of a file: the length of its metadata, and the magic PAR1."""


def to_parquet(table: Table, frame: pl.DataFrame) -> bytes:
    """Encode the rows, without the partition columns; zstd, one schema, one row group per million rows.

    `artist_ids` and `says_chart`, where the frame has them, go into the file's metadata: see publish.py.
    """
    arrow = frame.select(table.columns).to_arrow().cast(table.arrow_schema).combine_chunks()
    if ARTIST_IDS in frame.columns:
        arrow = arrow.replace_schema_metadata({ARTIST_IDS: "\n".join(frame[ARTIST_IDS])})
    if SAYS_CHART in frame.columns and not frame[SAYS_CHART].all():
        unnamed = frame.filter(~pl.col(SAYS_CHART))["chart_date"].unique().sort()
        arrow = arrow.replace_schema_metadata({_UNNAMED: "\n".join(map(str, unnamed))})
    buffer = io.BytesIO()
    pq.write_table(arrow, buffer, compression="zstd")
    return buffer.getvalue()


def from_parquet(table: Table, content: bytes, partitions: dict[str, str], key: str) -> pl.DataFrame:
    """Decode a file of the table; a column that it does not have is null.

    `artist_ids` is there for songs; `says_chart` for chart entries of which some do not.

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
    if table is SONGS:
        return rows.with_columns(_artist_ids(content, rows.height, key))
    return _with_says_chart(rows, content) if table is CHART_ENTRIES else rows


def empty_rows(table: Table) -> pl.DataFrame:
    """Return what a file that is not there holds."""
    other = {ARTIST_IDS: pl.String()} if table is SONGS else {}
    return pl.DataFrame(schema={**table.types, **other})


def _with_says_chart(rows: pl.DataFrame, content: bytes) -> pl.DataFrame:
    dates = _metadata(content).get(_UNNAMED, b"").decode()
    if not dates:
        return rows
    unnamed = pl.Series(dates.split("\n")).str.to_date()
    return rows.with_columns((~pl.col("chart_date").is_in(unnamed.implode())).alias(SAYS_CHART))


def _metadata(content: bytes) -> dict[bytes, bytes]:
    return pq.read_metadata(pa.BufferReader(content)).metadata or {}


def _artist_ids(content: bytes, rows: int, key: str) -> pl.Series:
    metadata = _metadata(content)
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
