"""A merged archive → raw objects of one chart and month, in one pass over a file of any size.

DuckDB reads the file and writes the rows of the charts that the lake knows to a folder, a file for each chart
and month; memory follows DuckDB's buffers and the largest of these files, not the archive.
"""

import csv
import gzip
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from top50.backlog import LARGEST
from top50.charts import CHARTS
from top50.errors import RawError
from top50.merged import encode, period_in, region_in, roles_of, shape_of

if TYPE_CHECKING:
    import duckdb

GZIP = b"\x1f\x8b"

# DuckDB's part of the memory; the scan takes some 60 MB of it with two threads.
_MEMORY = "100MB"
_THREADS = 2
_BUFFER = 4 * 2**20
_ROWS_BEFORE_WRITING = 20_000

_HEAD = 64 * 2**10
# Of a raw object before its last date: one date more stays below the largest that is read.
_ENOUGH = LARGEST // 2
_LARGEST_MONTH = 64 * 2**20
_MOST_NAMED = 5
_MOST_LINES = 1000
_MONTH = r"^\d{4}-\d\d"
_WHOLE_COPY = "Take a whole copy of the file."


class Head(NamedTuple):
    """How a merged archive begins: its shape, its columns, and what separates them."""

    shape: str
    columns: list[str]
    delimiter: str
    compressed: bool


class Part(NamedTuple):
    """A raw object cut from an archive: where it lies for now, and which chart and month it is."""

    file: Path
    chart: str
    month: str


class Split(NamedTuple):
    """What an archive gives: its raw objects, charts that the lake does not know, and unreadable lines."""

    parts: list[Part]
    others: list[str]
    unread: int

    @property
    def left_out(self) -> str:
        """What is left out, in one line; empty: nothing."""
        named = ", ".join(self.others[:_MOST_NAMED]) + (", …" if len(self.others) > _MOST_NAMED else "")
        charts = f"{_many(len(self.others), 'chart')} that this lake does not know ({named})"
        more = "" if self.unread < _MOST_LINES else " or more"
        lines = f"{_many(self.unread, 'line')}{more} with too many or too few cells"
        found = [charts if self.others else "", lines if self.unread else ""]
        return " and ".join(filter(None, found))


def head_of(file: Path) -> Head | None:
    """Return how a file begins if it is a merged archive, plain or gzipped; raises OSError."""
    with file.open("rb") as opened:
        start = opened.read(_HEAD)
        compressed = start.startswith(GZIP)
        if compressed:
            opened.seek(0)
            try:
                start = gzip.GzipFile(fileobj=opened).read(_HEAD)
            except EOFError:
                return None
    line = start.partition(b"\n")[0]
    try:
        text = line.decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError:
        return None
    delimiter = max(",;\t|", key=text.count)
    columns = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    shape = shape_of(columns, file.name)
    return Head(shape, columns, delimiter, compressed) if shape else None


def split(file: Path, head: Head, folder: Path) -> Split:
    """Cut an archive into raw objects below an empty folder; raises RawError for one that cannot be read."""
    import duckdb  # noqa: PLC0415 - 30 MB that other imports do not need

    archive = folder / f"archive.csv{'.gz' if head.compressed else ''}"
    archive.symlink_to(file.absolute())  # DuckDB takes * and [ in a name for a pattern
    try:
        with duckdb.connect() as connection:
            scan = _Scan(connection, archive, head)
            charts = scan.charts(file.name)
            known = {each: name for each, name in charts.items() if name in CHARTS}
            if known:
                scan.write(known, folder / "rows")
            unread = scan.unread()
    except duckdb.Error as error:
        raise RawError(f"no CSV that can be read: {error}", _WHOLE_COPY) from None
    parts = [part for rows in sorted((folder / "rows").glob("*/*")) for part in _parts(rows, head, file.name)]
    return Split(parts, sorted({name for name in charts.values() if name not in CHARTS}), unread)


