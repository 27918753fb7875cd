"""The tables and what is made from them, as files: whole, true to each other, the same as others."""

import io
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import duckdb
import polars as pl

from tests.torture.tally import Verdict
from top50.catalog.duckdb import CATALOG
from top50.tables.files import TRANSFORMED
from top50.tables.schemas import TABLES

State: TypeAlias = Mapping[str, bytes]
Frames: TypeAlias = dict[str, pl.DataFrame]

_REFERENCES = (
    ("chart_entries", "song_id", "songs"),
    ("songs", "album_id", "album"),
    ("songs", "artist_id", "artist"),
    ("song_artists", "artist_id", "artist"),
)
"""A column of a table, and the table in which its values must be found."""


def differences(wanted: State, found: State) -> Iterator[tuple[Verdict, str]]:
    """Yield in what the tables, the catalog and the pages differ."""
    for key in sorted(key for key in wanted if key.startswith(TRANSFORMED) and not key.endswith("/")):
        if key not in found:
            yield "lost", f"file gone: {key}"
        elif found[key] != wanted[key]:
            yield _difference(key, wanted[key], found[key])
    for key in sorted(
        key for key in wanted if key in found and not key.startswith(("raw_data/", TRANSFORMED))
    ):
        if wanted[key] != found[key] and not (key == CATALOG and _same_catalog(wanted[key], found[key])):
            yield "unclear", f"differs: {key}"


def _difference(key: str, wanted: bytes, found: bytes) -> tuple[Verdict, str]:
    before, now = _rows(wanted), _rows(found)
    if now is None or before is None:
        return "lost", f"no Parquet file: {key}"
    if now.height > before.height:
        return "doubled", f"{now.height - before.height} rows too many: {key}"
    return "lost", f"{before.height - now.height} rows gone, or others: {key}"


def promises_broken(state: State) -> Iterator[str]:
    """Yield what no reader may see at any time."""
    frames: Frames = {}
    for key in sorted(key for key in state if key.startswith(TRANSFORMED) and not key.endswith("/")):
        rows, table = _rows(state[key]), key.split("/")[1]
        if rows is None:
            yield f"half a file: {key}"
        elif table not in TABLES or not key.endswith(f"/{table}.parquet"):
            yield f"no file of a table: {key}"
        else:
            frames[table] = pl.concat([frames[table], rows]) if table in frames else rows
    yield from _dangling(frames)
    if CATALOG in state and not _catalog_rows(state[CATALOG], "SELECT table_name FROM duckdb_tables()"):
        yield f"half a file: {CATALOG}"


def _dangling(frames: Frames) -> Iterator[str]:
    charted = frames["chart_entries"]["song_id"].unique() if "chart_entries" in frames else pl.Series([""])
    for table, column, other in _REFERENCES:
        rows = frames.get(table)
        if rows is None or "chart_entries" not in frames:
            continue
        seen = rows.filter(pl.col("song_id").is_in(charted.implode()))[column].drop_nulls().unique()
        known = set(frames[other][TABLES[other].key[0]]) if other in frames else set()
        missing = sorted(set(seen) - known)
        if missing:
            yield f"{len(missing)} {column} of {table} not in {other}, such as {missing[0]}"
    if frames and "songs" in frames:
        yield from _without_artists(frames, set(charted))


def _without_artists(frames: Frames, charted: set[str]) -> Iterator[str]:
    named = frames["songs"].filter(pl.col("artist_id").is_not_null())
    have = set(frames["song_artists"]["song_id"]) if "song_artists" in frames else set()
    missing = sorted((set(named["song_id"]) & charted) - have)
    if missing:
        yield f"{len(missing)} charted songs without artists, such as {missing[0]}"


def _rows(content: bytes) -> pl.DataFrame | None:
    try:
        return pl.read_parquet(io.BytesIO(content), hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError):
        return None


def _same_catalog(one: bytes, other: bytes) -> bool:
    """Whether two catalogs say the same: DuckDB's files differ from time to time though their rows do not."""
    return _catalog_rows(one) == _catalog_rows(other) != {}


def _catalog_rows(content: bytes, relations: str = "SHOW TABLES") -> dict[str, tuple[object, ...]]:
    """Return how many rows each relation has, and a sum of what they say; nothing of half a file."""
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        file = Path(folder, CATALOG)
        file.write_bytes(content)
        try:
            with duckdb.connect(str(file), read_only=True, config={"threads": 1}) as catalog:
                names = [str(name) for (name,) in catalog.sql(relations).fetchall()]
                return {name: _sum(catalog, name) for name in names}
        except duckdb.Error:
            return {}


def _sum(catalog: duckdb.DuckDBPyConnection, name: str) -> tuple[object, ...]:
    row = catalog.sql(
        f"SELECT count(*), sum(hash(each)::HUGEINT % 1000000007) FROM {name} AS each"
    ).fetchone()
    return row or ()
