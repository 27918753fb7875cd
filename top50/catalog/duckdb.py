"""`catalog.duckdb`: tables and views in one file, which can be copied, mailed and opened anywhere."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

import polars as pl

from top50.catalog.last_made import LastMade, last_made, note_down
from top50.catalog.newest import repeat_until_newest
from top50.catalog.run_sql import run_sql
from top50.catalog.views import VIEWS
from top50.charts import CHARTS
from top50.errors import CatalogError, LakeError
from top50.lake import Item, Lake
from top50.lake.directory import DirectoryLake
from top50.parallel import in_another_process
from top50.tables.completeness import check_against_archive, check_files
from top50.tables.files import File, all_files
from top50.tables.integrity import REFERENCES
from top50.tables.parquet import REBUILD
from top50.tables.schemas import TABLES, Table

CATALOG = "catalog.duckdb"

# Seconds; the catalog of ten years of charts takes two.
LONGEST = 1800.0

_DATES = "SELECT DISTINCT chart, chart_date"

_SQL_TYPES: dict[pl.DataType, str] = {
    pl.String(): "VARCHAR",
    pl.Int32(): "INTEGER",
    pl.Int64(): "BIGINT",
    pl.Boolean(): "BOOLEAN",
    pl.Date(): "DATE",
    # Without a time zone, as in Athena: every client shows the same, UTC.
    pl.Datetime("us", "UTC"): "TIMESTAMP",
}


def refresh_duckdb(lake: Lake, *, may_shrink: bool = False) -> dict[str, int]:
    """Make `catalog.duckdb` from the tables and put it in place as a whole; return table → rows.

    In a directory, rows are made again only of files that changed since this release made the catalog.
    may_shrink: whether charts of the previous catalog may be missing, as after a rebuild.
    Raises LakeError when the tables are incomplete, and CatalogError with DuckDB's own words.
    """
    return repeat_until_newest(lake, lambda files: _make_newest(lake, files, may_shrink=may_shrink))


def _make_newest(lake: Lake, files: list[Item], *, may_shrink: bool) -> dict[str, int]:
    tables = all_files(files)
    last = None if may_shrink else _last_made(lake, tables)
    old = last.unchanged(files) if last else {}
    changed = [table for table in tables if table.key not in old]
    rows = old | check_files(lake, changed)
    counts = {name: sum(rows[table.key] for table in tables if table.table.name == name) for name in TABLES}
    if last is None:
        check_against_archive(lake, rows)
    elif not changed:
        return counts
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        file = Path(folder, CATALOG)
        if last:
            problems = _change(file, lake, last, changed, counts)
        else:
            previous = lake.root / CATALOG if isinstance(lake, DirectoryLake) and not may_shrink else None
            problems = _make(file, lake, tables, counts, previous)
        if problems:
            raise LakeError(f"the tables of {lake.address} are incomplete: {problems[0]}", REBUILD)
        content = file.read_bytes()
    lake.write(CATALOG, content)
    if isinstance(lake, DirectoryLake):
        made_from = {item.key: (item.version, rows[item.key]) for item in files}
        note_down(lake, LastMade(content, made_from), _made_by())
    return counts


def _last_made(lake: Lake, tables: Iterable[File]) -> LastMade | None:
    """Return the last catalog, if it can be changed: a file of it that is gone may be a loss."""
    last = last_made(lake, CATALOG, _made_by()) if isinstance(lake, DirectoryLake) else None
    return last if last and last.files.keys() <= {table.key for table in tables} else None


def _made_by() -> str:
    """Return the SQL that makes a catalog, without its rows: a release with another one makes a new file."""
    return "\n".join([*_tables(), *_views()])


@contextmanager
def temporary_catalog(lake: Lake, files: Iterable[Item]) -> Iterator[Path]:
    """Make a catalog that exists within the block, and yield its path.

    files: a listing of the tables. Raises CatalogError.
    """
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        file = Path(folder, CATALOG)
        _run(_in_one_transaction(_whole(lake, all_files(files), Path(folder))), file)
        yield file


@contextmanager
def linked_catalog(lake: Lake, files: Iterable[Item], contents: Mapping[str, bytes]) -> Iterator[Path]:
    """Link the tables' files, in a fifth of the time that a catalog takes, where none is kept.

    files: a listing of the tables. contents: key → content of files that need not be read from the lake.
    Yields a file of SQL, `.sql`, that exists within the block; the page reads it like a catalog.
    """
    tables = all_files(files)
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        links = []
        for table in TABLES.values():
            rows = " UNION ALL ".join(_selects(lake, table, tables, contents, Path(folder)))
            names = ", ".join(map(_quoted, table.types))
            links.append(f"CREATE VIEW {table.name} ({names}) AS {rows};" if rows else _empty(table))
        file = Path(folder, "catalog.sql")
        file.write_text("\n".join(links), encoding="utf-8")
        yield file


def _make(
    file: Path, lake: Lake, tables: list[File], counts: Mapping[str, int], previous: Path | None = None
) -> list[str]:
    """Make a whole catalog; return what is wrong with the tables, a line each. counts: table → its rows."""
    script = _whole(lake, tables, file.parent)
    if previous and previous.is_file():
        attach = f"ATTACH {_literal(str(previous))} AS previous (READ_ONLY);"
        before = (
            f"{attach} CREATE TEMP TABLE before AS {_DATES} FROM previous.chart_entries; DETACH previous;"
        )
        with suppress(CatalogError):  # an unreadable one cannot be compared with
            return _problems(file, before, script, counts)
        file.unlink(missing_ok=True)
    return _problems(file, "CREATE TEMP TABLE before (chart VARCHAR, chart_date DATE);", script, counts)


def _change(
    file: Path, lake: Lake, last: LastMade, changed: list[File], counts: Mapping[str, int]
) -> list[str]:
    """Make a catalog of the last one; return as `_make`. changed: the files with other rows than it has."""
    file.write_bytes(last.content)
    rows_of = [
        (table, " AND ".join(f"{name} = {_literal(value)}" for name, value in table.partitions.items()))
        for table in changed
    ]
    old = [f"DELETE FROM {table.table.name} WHERE {rows or 'true'};" for table, rows in rows_of]  # noqa: S608 - own names
    charts = " OR ".join(f"({rows})" for _, rows in rows_of if rows) or "false"
    before = f"CREATE TEMP TABLE before AS {_DATES} FROM chart_entries WHERE {charts};"
    return _problems(file, before, [*old, *_rows(lake, changed, file.parent)], counts)


def _problems(file: Path, before: str, script: list[str], counts: Mapping[str, int]) -> list[str]:
    """Run statements on a catalog; return what is then wrong with its rows, a line each.

    before: the statement that creates the table `before`, of the charts that may not be lost.
    """
    problems = []
    for kind, name, found in _run([before, *_in_one_transaction(script), _checks()], file):
        if kind == "rows" and int(found) != counts[name]:
            problems.append(f"{name} has {found} rows, its files have {counts[name]}")
        elif kind == "gone" and name in CHARTS:
            problems.append(f"{CATALOG} had {name} of {found}, which is missing from the tables")
        elif kind == "dangling":
            problems.append(f"{name} references {found}")
    return problems


def _in_one_transaction(script: Iterable[str]) -> list[str]:
    """Return statements as one transaction: each of two hundred would take the disk's time."""
    return ["SET TimeZone = 'UTC';", "BEGIN;", *script, "COMMIT;"]