class _Scan:
    """One archive as DuckDB reads it: every cell a text, whatever is in it."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", file: Path, head: Head) -> None:
        self._connection, self._head = connection, head
        for name, value in {
            "memory_limit": _MEMORY,
            "threads": min(_THREADS, os.cpu_count() or 1),
            "preserve_insertion_order": False,
            "partitioned_write_flush_threshold": _ROWS_BEFORE_WRITING,
            "temp_directory": str(file.parent / "duckdb"),
        }.items():
            connection.execute(f"SET {name} = {_literal(value)}")
        columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(head.columns)))
        self._table = (
            f"read_csv({_literal(str(file))}, auto_detect = false, header = true, columns = {{{columns}}}, "
            f"delim = {_literal(head.delimiter)}, quote = '\"', escape = '\"', strict_mode = false, "
            f"compression = '{'gzip' if head.compressed else 'none'}', buffer_size = {_BUFFER}, "
            f"store_rejects = true, rejects_limit = {_MOST_LINES})"
        )
        roles = roles_of(head.columns)
        self._region, self._chart, self._date = (
            f"c{roles[role]}" if role in roles else "''" for role in ("region", "chart", "date")
        )

    def charts(self, name: str) -> dict[tuple[str | None, str | None], str]:
        """Return the charts that the file holds: what its cells say → what the chart is called here."""
        found = self._connection.execute(
            f"SELECT {self._region}, {self._chart}, min({self._date}), count(DISTINCT {self._date}),"  # noqa: S608
            f" bool_and(dayofweek(try_cast(left({self._date}, 10) AS DATE)) = 4)"
            f" FROM {self._table} GROUP BY ALL"
        ).fetchall()
        columns, shape = self._head.columns, self._head.shape
        has_region = "region" in roles_of(columns)
        charts = {}
        for region, chart, day, days, on_thursdays in found:
            # Where nothing says the period, charts that all end on a Thursday are weekly ones.
            guessed = "weekly" if on_thursdays and days > 1 else "daily"
            period = period_in(chart, columns, name, day or "") or guessed
            where = region_in(region, shape) if has_region else _region_of(chart)
            charts[region, chart] = f"{where or 'unknown'}-{period}"
        return charts

    def write(self, known: dict[tuple[str | None, str | None], str], folder: Path) -> None:
        """Write the rows of known charts below the folder, as `chart=…/month=…/*.csv` without a header."""
        cases = " ".join(
            f"WHEN {self._region} IS NOT DISTINCT FROM {_literal(region)}"
            f" AND {self._chart} IS NOT DISTINCT FROM {_literal(chart)} THEN {_literal(name)}"
            for (region, chart), name in known.items()
        )
        has_month = f"regexp_matches({self._date}, '{_MONTH}')"
        month = f"CASE WHEN {has_month} THEN left({self._date}, 7) ELSE 'undated' END"
        self._connection.execute(
            f"COPY (SELECT * FROM (SELECT *, CASE {cases} END AS chart, {month} AS month FROM {self._table})"  # noqa: S608
            f" WHERE chart IS NOT NULL) TO {_literal(str(folder))}"
            " (FORMAT csv, HEADER false, PARTITION_BY (chart, month))"
        )

    def unread(self) -> int:
        """Return how many lines could not be read, as far as they are counted."""
        found = self._connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
        return int(found[0]) if found else 0


def _region_of(chart: str | None) -> str:
    """Return the region in the name of a chart: that of `regional-global-weekly` is global."""
    words = re.split(r"[^a-z]+", (chart or "global").lower())
    return "global" if "global" in words else " ".join(words)


def _many(count: int, noun: str) -> str:
    """Return a count with its noun. That of the report brings Polars, which is 60 MB here."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return f"'{str(value).replace(chr(39), chr(39) * 2)}'"


def _parts(rows: Path, head: Head, name: str) -> Iterator[Part]:
    """Yield the raw objects of one chart and month, in the place of its rows."""
    chart, month = (each.partition("=")[2] for each in (rows.parent.name, rows.name))
    files = sorted(rows.glob("*.csv"))
    if sum(file.stat().st_size for file in files) > _LARGEST_MONTH:
        raise RawError(f"its {chart} has too many rows for one month ({month})", _WHOLE_COPY)
    found = [row for file in files for row in _cells(file)]
    for number, group in enumerate(_groups(found, roles_of(head.columns)["date"])):
        part = rows / f"{month}{f'-{number + 1}' if number else ''}.json"
        part.write_bytes(encode(chart, head.shape, name, head.columns, group))
        yield Part(part, chart, part.stem)
    for file in files:
        file.unlink()


def _cells(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        yield from csv.reader(opened)


def _groups(rows: list[list[str]], date: int) -> Iterator[list[list[str]]]:
    """Cut sorted rows between dates into raw objects that are not too large: one, but for huge rows."""
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
