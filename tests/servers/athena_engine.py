"""Athena's SQL in DuckDB, over the tables, views and partitions that Glue knows and their files on S3."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import duckdb
import sqlglot
from sqlglot import exp

from .aws_json import AwsError, Body, Moto

_DUCKDB_TYPES = {"string": "VARCHAR", "int": "INTEGER"}  # the others have the same name in capitals
_GLUE_TYPES = {duckdb_name: name for name, duckdb_name in _DUCKDB_TYPES.items()} | {"HUGEINT": "bigint"}
_VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+) AS\s+(.*)", re.DOTALL)
_BEGIN, _END = "/* Presto View: ", " */"


class Rows(NamedTuple):
    """What a query answers; nothing for a statement that makes a view."""

    names: list[str]
    values: Sequence[tuple[object, ...]]


class Engine:
    """Each statement has a DuckDB of its own, with nothing in it but the tables that it names.

    `hidden` holds table → the condition of the rows that can be seen. `folder` keeps the files that were
    read, by their ETags: DuckDB needs an extension to read S3 itself.
    """

    def __init__(self, glue: Moto, s3: Any, folder: Path) -> None:
        self.hidden: dict[str, str] = {}
        self._glue, self._s3, self._folder = glue, s3, folder

    def run(self, sql: str, database: str) -> Rows:
        """Run a query, or make a view. Raises duckdb.Error, SqlglotError, AwsError and ClientError."""
        view = _VIEW.match(sql)
        text, names = _in_duckdb(view[2] if view else sql)
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute("SET TimeZone = 'UTC'; CREATE MACRO normalize(text) AS nfc_normalize(text)")
            self._load(connection, database, names, set(), with_rows=not view)
            relation = connection.sql(text)
            if not view:
                return Rows(relation.columns, relation.fetchall())
            columns = zip(relation.columns, map(str, relation.types), strict=True)
            self._put_view(database, view[1], view[2], dict(columns))
        return Rows([], [])

    def _load(
        self,
        connection: duckdb.DuckDBPyConnection,
        database: str,
        names: frozenset[str],
        loaded: set[str],
        *,
        with_rows: bool,
    ) -> None:
        for name in names:
            if name in loaded:
                continue
            loaded.add(name)
            table = self._glue.call("GetTable", {"DatabaseName": database, "Name": name})["Table"]
            if table["TableType"] == "VIRTUAL_VIEW":
                text, read = _in_duckdb(original_sql(table))
                self._load(connection, database, read, loaded, with_rows=with_rows)
                connection.execute(f'CREATE VIEW "{name}" AS {text}')
                continue
            columns = [*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"]]
            kinds = [f'"{each["Name"]}" {_DUCKDB_TYPES.get(each["Type"], each["Type"])}' for each in columns]
            connection.execute(f'CREATE TABLE "{name}" ({", ".join(kinds)})')
            for select in self._selects(table) if with_rows else ():
                connection.execute(f'INSERT INTO "{name}" BY NAME {select}')
            connection.execute(f'DELETE FROM "{name}" WHERE NOT ({self.hidden.get(name, "true")})')

    def _selects(self, table: Body) -> Iterator[str]:
        """Yield a SELECT for each file that lies where Glue says, with the values of its partition."""
        where = {"DatabaseName": table["DatabaseName"], "TableName": table["Name"]}
        keys = [key["Name"] for key in table["PartitionKeys"]]
        parts = self._glue.call("GetPartitions", where)["Partitions"] if keys else [{**table, "Values": []}]
        for part in parts:
            values = "".join(f""", '{v}' AS "{key}\"""" for key, v in zip(keys, part["Values"], strict=True))
            bucket, _, prefix = part["StorageDescriptor"]["Location"].removeprefix("s3://").partition("/")
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for entry in page.get("Contents", []):
                    if not entry["Key"].rpartition("/")[2].startswith(("_", ".")):
                        file = self._fetched(bucket, entry)
                        yield f"SELECT *{values} FROM read_parquet('{file}', hive_partitioning = false)"

    def _fetched(self, bucket: str, entry: Body) -> Path:
        path = self._folder / str(entry["ETag"]).strip('"')  # the MD5 of what was put in one piece
        if not path.exists():
            path.write_bytes(self._s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
        return path

    def _put_view(self, database: str, name: str, sql: str, columns: dict[str, str]) -> None:
        kept = b64encode(json.dumps({"originalSql": sql, "schema": database}).encode()).decode()
        view = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "PartitionKeys": [],
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "StorageDescriptor": {
                "Columns": [
                    {"Name": column, "Type": _GLUE_TYPES.get(kind, kind.lower())}
                    for column, kind in columns.items()
                ],
                "Location": "",
                "SerdeInfo": {},
            },
            "ViewOriginalText": f"{_BEGIN}{kept}{_END}",
            "ViewExpandedText": "/* Presto View */",
        }
        where = {"DatabaseName": database, "TableInput": view}
        try:
            self._glue.call("UpdateTable", where)
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise
            self._glue.call("CreateTable", where)


@cache
def _in_duckdb(sql: str) -> tuple[str, frozenset[str]]:
    """Athena's SQL as DuckDB's, and the tables and views that it names."""
    query = sqlglot.parse_one(sql, read="athena")
    inner = {each.alias for each in query.find_all(exp.CTE)}
    return query.sql("duckdb"), frozenset({table.name for table in query.find_all(exp.Table)} - inner)


def original_sql(table: Body) -> str:
    """The query of a view in the Glue catalog."""
    encoded = table["ViewOriginalText"].removeprefix(_BEGIN).removesuffix(_END)
    return cast(str, json.loads(b64decode(encoded))["originalSql"])