def _checks() -> str:
    """Return a query for row counts, references to missing rows, and lost charts: three texts a row."""
    queries = [f"SELECT 'rows', '{name}', count(*)::VARCHAR FROM {name}" for name in TABLES]  # noqa: S608 - own names
    for table, column, target in REFERENCES:
        dangling = f"{column} IS NOT NULL AND {column} NOT IN (SELECT {target.key[0]} FROM {target.name})"  # noqa: S608
        first = f"min({column}) || ', which is missing from {target.name}'"
        queries.append(
            f"SELECT 'dangling', '{table.name}.{column}', {first} FROM {table.name} "  # noqa: S608 - own names
            f"WHERE {dangling} HAVING count(*) > 0"
        )
    lost = f"(FROM before EXCEPT {_DATES} FROM chart_entries SEMI JOIN before USING (chart, chart_date))"
    queries.append(f"SELECT 'gone', chart, min(chart_date)::VARCHAR FROM {lost} GROUP BY chart")  # noqa: S608
    return " UNION ALL ".join(queries)


def _run(script: list[str], file: Path) -> list[tuple[str, ...]]:
    """Run statements in another process, so that the flow does not keep the memory that DuckDB takes."""
    try:
        return in_another_process(run_sql, "\n".join(script), file, seconds=LONGEST)
    except TimeoutError:
        raise CatalogError(
            f"DuckDB did not make {CATALOG} within {LONGEST / 60:g} min",
            "See whether the disk of the lake and the temporary folder answer, and run it again.",
        ) from None
    except ValueError as error:
        raise CatalogError(f"DuckDB cannot make {CATALOG}: {str(error)[-500:]}", REBUILD) from None


