"""Whether Athena sees every row that was published, and no other."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from top50.catalog.athena import Athena
from top50.errors import CatalogError, LakeConflict
from top50.lake.base import Lake
from top50.tables import Table
from top50.tables.files import TRANSFORMED, table_file
from top50.tables.parquet import FOOTER, metadata_size, rows_in

_GUESS = 65_536
"""Bytes at the end of a file that most often hold all of its footer."""

_ATTEMPTS = 5
_AT_ONCE = 8


def check_counts(
    athena: Athena, lake: Lake, tables: Sequence[Table], rows: Mapping[str, int]
) -> dict[str, int]:
    """Let Athena count the rows of tables; return key of a file → rows that it sees.

    rows: key → rows of each file of these tables. A run beside ours may have written since: what differs
    is read anew, and Athena asked once more. Raises CatalogError.
    """
    seen = _seen(athena, tables)
    doubtful = _differing(rows, seen)
    if doubtful:
        known = rows_of(lake, doubtful)
        seen |= dict.fromkeys(doubtful, 0) | _seen(athena, tables)
        wrong = {key: (seen[key], known[key]) for key in doubtful if seen[key] != known[key]}
        if wrong:
            raise _difference(lake, wrong)
    return seen


def _differing(known: Mapping[str, int], seen: Mapping[str, int]) -> list[str]:
    return [key for key in {**known, **seen} if known.get(key, 0) != seen.get(key, 0)]


def _seen(athena: Athena, tables: Sequence[Table]) -> dict[str, int]:
    answers = athena.ask([_query(table) for table in tables])
    return {
        table_file(table, **dict(zip(table.partitions, map(str, values), strict=True))).key: int(count or 0)
        for table, rows in zip(tables, answers, strict=True)
        for *values, count in rows
    }


def _query(table: Table) -> str:
    keys = "".join(f'"{name}", ' for name in table.partitions)
    group = f" GROUP BY {keys.rstrip(', ')}" if keys else ""
    return f'SELECT {keys}count(*) AS entries FROM "{table.name}"{group}'  # noqa: S608 - own names


def rows_of(lake: Lake, keys: Iterable[str]) -> dict[str, int]:
    """Return key → rows, as the footers say it; 0 where there is no file. Raises LakeError."""
    asked = list(keys)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return dict(zip(asked, pool.map(lambda key: _rows(lake, key), asked), strict=True))


def _rows(lake: Lake, key: str) -> int:
    for _ in range(_ATTEMPTS):
        version = lake.version(key)
        if version is None:
            return 0
        footer = _footer(lake, key, version)
        if footer is not None:
            return rows_in(footer, key)
    raise LakeConflict(f"{key} is written all the time", "Run it again; the tables are published.")


def _footer(lake: Lake, key: str, version: str) -> bytes | None:
    end = lake.tail(key, version, _GUESS)
    if end is None or len(end) < FOOTER or metadata_size(end) <= len(end):
        return end
    return lake.tail(key, version, metadata_size(end))


def _difference(lake: Lake, wrong: Mapping[str, tuple[int, int]]) -> CatalogError:
    told = [
        f"Athena sees {seen} rows of {_named(key)}, published are {rows}"
        for key, (seen, rows) in wrong.items()
    ]
    return CatalogError(
        "; ".join(told),
        f"Look for files that are not ours below {lake.address}/{TRANSFORMED}, then run it again.",
    )


def _named(key: str) -> str:
    _, table, *folders, _ = key.split("/")
    return f"{table}, partition {'/'.join(folders)}" if folders else table
