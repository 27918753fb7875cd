"""`catalog.duckdb`: the tables themselves in one file, which can be copied, mailed and opened anywhere."""

import tempfile
from pathlib import Path

import duckdb

from top50.errors import CatalogError
from top50.lake import Lake
from top50.lake.base import Item
from top50.publish import TRANSFORMED
from top50.tables import TABLES, Table

CATALOG = "catalog.duckdb"

_SQL_TYPES = {
    "String": "VARCHAR",
    "Int32": "INTEGER",
    "Int64": "BIGINT",
    "Boolean": "BOOLEAN",
    "Date": "DATE",
    # Without a time zone, as Athena has it: every client shows the same, UTC.
    "Datetime(time_unit='us', time_zone='UTC')": "TIMESTAMP",
}


def refresh_duckdb(lake: Lake) -> dict[str, int]:
    """Make `catalog.duckdb` anew from the tables; it is put in place as a whole, while others read the old.

    Returns rows per table. Raises LakeError, CatalogError.
    """
    with tempfile.TemporaryDirectory(prefix="top50-") as folder:
        file = Path(folder, CATALOG)
        with duckdb.connect(str(file)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            counts = {table.name: _copy(connection, table, lake) for table in TABLES.values()}
        lake.write(CATALOG, file.read_bytes())
    return counts


def _copy(connection: duckdb.DuckDBPyConnection, table: Table, lake: Lake) -> int:
    columns = [f"{_quoted(name)} {_SQL_TYPES[str(dtype)]}" for name, dtype in table.types.items()]
    key = ", ".join(_quoted(name) for name in table.key)
    connection.execute(f"CREATE TABLE {table.name} ({', '.join(columns)}, PRIMARY KEY ({key}))")
    connection.execute(f"COMMENT ON TABLE {table.name} IS {_text(table.schema.__doc__ or '')}")
    for name, comment in table.comments.items():
        connection.execute(f"COMMENT ON COLUMN {table.name}.{_quoted(name)} IS {_text(comment)}")
    files = sorted(item for item in lake.list(f"{TRANSFORMED}{table.name}/"))
    return sum(_insert(connection, table, lake, item) for item in files)


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, lake: Lake, item: Item) -> int:
    parts = dict(part.split("=", 1) for part in item.key.split("/") if "=" in part)
    columns = [f"{_text(parts[name])}" if name in parts else _quoted(name) for name in table.types]
    try:
        connection.execute(
            f"INSERT INTO {table.name} SELECT {', '.join(columns)} FROM read_parquet(?)",  # noqa: S608 - own names
            [f"{lake.address}/{item.key}"],
        )
    except duckdb.Error as error:
        raise CatalogError(f"DuckDB cannot read {item.key}: {error}", "Run the rebuild.") from None
    row = connection.fetchone()
    return int(row[0]) if row else 0


def _quoted(name: str) -> str:
    return f'"{name}"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
