"""A merged archive → raw objects of one chart and month, in one pass over a file of any size.

DuckDB reads the file and writes the rows of known charts to a folder for each month. Memory follows DuckDB's
buffers and the largest month, not the archive.
"""

import gzip
import os
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from top50.charts import CHARTS
from top50.errors import RawError
from top50.raw import LARGEST
from top50.read.merged_archive import AMBIGUOUS_DATE, WRITE_DATES, encode
from top50.read.merged_columns import REGION_OF, UTF_16, header_in, period_in, region_in, roles_of, shape_of

if TYPE_CHECKING:
    import duckdb

GZIP = b"\x1f\x8b"

# DuckDB's memory limit; the scan takes about 60 MB with two threads.
_MEMORY = "100MB"
_THREADS = 2
_BUFFER = 4 * 2**20
_ROWS_BEFORE_WRITING = 20_000

_HEAD = 64 * 2**10
# Bytes of a raw object before its last date: with one more date it is still smaller than the limit.
_ENOUGH = LARGEST // 2
# A month has at most 31 charts of 200 rows; files with rows doubled have been seen.
_MOST_ROWS = 10 * 31 * 200
_MOST_NAMED = 5
_MOST_LINES = 1000
_MONTH = r"^\d{4}-\d\d"
_DIGITS = r"^(\d{4})(\d\d)(\d\d)$"
_UNDATED, _OTHERS = "undated", "others"
_WHOLE_COPY = "Take a whole copy of the file."


# The cells of region and chart in a row.
_Cells = tuple[str | None, str | None]


class Head(NamedTuple):
    """How a merged archive begins: its shape, its columns and their separator, and its encoding."""

    shape: str
    columns: list[str]
    delimiter: str
    # Lines above the columns.
    above: int
    compressed: bool
    is_utf_16: bool


class Part(NamedTuple):
    """A raw object split off an archive: its temporary file, its chart and its month."""

    file: Path
    chart: str
    month: str


class Split(NamedTuple):
    """The result for an archive: its raw objects, its unknown charts, and the number of unreadable lines."""

    parts: list[Part]
    others: list[str]
    unread: int

    @property
    def left_out(self) -> str:
        """What is left out, in one line; "" for nothing."""
        named = ", ".join(self.others[:_MOST_NAMED]) + (", …" if len(self.others) > _MOST_NAMED else "")
        charts = f"{_many(len(self.others), 'unknown chart')} ({named})"
        more = "" if self.unread < _MOST_LINES else " or more"
        lines = f"{_many(self.unread, 'line')}{more} with too many or too few cells"
        found = [charts if self.others else "", lines if self.unread else ""]
        return " and ".join(filter(None, found))


def head_of(file: Path) -> Head | None:
    """Return how a file begins if it is a merged archive, plain or gzipped; else None. Raises OSError."""
    with file.open("rb") as opened:
        start = opened.read(_HEAD)
        compressed = start.startswith(GZIP)
        if compressed:
            opened.seek(0)
            try:
                start = gzip.GzipFile(fileobj=opened).read(_HEAD)
            except (EOFError, zlib.error, gzip.BadGzipFile):  # reading it will give the error
                return None
    header = header_in(start)
    shape = shape_of(header.columns, file.name)
    return Head(shape, *header, compressed, start.startswith(UTF_16)) if shape else None


def split(file: Path, head: Head, folder: Path) -> Split:
    """Write the raw objects of an archive to an empty folder; raises RawError for an unreadable archive."""
    import duckdb  # noqa: PLC0415 - 30 MB that other imports do not need

    if head.is_utf_16:
        raise RawError("it is UTF-16", "Save it as UTF-8.")
    archive = folder / f"archive.csv{'.gz' if head.compressed else ''}"
    archive.symlink_to(file.absolute())  # for DuckDB, * and [ in a name make a pattern
    try:
        with duckdb.connect() as connection:
            rows = _Rows(connection, archive, head)
            rows.refuse_dates()
            charts = rows.charts(file.name)
            parts = [part for month in rows.months() for part in _parts(rows, month, charts, head, file.name)]
            unread = rows.unread()
    except duckdb.Error as error:
        raise RawError(f"unreadable CSV: {_cause(error, head)}", _WHOLE_COPY) from None
    return Split(parts, sorted({name for name in charts.values() if name not in CHARTS}), unread)


