"""`catalog.duckdb`: tables and views in one file, which can be copied, mailed and opened anywhere."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, cast

import polars as pl

from top50.catalog.newest import show_newest
from top50.catalog.views import VIEWS
from top50.charts import CHARTS
from top50.errors import CatalogError, LakeError
from top50.lake import Item, Lake
from top50.lake.directory import DirectoryLake
from top50.processes import python
from top50.tables import TABLES, Table
from top50.tables.completeness import check_against_archive, check_files
from top50.tables.files import File, all_files
from top50.tables.integrity import REFERENCES
from top50.tables.parquet import REBUILD

CATALOG = "catalog.duckdb"

# Seconds; the catalog of ten years of charts takes two.
LONGEST = 1800.0
_ROWS, _GONE = "rows", "gone"
"""What an answer about a catalog is of; any other is of a column that names what is not there."""

_SQL_TYPES = {
    "String": "VARCHAR",
    "Int32": "INTEGER",
    "Int64": "BIGINT",
    "Boolean": "BOOLEAN",
    "Date": "DATE",
    # Without a time zone, as Athena has it: every client shows the same, UTC.
    "Datetime(time_unit='us', time_zone='UTC')": "TIMESTAMP",
}


class _Made(NamedTuple):
    """A catalog that was made: its file, its rows per table, and what is wrong with it."""

    file: Path
    counts: dict[str, int]
    broken: list[str]


def refresh_duckdb(lake: Lake, *, may_shrink: bool = False) -> dict[str, int]:
    """Make `catalog.duckdb` anew from the tables; it is put in place as a whole, while others read the old.

    may_shrink: whether charts may be gone that the old one shows, as after a rebuild. Returns rows per table.
    Raises LakeError when the tables are not whole, and CatalogError with DuckDB's own words.
    """
    return show_newest(lake, lambda files: _put_catalog(lake, files, may_shrink=may_shrink))


def _put_catalog(lake: Lake, files: Iterable[Item], *, may_shrink: bool) -> dict[str, int]:
    tables = all_files(files)
    rows = check_files(lake, tables)
    check_against_archive(lake, rows)
    with _made(lake, tables, None if may_shrink else _old_catalog(lake)) as made:
        expected = {
            name: sum(rows[each.key] for each in tables if each.table.name == name) for name in TABLES
        }
        wrong = made.broken + [
            f"{name} has {rows} rows and not the {expected[name]} of its files"
            for name, rows in made.counts.items()
            if rows != expected[name]
        ]
        if wrong:
            raise LakeError(f"the tables of {lake.address} are not whole: {wrong[0]}", REBUILD)
        lake.write(CATALOG, made.file.read_bytes())
    return made.counts


def _old_catalog(lake: Lake) -> Path | None:
    file = lake.root / CATALOG if isinstance(lake, DirectoryLake) else None
    return file if file and file.is_file() else None


@contextmanager
def made_catalog(lake: Lake, files: Iterable[Item]) -> Iterator[tuple[Path, dict[str, int]]]:
    """Make a catalog that is there as long as this; yield it and its rows per table.

    files: those of the tables, as the lake lists them.
    """
    with _made(lake, all_files(files)) as made:
        yield made.file, made.counts


@contextmanager
def _made(lake: Lake, files: list[File], old: Path | None = None) -> Iterator[_Made]:
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        file = Path(folder, CATALOG)
        # One transaction: each of two hundred takes the disk's time.
        script = ["SET TimeZone = 'UTC';", "BEGIN;", *_statements(lake, files, Path(folder)), *_views()]
        found = _seen(file, [*script, "COMMIT;"], old)
        counts = {what: int(count) for kind, what, count in found if kind == _ROWS}
        broken = [
            f"{what} {which}, which the {CATALOG} before shows, is gone"
            if kind == _GONE
            else f"{kind} names {which}, which {what} has not"
            for kind, what, which in found
            if kind != _ROWS and (kind != _GONE or what in CHARTS)
        ]
        yield _Made(file, counts, broken)


def _seen(file: Path, script: list[str], old: Path | None) -> list[list[str]]:
    """Make it; return what there is to know: how many rows, which ids lead nowhere, which charts are gone."""
    if old:
        attached = f"ATTACH {_text(str(old))} AS old (READ_ONLY);"
        with suppress(CatalogError):  # an old one that cannot be read says nothing
            return _rows_of([attached, *script, _questions(gone=True)], file)
        file.unlink(missing_ok=True)
    return _rows_of([*script, _questions(gone=False)], file)


def _rows_of(script: list[str], file: Path) -> list[list[str]]:
    return cast("list[list[str]]", json.loads(_run("\n".join(script), file)))


def _questions(*, gone: bool) -> str:
    asked = [f"SELECT '{_ROWS}', '{name}', count(*)::VARCHAR FROM {name}" for name in TABLES]  # noqa: S608 - own names
    for table, column, target in REFERENCES:
        there = f"SELECT {target.key[0]} FROM {target.name}"  # noqa: S608 - own names
        of = f"FROM {table.name} WHERE {column} IS NOT NULL AND {column} NOT IN ({there})"
        asked.append(
            f"SELECT '{table.name}.{column}', '{target.name}', min({column}) {of} HAVING count(*) > 0"
        )
    if gone:
        dates = "SELECT chart, chart_date FROM"
        lost = f"({dates} old.chart_entries EXCEPT {dates} chart_entries)"
        asked.append(f"SELECT '{_GONE}', chart, min(chart_date)::VARCHAR FROM {lost} GROUP BY chart")  # noqa: S608
    return " UNION ALL ".join(asked)


@contextmanager
def linked_catalog(lake: Lake, files: Iterable[Item], known: Mapping[str, bytes]) -> Iterator[Path]:
    """Link the tables' files where nobody keeps the catalog: a fifth of the time of making one.

    known: key → content of the files that need not be read from the lake again.
    Yields a file of SQL, `.sql`, that is there as long as this; the page reads it like a catalog.
    """
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        links = _links(lake, all_files(files), known, Path(folder))
        file = Path(folder, "catalog.sql")
        file.write_text("\n".join(links), encoding="utf-8")
        yield file


def _run(script: str, file: Path) -> str:
    """Run it in a process of its own, so that the flow does not keep the memory that DuckDB takes."""
    command = python("top50.catalog.run_sql", str(file))
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter
            command, input=script.encode(), capture_output=True, check=False, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        raise CatalogError(
            f"DuckDB did not make {CATALOG} within {LONGEST / 60:g} min",
            "See whether the disk of the lake and the temporary folder answer, and run it again.",
        ) from None
    if ended.returncode:
        cause = ended.stderr.decode(errors="replace")[-500:]
        raise CatalogError(f"DuckDB cannot make {CATALOG}: {cause}", REBUILD)
    return ended.stdout.decode()


def _statements(lake: Lake, files: list[File], folder: Path) -> Iterator[str]:
    for table in TABLES.values():
        yield _empty(table)
        yield f"COMMENT ON TABLE {table.name} IS {_text(table.schema.__doc__ or '')};"
        for name, comment in table.comments.items():
            yield f"COMMENT ON COLUMN {table.name}.{_quoted(name)} IS {_text(comment)};"
        for some in _by_chart(table, files):
            yield f"INSERT INTO {table.name} {_rows(lake, some, {}, folder)};"


def _links(lake: Lake, files: list[File], known: Mapping[str, bytes], folder: Path) -> Iterator[str]:
    for table in TABLES.values():
        rows = [_rows(lake, some, known, folder) for some in _by_chart(table, files)]
        names = ", ".join(map(_quoted, table.types))
        yield f"CREATE VIEW {table.name} ({names}) AS {' UNION ALL '.join(rows)};" if rows else _empty(table)


def _empty(table: Table) -> str:
    columns = [f"{_quoted(name)} {_SQL_TYPES[str(dtype)]}" for name, dtype in table.types.items()]
    return f"CREATE TABLE {table.name} ({', '.join(columns)});"


def _by_chart(table: Table, files: list[File]) -> list[list[File]]:
    """Return the files of a table, those of a chart together: DuckDB reads them in one go."""
    own = [file for file in files if file.table == table]
    return [list(some) for _, some in groupby(own, key=lambda file: file.partitions.get("chart"))]


def _rows(lake: Lake, files: list[File], known: Mapping[str, bytes], folder: Path) -> str:
    paths = ", ".join(_exactly(str(_on_disk(lake, file.key, known, folder))) for file in files)
    # What the path says comes from us: DuckDB would take `year=` in the path of the lake itself, too.
    found = f"read_parquet([{paths}], hive_partitioning = false, union_by_name = true)"
    rows = f"{_younger(files[0].table)} UNION ALL BY NAME FROM {found}"
    return f"SELECT {_columns(files[0])} FROM ({rows})"  # noqa: S608 - own names


def _younger(table: Table) -> str:
    """Return a query of no rows for the columns that files of an earlier release may not have."""
    nulls = [
        f"NULL::{_SQL_TYPES[str(table.types[field.name])]} AS {_quoted(field.name)}"
        for field in table.arrow_schema
        if field.nullable and not isinstance(table.types[field.name], pl.Datetime)
    ]
    return f"SELECT {', '.join(nulls) or '1 AS nothing'} WHERE false"


def _views() -> Iterator[str]:
    for view in VIEWS.values():
        yield f"CREATE VIEW {view.name} AS\n{view.duckdb_sql.rstrip()};"
        yield f"COMMENT ON VIEW {view.name} IS {_text(view.comment)};"
        for name, comment in view.columns.items():
            yield f"COMMENT ON COLUMN {view.name}.{_quoted(name)} IS {_text(comment)};"


def _on_disk(lake: Lake, key: str, known: Mapping[str, bytes], folder: Path) -> Path:
    """Return where DuckDB finds a file: in the lake's own directory, else a copy of it."""
    if isinstance(lake, DirectoryLake):
        return lake.root / key
    content = known.get(key)
    if content is None:
        stored = lake.read(key)
        content = stored.content if stored else b""
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _columns(file: File) -> str:
    known = {name: _text(value) for name, value in file.partitions.items()}
    if "year" in known:
        known["year"] = "strftime(chart_date, '%Y')"  # the file is read with those of other years
    return ", ".join(known.get(name, _quoted(name)) for name in file.table.types)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _exactly(path: str) -> str:
    """Return a path that DuckDB does not take for a pattern."""
    return _text(re.sub(r"([*?[])", r"[\1]", path))
