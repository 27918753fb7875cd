"""Tables ↔ Parquet bytes, the same bytes for the same rows.

Each file contains its own SHA-256, computed with zeros in its place, so that any byte changed since the
file was written is noticed before its rows are used. A file without one (of an earlier release, of another
tool) is read if it has the columns of its table.
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
from top50.tables.schemas import CHART_ENTRIES, SONGS, Table

# A column of songs while they are merged: the ids of their artists in order, joined by commas.
ARTIST_IDS = "artist_ids"

# A column of chart entries: whether their raw object names its chart; without the column all do.
# In the file it becomes metadata, `unnamed_dates`, so that a later run knows which charts may be replaced.
SAYS_CHART = "says_chart"

_UNNAMED = b"unnamed_dates"

REBUILD = f"Run {module_command('flows.rebuild')}."

# Bytes at the end of a file: the length of its metadata, and the magic PAR1.
FOOTER = 8

_DIGEST_KEY = b"digest"
_DIGEST = b"top50_sha256:"
_NO_DIGEST = b"0" * 64

# What readers raise for damaged bytes.
_UNREADABLE = (
    *(pl.exceptions.PolarsError, pl.exceptions.PanicException),  # a panic is a BaseException
    *(pa.ArrowException, OSError, ValueError, MemoryError, OverflowError),
)


def to_parquet(table: Table, frame: pl.DataFrame) -> bytes:
    """Return rows as the bytes of a file, without the partition columns: zstd, a row group per million rows.

    `artist_ids` and `says_chart`, where the frame has them, become metadata of the file: see publish.py.
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
        writer.add_key_value_metadata({_DIGEST_KEY.decode(): (_DIGEST + _NO_DIGEST).decode()})
    return _with_digest(buffer.getvalue())


def _with_digest(content: bytes) -> bytes:
    start = content.rindex(_DIGEST) + len(_DIGEST)
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[:start] + digest + content[start + len(digest) :]


def _is_as_written(content: bytes) -> bool:
    if content.rfind(_DIGEST) < 0:
        return False
    start = content.rindex(_DIGEST) + len(_DIGEST)
    zeros = content[:start] + _NO_DIGEST + content[start + len(_NO_DIGEST) :]
    return _with_digest(zeros) == content


def from_parquet(table: Table, content: bytes, partitions: dict[str, str], key: str) -> pl.DataFrame:
    """Return the rows in a file of the table; a column that is newer than the file is null.

    Songs have the column `artist_ids` besides; chart entries have `says_chart` if it is false for some.
    Raises LakeError when the file is damaged, is not Parquet, or has other columns than the table.
    """
    is_signed = check_form(table, content, key)
    with _explained(key):
        frame = pl.read_parquet(io.BytesIO(content)) if is_signed else _decode_unsigned(content)
        in_path = [pl.lit(value).alias(name) for name, value in partitions.items()]
        missing = [pl.lit(None).alias(name) for name in table.columns if name not in frame.columns]
        rows = frame.with_columns(*in_path, *missing).select(
            [pl.col(name).cast(dtype) for name, dtype in table.types.items()]
        )
        metadata = _metadata(content)
        if table is SONGS:
            joined = metadata.get(ARTIST_IDS.encode(), b"").decode()
            ids = joined.split("\n") if rows.height else []
            if len(ids) != rows.height:
                raise LakeError(f"{key} lost the metadata with the artists of its songs", REBUILD)
            return rows.with_columns(pl.Series(ARTIST_IDS, ids, dtype=pl.String))
        dates = metadata.get(_UNNAMED, b"").decode() if table is CHART_ENTRIES else ""
        if not dates:
            return rows
        unnamed = pl.Series(dates.split("\n")).str.to_date()
        return rows.with_columns((~pl.col("chart_date").is_in(unnamed.implode())).alias(SAYS_CHART))


def check_form(table: Table, content: bytes, key: str) -> bool:
    """Return whether a file has our digest, which its rows match; they are not decoded.

    Raises LakeError when it has changed since it was written, or has other columns than its table.
    """
    is_signed = content.rfind(_DIGEST) >= 0
    with _explained(
        key
    ):  # a file whose digest is damaged still has its key, one of an older release does not
        is_signed = is_signed or _DIGEST_KEY in _metadata(content)
    if is_signed and not _is_as_written(content):
        raise LakeError(f"{key} is damaged: its bytes have changed since it was written", REBUILD)
    with _explained(key):
        found, wanted = pq.read_schema(pa.BufferReader(content)), table.arrow_schema
    newer = wanted.names[len(found.names) :]  # columns than the file, which are null in its rows
    if found.names + newer != wanted.names or not all(wanted.field(name).nullable for name in newer):
        strange = sorted(set(found.names) ^ set(wanted.names)) or found.names
        raise LakeError(f"{key} has other columns than its table: {', '.join(strange)}", REBUILD)
    for name in found.names:
        if not found.field(name).equals(wanted.field(name)):
            wrong = f"{found.field(name).type}, not {wanted.field(name).type}"
            raise LakeError(f"{key} was not written by us: {name} is {wrong}", REBUILD)
    return is_signed


def _decode_unsigned(content: bytes) -> pl.DataFrame:
    """Decode a file that may be damaged, since no digest rules it out: pyarrow raises where Polars panics."""
    arrow = pq.ParquetFile(pa.BufferReader(content)).read()
    arrow.validate(full=True)
    return pl.DataFrame(pa.table(dict(zip(arrow.column_names, arrow.columns, strict=True))))


@contextmanager
def _explained(key: str) -> Iterator[None]:
    """Raise LakeError in place of what a reader of Parquet raises for damaged bytes."""
    try:
        yield
    except _UNREADABLE as error:
        raise LakeError(f"{key} is not a valid Parquet file: {error}", REBUILD) from None


def empty_rows(table: Table) -> pl.DataFrame:
    """Return the columns of a table without rows, as `from_parquet` would."""
    other = {ARTIST_IDS: pl.String()} if table is SONGS else {}
    return pl.DataFrame(schema={**table.types, **other})


def _metadata(content: bytes) -> dict[bytes, bytes]:
    return pq.read_metadata(pa.BufferReader(content)).metadata or {}


def row_count(content: bytes) -> int | None:
    """Return the row count in a file's footer; None when it is not a Parquet file."""
    try:
        return int(pq.read_metadata(pa.BufferReader(content)).num_rows)
    except _UNREADABLE:
        return None


def rows_in(footer: bytes, key: str) -> int:
    """Return the row count in a footer; raises LakeError when it cannot be read."""
    with _explained(key):
        return int(pq.read_metadata(pa.BufferReader(footer)).num_rows)


def metadata_size(content: bytes) -> int:
    """Return the length of the footer at the end of a file, metadata included, in bytes."""
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