def _whole(lake: Lake, files: list[File], folder: Path) -> list[str]:
    """Return the SQL that makes a catalog. folder: for copies of files on S3."""
    return [*_tables(), *_rows(lake, files, folder), *_views()]


def _tables() -> Iterator[str]:
    for table in TABLES.values():
        yield _empty(table)
        yield f"COMMENT ON TABLE {table.name} IS {_literal(table.schema.__doc__ or '')};"
        for name, comment in table.comments.items():
            yield f"COMMENT ON COLUMN {table.name}.{_quoted(name)} IS {_literal(comment)};"


def _rows(lake: Lake, files: list[File], folder: Path) -> Iterator[str]:
    """Yield the SQL that adds the rows of files. folder: as in `_whole`."""
    for table in TABLES.values():
        for select in _selects(lake, table, files, {}, folder):
            yield f"INSERT INTO {table.name} {select};"


def _views() -> Iterator[str]:
    for view in VIEWS.values():
        yield f"CREATE VIEW {view.name} AS\n{view.duckdb_sql.rstrip()};"
        yield f"COMMENT ON VIEW {view.name} IS {_literal(view.comment)};"
        for name, comment in view.columns.items():
            yield f"COMMENT ON COLUMN {view.name}.{_quoted(name)} IS {_literal(comment)};"


def _empty(table: Table) -> str:
    columns = [f"{_quoted(name)} {_SQL_TYPES[dtype]}" for name, dtype in table.types.items()]
    return f"CREATE TABLE {table.name} ({', '.join(columns)});"


def _selects(
    lake: Lake, table: Table, files: list[File], contents: Mapping[str, bytes], folder: Path
) -> Iterator[str]:
    """Yield a query for a table's rows for every chart: DuckDB reads the files of a chart together."""
    own = [file for file in files if file.table == table]
    # A file of an earlier release may not have the columns that came later: they are null there.
    nulls = [
        f"NULL::{_SQL_TYPES[table.types[field.name]]} AS {_quoted(field.name)}"
        for field in table.arrow_schema
        if field.nullable and not isinstance(table.types[field.name], pl.Datetime)
    ]
    later_columns = f"SELECT {', '.join(nulls) or '1 AS nothing'} WHERE false"
    for chart, group in groupby(own, key=lambda file: file.partitions.get("chart")):
        # Brackets, so that DuckDB takes no character of a path for a pattern.
        paths = [str(_on_disk(lake, file.key, contents, folder)) for file in group]
        exact = ", ".join(_literal(re.sub(r"([*?[])", r"[\1]", path)) for path in paths)
        # The partitions' values come from us: DuckDB would take `year=` in the path of the lake itself, too.
        values = {"chart": _literal(chart), "year": "strftime(chart_date, '%Y')"} if chart else {}
        columns = ", ".join(values.get(name, _quoted(name)) for name in table.types)
        rows = f"FROM read_parquet([{exact}], hive_partitioning = false, union_by_name = true)"
        yield f"SELECT {columns} FROM ({later_columns} UNION ALL BY NAME {rows})"  # noqa: S608 - own names


def _on_disk(lake: Lake, key: str, contents: Mapping[str, bytes], folder: Path) -> Path:
    """Return the path of a file in the lake's own directory, else of a copy of it in a folder."""
    if isinstance(lake, DirectoryLake):
        return lake.root / key
    content = contents.get(key)
    if content is None:
        stored = lake.read(key)
        content = stored.content if stored else b""
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _quoted(name: str) -> str:
    return f'"{name}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
