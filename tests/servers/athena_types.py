"""Types by their names in Glue, in Athena and in DuckDB, and values as Athena writes them."""

from datetime import date, datetime
from typing import NamedTuple

from .trino import RefusedError


class Type(NamedTuple):
    """A column's type: in Glue, in Athena, in DuckDB, and what may stand in the Parquet file instead."""

    glue: str
    athena: str
    duckdb: str
    stored_as: frozenset[str]


_TYPES = [
    Type("string", "varchar", "VARCHAR", frozenset({"VARCHAR"})),
    Type("boolean", "boolean", "BOOLEAN", frozenset({"BOOLEAN"})),
    Type("tinyint", "tinyint", "TINYINT", frozenset({"TINYINT"})),
    Type("smallint", "smallint", "SMALLINT", frozenset({"SMALLINT", "TINYINT"})),
    Type("int", "integer", "INTEGER", frozenset({"INTEGER", "SMALLINT", "TINYINT"})),
    Type("bigint", "bigint", "BIGINT", frozenset({"BIGINT", "INTEGER", "SMALLINT", "TINYINT"})),
    Type("float", "real", "FLOAT", frozenset({"FLOAT"})),
    Type("double", "double", "DOUBLE", frozenset({"DOUBLE", "FLOAT"})),
    Type("date", "date", "DATE", frozenset({"DATE"})),
    Type("timestamp", "timestamp", "TIMESTAMP", frozenset({"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"})),
]
_BY_GLUE = {each.glue: each for each in _TYPES}
# DuckDB sums integers in more bits than Trino.
_BY_DUCKDB = {each.duckdb: each for each in _TYPES} | {"HUGEINT": _BY_GLUE["bigint"]}


def of_glue(name: str) -> Type:
    """Raises RefusedError for a type that no table of ours has."""
    if name not in _BY_GLUE:
        raise RefusedError("NOT_SUPPORTED", f"this stand-in has no type {name}")
    return _BY_GLUE[name]


def of_duckdb(name: str) -> Type:
    if name not in _BY_DUCKDB:
        raise RefusedError("NOT_SUPPORTED", f"Unsupported Hive type: {name.lower()}")
    return _BY_DUCKDB[name]


def as_text(value: object) -> str | None:
    """A value as GetQueryResults and the result file have it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
