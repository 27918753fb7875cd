"""Whether Athena counts every row that was published, and no other."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from top50.catalog.athena import Athena
from top50.catalog.aws import RUN_AGAIN
from top50.errors import CatalogError, LakeConflict
from top50.lake.base import Lake
from top50.tables.files import TRANSFORMED, table_file
from top50.tables.parquet import FOOTER, metadata_size, rows_in
from top50.tables.schemas import Table

# Bytes at the end of a file that most often hold all of its footer.
_GUESS = 65_536

_ATTEMPTS = 5
_THREADS = 8


def check_counts(
    athena: Athena, lake: Lake, tables: Sequence[Table], rows: Mapping[str, int]
) -> dict[str, int]:
    """Let Athena count the rows of tables; return key of a file → its rows in Athena.

    rows: key → rows of each file of these tables. Another run may have written since: files whose count
    differs are read again, and Athena counts once more. Raises CatalogError, CatalogUnavailable, LakeError.
    """
    counted = _count(athena, tables)
    differing = [key for key in {**rows, **counted} if rows.get(key, 0) != counted.get(key, 0)]
    if differing:
        actual = rows_of(lake, differing)
        counted |= dict.fromkeys(differing, 0) | _count(athena, tables)
        wrong = []
        for key in differing:
            if counted[key] != actual[key]:
                _, table, *folders, _ = key.split("/")
                where = f"{table}, partition {'/'.join(folders)}" if folders else table
                wrong.append(f"Athena sees {counted[key]} rows of {where}, published are {actual[key]}")
        if wrong:
            place = f"{lake.address}/{TRANSFORMED}"
            remedy = f"Look for files that are not ours below {place}, then run it again."
            raise CatalogError("; ".join(wrong), remedy)
    return counted


def _count(athena: Athena, tables: Sequence[Table]) -> dict[str, int]:
    queries = []
    for table in tables:
        keys = ", ".join(f'"{name}"' for name in table.partitions)
        columns, group = (f"{keys}, ", f" GROUP BY {keys}") if keys else ("", "")
        queries.append(f'SELECT {columns}count(*) AS entries FROM "{table.name}"{group}')  # noqa: S608 - own names
    return {
        table_file(table, **dict(zip(table.partitions, map(str, values), strict=True))).key: int(count or 0)
        for table, rows in zip(tables, athena.ask(queries), strict=True)
        for *values, count in rows
    }


def rows_of(lake: Lake, keys: Iterable[str]) -> dict[str, int]:
    """Return key → rows, from the files' footers; 0 where there is no file. Raises LakeError."""
    listed = list(keys)
    with ThreadPoolExecutor(_THREADS) as pool:
        return dict(zip(listed, pool.map(lambda key: _rows(lake, key), listed), strict=True))


def _rows(lake: Lake, key: str) -> int:
    for _ in range(_ATTEMPTS):
        version = lake.version(key)
        if version is None:
            return 0
        end = lake.tail(key, version, _GUESS)
        if end is not None and len(end) >= FOOTER and metadata_size(end) > len(end):
            end = lake.tail(key, version, metadata_size(end))
        if end is not None:  # else the file was replaced meanwhile
            return rows_in(end, key)
    raise LakeConflict(f"{key} is written all the time", RUN_AGAIN)