def _cause(error: "duckdb.Error", head: Head) -> str:
    import duckdb  # noqa: PLC0415 - as above

    if isinstance(error, duckdb.OutOfMemoryException):
        return f"it needs more than the {_MEMORY} of memory that an import gives it"
    # The line is in the text alone: https://duckdb.org/docs/stable/data/csv/reading_faulty_csv_files
    line = re.search(r"\bLine:? (\d+)", str(error))
    if line:
        return f"line {line[1]} is damaged"
    return "it is damaged, or a truncated download" if head.compressed else "it is damaged"


class _Rows:
    """The rows of an archive by month, from one pass over it; every cell is a text.

    Of the rows of unknown regions it has only region and chart, to count their charts.
    """

    def __init__(self, connection: "duckdb.DuckDBPyConnection", archive: Path, head: Head) -> None:
        self._connection, self._head = connection, head
        self._folder = archive.parent / "rows"
        for name, value in {
            "memory_limit": _MEMORY,
            "threads": min(_THREADS, os.cpu_count() or 1),
            "preserve_insertion_order": False,
            "partitioned_write_flush_threshold": _ROWS_BEFORE_WRITING,
            "temp_directory": str(archive.parent / "duckdb"),
        }.items():
            connection.execute(f"SET {name} = {_literal(value)}")
        self._write_months(archive)

    def _write_months(self, archive: Path) -> None:
        """Write `month=…/*.parquet` with the cells of each row as a list, its region and its chart."""
        columns = [f"c{number}" for number in range(len(self._head.columns))]
        roles = {role: columns[position] for role, position in roles_of(self._head.columns).items()}
        region, chart = (roles.get(role, "NULL") for role in ("region", "chart"))
        regions = ", ".join(map(_literal, _regions(self._head.shape)))
        is_of_a_region = (
            f"lower(trim(coalesce({region}, ''))) IN ({regions})"
            if "region" in roles
            else f"regexp_matches(lower(coalesce({chart}, 'global')), 'global')"
        )
        date = f"regexp_replace(trim({roles['date']}), '{_DIGITS}', '\\1-\\2-\\3')"
        month = f"CASE WHEN regexp_matches({date}, '{_MONTH}') THEN left({date}, 7) ELSE '{_UNDATED}' END"
        types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
        self._connection.execute(
            f"COPY (SELECT {region}::VARCHAR AS region, {chart}::VARCHAR AS chart,"  # noqa: S608 - texts quoted
            f" CASE WHEN {is_of_a_region} THEN {date} END AS date,"
            f" CASE WHEN {is_of_a_region} THEN [{', '.join(columns)}] END AS cells,"
            f" CASE WHEN {is_of_a_region} THEN {month} ELSE '{_OTHERS}' END AS month"
            f" FROM read_csv({_literal(str(archive))}, auto_detect = false, header = true,"
            f" skip = {self._head.above},"
            f" columns = {{{types}}}, delim = {_literal(self._head.delimiter)}, quote = '\"', escape = '\"',"
            f" strict_mode = false, compression = '{'gzip' if self._head.compressed else 'none'}',"
            f" buffer_size = {_BUFFER}, store_rejects = true, rejects_limit = {_MOST_LINES}))"
            f" TO {_literal(str(self._folder))} (FORMAT parquet, PARTITION_BY (month))"
        )

    def charts(self, name: str) -> dict[_Cells, str]:
        """Return the charts of the file: the cells of region and chart → the chart's name here."""
        if not any(self._folder.glob("*/*.parquet")):  # there are no rows
            return {}
        found = self._connection.execute(
            "SELECT region, chart, min(date), count(DISTINCT date),"  # noqa: S608 - a text quoted
            " bool_and(dayofweek(try_cast(left(date, 10) AS DATE)) = 4)"
            f" FROM read_parquet({_literal(f'{self._folder}/*/*.parquet')}) GROUP BY region, chart"
        ).fetchall()
        columns, shape = self._head.columns, self._head.shape
        has_region = "region" in roles_of(columns)
        charts: dict[_Cells, str] = {}
        for region, chart, day, days, on_thursdays in found:
            # If nothing identifies the period, charts that all end on a Thursday are weekly ones.
            guessed = "weekly" if on_thursdays and days > 1 else "daily"
            period = period_in(chart, columns, name, day or "") or guessed
            where = region_in(region, shape) if has_region else _region_of(chart)
            charts[region, chart] = f"{where or 'unknown'}-{period}"
        return charts

    def refuse_dates(self) -> None:
        """Raise RawError for an archive in all of whose dates the day or the month may come first."""
        if [month.name for month in self.months()] != [f"month={_UNDATED}"]:
            return
        found = self._connection.execute(
            "SELECT min(date), bool_and(regexp_full_match(date, ?))"  # noqa: S608 - a text quoted
            f" FROM read_parquet({_literal(f'{self._folder}/month={_UNDATED}/*.parquet')})",
            [AMBIGUOUS_DATE],
        ).fetchone()
        if found and found[1]:
            raise RawError(f"in dates like {found[0]!r} the day or the month may come first", WRITE_DATES)

    def months(self) -> list[Path]:
        """Return the folders of the months."""
        folders = sorted(self._folder.glob("month=*"))
        return [folder for folder in folders if folder.name != f"month={_OTHERS}"]

    def charts_of(self, month: Path) -> list[_Cells]:
        """Return the cells of region and chart that the rows of a month have, in any order."""
        return self._connection.execute(
            "SELECT DISTINCT region, chart"  # noqa: S608 - a text quoted
            f" FROM read_parquet({_literal(f'{month}/*.parquet')}, hive_partitioning = false)"
        ).fetchall()

    def of(self, month: Path, cells: list[_Cells]) -> list[list[str]]:
        """Return the first rows of one chart in a month, in any order, with "" for an empty cell."""
        found: list[list[str]] = []
        for region, chart in cells:
            rows = self._connection.execute(
                "SELECT cells"  # noqa: S608 - a text quoted
                f" FROM read_parquet({_literal(f'{month}/*.parquet')}, hive_partitioning = false)"
                " WHERE region IS NOT DISTINCT FROM ? AND chart IS NOT DISTINCT FROM ? LIMIT ?",
                [region, chart, _MOST_ROWS + 1],
            ).fetchall()
            found += ([cell or "" for cell in row] for (row,) in rows)
        return found

    def unread(self) -> int:
        """Return how many lines could not be read, counted up to a limit."""
        found = self._connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
        return int(found[0]) if found else 0


