"""Tables ↔ Parquet bytes, the same bytes for the same rows.

Each file carries the SHA-256 of itself, computed with zeros in its place: whatever byte has changed since
the file was written is noticed before a reader makes anything of it. A file without one (an earlier
release's, another tool's) is read as far as its form is that of the table.
"""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from top50.errors import LakeError
from top50.printed_commands import module_command
from top50.tables import CHART_ENTRIES, SONGS, Table

ARTIST_IDS = "artist_ids"
"""A column that songs have while they are merged: their artists in order, joined by commas."""

SAYS_CHART = "says_chart"
"""A column of chart entries: whether their raw object says itself which chart it is; without it all do.

In the file it is metadata, `unnamed_dates`, so that a later run knows which charts may be replaced.
"""

_UNNAMED = b"unnamed_dates"

REBUILD = f"Run {module_command('flows.rebuild')}."

FOOTER = 8
"""Bytes at the end of a file: the length of its metadata, and the magic PAR1."""

_DIGEST = b"top50_sha256:"
_NO_DIGEST = b"0" * 64

_UNREADABLE = (
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),  # a panic is no Exception
    *(pa.ArrowException, OSError, ValueError, MemoryError, OverflowError),
)
"""What readers raise at damaged bytes."""


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
    with pq.ParquetWriter(buffer, arrow.schema, compression="zstd") as writer:
        writer.write_table(arrow)
        writer.add_key_value_metadata({"digest": (_DIGEST + _NO_DIGEST).decode()})
    return _with_digest(buffer.getvalue())


def _with_digest(content: bytes) -> bytes:
    start = content.rindex(_DIGEST) + len(_DIGEST)
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[:start] + digest + content[start + len(digest) :]


def _has_digest(content: bytes) -> bool:
    return content.rfind(_DIGEST) >= 0


def _is_as_written(content: bytes) -> bool:
    start = content.rindex(_DIGEST) + len(_DIGEST)
    zeros = content[:start] + _NO_DIGEST + content[start + len(_NO_DIGEST) :]
    return _with_digest(zeros) == content


def from_parquet(table: Table, content: bytes, partitions: dict[str, str], key: str) -> pl.DataFrame:
    """Decode a file of the table; a column that is younger than the file is null.

    `artist_ids` is there for songs; `says_chart` for chart entries of which some do not.

    Raises LakeError when it is damaged, no Parquet file, or not of the table's form.
    """
    is_ours = check_form(table, content, key)
    with _explained(key):
        frame = pl.read_parquet(io.BytesIO(content)) if is_ours else _of_others(content)
        known = [pl.lit(value).alias(name) for name, value in partitions.items()]
        missing = [pl.lit(None).alias(name) for name in table.columns if name not in frame.columns]
        rows = frame.with_columns(*known, *missing).select(
            [pl.col(name).cast(dtype) for name, dtype in table.types.items()]
        )
        if table is SONGS:
            return rows.with_columns(_artist_ids(content, rows.height, key))
        return _with_says_chart(rows, content) if table is CHART_ENTRIES else rows


def check_form(table: Table, content: bytes, key: str) -> bool:
    """Return whether a file says that it is one of ours; its rows are not decoded.

    Raises LakeError when it has changed since it was written, or has other columns than its table.
    """
    is_signed = _has_digest(content)
    if is_signed and not _is_as_written(content):
        raise LakeError(f"{key} is damaged: its bytes are not those that were written", REBUILD)
    with _explained(key):
        found, wanted = pq.read_schema(pa.BufferReader(content)), table.arrow_schema
    younger = wanted.names[len(found.names) :]  # than the file, which is read as if they were null there
    if found.names + younger != wanted.names or not all(wanted.field(name).nullable for name in younger):
        strange = sorted(set(found.names) ^ set(wanted.names)) or found.names
        raise LakeError(f"{key} has other columns than its table: {', '.join(strange)}", REBUILD)
    for name in found.names:
        if not found.field(name).equals(wanted.field(name)):
            wrong = f"{found.field(name).type}, not {wanted.field(name).type}"
            raise LakeError(f"{key} was not written by us: {name} is {wrong}", REBUILD)
    return is_signed


def _of_others(content: bytes) -> pl.DataFrame:
    """Decode what may be damaged without a digest to tell: where Polars panics, pyarrow raises."""
    arrow = pq.ParquetFile(pa.BufferReader(content)).read()
    arrow.validate(full=True)
    return pl.DataFrame(pa.table(dict(zip(arrow.column_names, arrow.columns, strict=True))))


@contextmanager
def _explained(key: str) -> Iterator[None]:
    """Raise LakeError in place of whatever a reader of Parquet raises."""
    try:
        yield
    except _UNREADABLE as error:
        raise LakeError(f"{key} is no Parquet file: {error}", REBUILD) from None


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
        raise LakeError(f"{key} does not say which artists its songs have", REBUILD)
    return pl.Series(ARTIST_IDS, ids, dtype=pl.String)


def row_count(content: bytes) -> int | None:
    """Return how many rows a file says that it has; None when it is no Parquet file."""
    try:
        return int(pq.read_metadata(pa.BufferReader(content)).num_rows)
    except _UNREADABLE:
        return None


def rows_in(footer: bytes, key: str) -> int:
    """Return how many rows a footer says that its file has; raises LakeError when it is none."""
    with _explained(key):
        return int(pq.read_metadata(pa.BufferReader(footer)).num_rows)


def metadata_size(content: bytes) -> int:
    """Return how many bytes at the end of a file are its footer, metadata included."""
    return int.from_bytes(content[-FOOTER:-4], "little") + FOOTER


def check_footer(table: Table, footer: bytes, rows: int) -> None:
    """Raise LakeError unless a file's footer, read back, has the table's schema and that many rows."""
    with _explained("what reads back"):
        metadata = pq.read_metadata(pa.BufferReader(footer))
        names = metadata.schema.to_arrow_schema().names
    if metadata.num_rows != rows or names != table.columns:
        raise LakeError(
            f"{table.name} reads back with {metadata.num_rows} rows instead of {rows}, or other columns",
            "Run it again; if it stays, the lake's storage is broken.",
        )
