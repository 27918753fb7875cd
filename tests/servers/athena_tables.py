"""Glue's tables in DuckDB: the files that lie at their location, read with the types that Glue knows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from . import athena_types as types
from .aws_json import Body
from .trino import RefusedError


class _File(NamedTuple):
    address: str
    path: Path


class Files:
    """Files on S3, each fetched once into a folder: DuckDB needs an extension to read S3 itself."""

    def __init__(self, s3: Any, folder: Path) -> None:
        self._s3, self._folder = s3, folder

    def below(self, location: str) -> Iterator[_File]:
        """What lies there, but for what Athena passes over."""
        bucket, _, folder = location.removeprefix("s3://").partition("/")
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
            for entry in page.get("Contents", []):
                name = entry["Key"].rpartition("/")[2]
                if name and not name.startswith(("_", ".")):
                    yield _File(f"s3://{bucket}/{entry['Key']}", self._fetched(bucket, entry))

    def _fetched(self, bucket: str, entry: Body) -> Path:
        """The ETag of what was put in one piece is the MD5 of its content."""
        if not (path := self._path(entry)).exists():
            answer = self._s3.get_object(Bucket=bucket, Key=entry["Key"])
            path = self._path(answer)
            path.write_bytes(answer["Body"].read())
        return path

    def _path(self, told: Body) -> Path:
        return self._folder / str(told["ETag"]).strip('"')


def make_table(connection: duckdb.DuckDBPyConnection, table: Body) -> None:
    """Make the Glue table in DuckDB, with no rows."""
    columns = ", ".join(f"{quoted(column)} {kind.duckdb}" for column, kind in columns_of(table).items())
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table['DatabaseName'])}")
    connection.execute(f"CREATE TABLE {_name(table)} ({columns})")


def fill_table(
    connection: duckdb.DuckDBPyConnection, files: Files, table: Body, partitions: list[Body]
) -> None:
    """Give it its rows; only partitions that Glue knows are there. Raises RefusedError."""
    for location, values in _locations(table, partitions):
        for file in files.below(location):
            connection.execute(f"INSERT INTO {_name(table)} {_rows(connection, file, table, values)}")


def _name(table: Body) -> str:
    return f"{quoted(table['DatabaseName'])}.{quoted(table['Name'])}"


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


def _rows(connection: duckdb.DuckDBPyConnection, file: _File, table: Body, values: list[str]) -> str:
    source = f"read_parquet({text(str(file.path))}, hive_partitioning = false)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except duckdb.Error as error:
        raise RefusedError("HIVE_BAD_DATA", f"Not valid Parquet file: {file.address}: {error}") from None
    stored = {str(column).lower(): (str(column), str(kind)) for column, kind, *_ in described}
    partition = {
        key["Name"]: value for key, value in zip(table.get("PartitionKeys", []), values, strict=True)
    }
    parts = [
        _cast(text(partition[name]), kind)
        if name in partition
        else _column(file.address, name, kind, stored.get(name))
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