def _regions(shape: str) -> list[str]:
    """Return the values of the region's cells in rows of known charts."""
    return sorted([*REGION_OF, *([""] if region_in("", shape) in REGION_OF else [])])


def _region_of(chart: str | None) -> str:
    """Return the region in a chart's name, such as global in `regional-global-weekly`."""
    words = re.split(r"[^a-z]+", (chart or "global").lower())
    return "global" if "global" in words else " ".join(words)


def _many(count: int, noun: str) -> str:
    """Return a count with its noun. (The report's function would import Polars, which takes 60 MB.)"""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return f"'{str(value).replace(chr(39), chr(39) * 2)}'"


def _parts(rows: _Rows, folder: Path, charts: dict[_Cells, str], head: Head, name: str) -> Iterator[Part]:
    """Yield the raw objects of one month."""
    month = folder.name.partition("=")[2]
    cells_of: dict[str, list[_Cells]] = defaultdict(list)
    for cells in rows.charts_of(folder):
        cells_of[charts[cells]].append(cells)
    for chart in sorted(cells_of.keys() & CHARTS.keys()):
        found = rows.of(folder, cells_of[chart])
        if len(found) > _MOST_ROWS:
            raise RawError(f"{chart} has {len(found):,} rows in the month {month}", _WHOLE_COPY)
        for number, group in enumerate(_groups(found, roles_of(head.columns)["date"])):
            part = folder / f"{chart}-{number}.json"
            part.write_bytes(encode(chart, head.shape, name, head.columns, group))
            yield Part(part, chart, f"{month}{f'-{number + 1}' if number else ''}")


def _groups(rows: list[list[str]], date: int) -> Iterator[list[list[str]]]:
    """Yield the rows, sorted, in groups of whole dates for a raw object each: one, except for huge rows."""
    group: list[list[str]] = []
    size = 0
    for row in sorted(rows, key=lambda row: (row[date], row)):
        if size > _ENOUGH and row[date] != group[-1][date]:
            yield group
            group, size = [], 0
        group.append(row)
        size += sum(map(len, row)) + 3 * len(row)
    if group:
        yield group
