"""The Glue catalog as Athena uses it: tables to read, and views kept as tables of their own kind."""

import base64
import json

from sqlglot import tokenize

from .athena_types import of_duckdb
from .aws_json import AwsError, Body, Moto
from .trino import RefusedError

_BEGIN, _END = "/* Presto View: ", " */"
_GLUE_TYPES = {
    of_duckdb(name).athena: of_duckdb(name).glue
    for name in ("VARCHAR", "BOOLEAN", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "DATE", "TIMESTAMP")
}


class GlueTables:
    """What Athena reads from Glue and writes to it; names in lower case."""

    def __init__(self, glue: Moto) -> None:
        self._glue = glue

    def get(self, database: str, name: str) -> Body:
        """Raises RefusedError when there is none."""
        found = self._find(database, name)
        if found is None:
            message = f"Table 'awsdatacatalog.{database}.{name}' does not exist"
            raise RefusedError("TABLE_NOT_FOUND", message)
        return found

    def partitions(self, database: str, name: str) -> list[Body]:
        where = {"DatabaseName": database, "TableName": name}
        partitions: list[Body] = self._glue.call("GetPartitions", where)["Partitions"]
        return partitions

    def put_view(
        self, database: str, name: str, sql: str, columns: list[tuple[str, str]], *, replace: bool
    ) -> None:
        before = self._find(database, name)
        if before and before.get("TableType") != "VIRTUAL_VIEW":
            raise RefusedError("ALREADY_EXISTS", f"Table already exists: {database}.{name}")
        if before and not replace:
            raise RefusedError("ALREADY_EXISTS", f"View already exists: {database}.{name}")
        action = "UpdateTable" if before else "CreateTable"
        view = _table_input(database, name, _query_of(sql), columns)
        self._glue.call(action, {"DatabaseName": database, "TableInput": view})

    def drop_view(self, database: str, name: str, *, if_exists: bool) -> None:
        found = self._find(database, name)
        if found and found.get("TableType") == "VIRTUAL_VIEW":
            self._glue.call("DeleteTable", {"DatabaseName": database, "Name": name})
        elif found or not if_exists:
            raise RefusedError("TABLE_NOT_FOUND", f"View '{database}.{name}' does not exist")

    def _find(self, database: str, name: str) -> Body | None:
        try:
            found: Body = self._glue.call("GetTable", {"DatabaseName": database, "Name": name})["Table"]
        except AwsError as error:
            if error.code != "EntityNotFoundException":
                raise
            return None
        return found


def original_sql(table: Body) -> str:
    """The query of a view in the Glue catalog."""
    encoded = table["ViewOriginalText"].removeprefix(_BEGIN).removesuffix(_END)
    return str(json.loads(base64.b64decode(encoded))["originalSql"])


def _query_of(sql: str) -> str:
    """What comes after CREATE … AS, letter by letter."""
    tokens = tokenize(sql, read="trino")
    begin = next(token.end + 1 for token in tokens if token.text.lower() == "as")
    return sql[begin:].strip().removesuffix(";")


def _table_input(database: str, name: str, query: str, columns: list[tuple[str, str]]) -> Body:
    view = {
        "originalSql": query,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": column, "type": kind} for column, kind in columns],
    }
    encoded = base64.b64encode(json.dumps(view).encode()).decode()
    return {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "PartitionKeys": [],
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": _GLUE_TYPES[kind]} for column, kind in columns],
            "Location": "",
            "SerdeInfo": {},
        },
        "ViewOriginalText": _BEGIN + encoded + _END,
        "ViewExpandedText": "/* Presto View */",
    }
