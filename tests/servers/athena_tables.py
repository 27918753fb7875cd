"""Glue's tables in DuckDB: the files that lie at their location, read with the types that Glue knows."""

from collections.abc import Iterator
from typing import Any

import duckdb

from . import athena_types as types
from .aws_json import Body
from .trino import RefusedError


def load_table(connection: duckdb.DuckDBPyConnection, s3: Any, table: Body, partitions: list[Body]) -> None:
    """Make the Glue table in DuckDB; only partitions that Glue knows are there. Raises RefusedError."""
    name = f"{quoted(table['DatabaseName'])}.{quoted(table['Name'])}"
    columns = ", ".join(f"{quoted(column)} {kind.duckdb}" for column, kind in columns_of(table).items())
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table['DatabaseName'])}")
    connection.execute(f"CREATE TABLE {name} ({columns})")
    for location, values in _locations(table, partitions):
        for file in _files(s3, location):
            connection.execute(f"INSERT INTO {name} {_rows(connection, file, table, values)}")


def columns_of(table: Body) -> dict[str, types.Type]:
    """All columns of a Glue table, partitions last."""
    columns = table["StorageDescriptor"]["Columns"] + table.get("PartitionKeys", [])
    return {column["Name"]: types.of_glue(column["Type"]) for column in columns}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _locations(table: Body, partitions: list[Body]) -> Iterator[tuple[str, list[str]]]:
    if not table.get("PartitionKeys"):
        yield table["StorageDescriptor"]["Location"], []
    for partition in partitions:
        yield partition["StorageDescriptor"]["Location"], partition["Values"]


def _files(s3: Any, location: str) -> Iterator[str]:
    bucket, _, folder = location.removeprefix("s3://").partition("/")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
        for entry in page.get("Contents", []):
            name = entry["Key"].rpartition("/")[2]
            if name and not name.startswith(("_", ".")):
                yield f"s3://{bucket}/{entry['Key']}"


def _rows(connection: duckdb.DuckDBPyConnection, file: str, table: Body, values: list[str]) -> str:
    source = f"read_parquet({text(file)}, hive_partitioning = false)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        raise RefusedError("HIVE_BAD_DATA", f"Not valid Parquet file: {file}: {error}") from None
    stored = {str(column).lower(): (str(column), str(kind)) for column, kind, *_ in described}
    partition = {
        key["Name"]: value for key, value in zip(table.get("PartitionKeys", []), values, strict=True)
    }
    parts = [
        _cast(text(partition[name]), kind)
        if name in partition
        else _column(file, name, kind, stored.get(name))
        for name, kind in columns_of(table).items()
    ]
    return f"SELECT {', '.join(parts)} FROM {source}"


def _column(file: str, name: str, kind: types.Type, stored: tuple[str, str] | None) -> str:
    if stored is None:
        return "NULL"  # as Athena has it: columns are found by name, and a file may be without
    if stored[1] not in kind.stored_as:
        raise RefusedError(
            "HIVE_BAD_DATA",
            f"Field {name}'s type {stored[1]} in parquet file {file} is incompatible with type "
            f"{kind.athena} defined in table schema",
        )
    if kind.athena == "timestamp":
        # Athena's timestamps end with the millisecond.
        return f"date_trunc('milliseconds', {_cast(quoted(stored[0]), kind)})"
    return _cast(quoted(stored[0]), kind)


def _cast(value: str, kind: types.Type) -> str:
    return f"CAST({value} AS {kind.duckdb})"
