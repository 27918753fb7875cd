"""The views' SQL is Athena's and DuckDB's alike: refused by neither, and with the same rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest
from sqlglot import exp

from tests.servers.trino import parsed
from tests.servers.trino_types import typed
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.views import VIEWS
from top50.lake.directory import DirectoryLake

from ..builders import chart, published, track

DIFFERENT: tuple[type[exp.Expr], ...] = (
    exp.Div,  # of integers: whole in Athena, a fraction in DuckDB
    exp.Concat,  # with a null: null in Athena, left out in DuckDB
    exp.Greatest,  # the same
    exp.Least,  # the same
    exp.CurrentDate,  # a view shows the same tomorrow
    exp.CurrentTimestamp,
    exp.AnyValue,
    exp.ApproxDistinct,
    exp.Rand,
)
"""What both take and do not mean the same by, or nothing certain."""

ATHENA_TYPES = {"VARCHAR": "varchar", "INTEGER": "integer", "BIGINT": "bigint", "DATE": "date"}
ATHENA_TYPES |= {"BOOLEAN": "boolean", "TIMESTAMP": "timestamp"}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    lake = DirectoryLake(Path(tmp_path_factory.mktemp("lake")), create=True)
    raws = []
    for day, first in (("2025-12-12", 1), ("2025-12-19", 11), ("2026-01-02", 6)):
        songs = [track(number) for number in range(first, first + 50)]
        raws.append(chart(songs, f"{day}T12:00:00Z", f"chart=global-weekly/{day}.json"))
    published(lake, *raws)
    refresh_duckdb(lake)
    with duckdb.connect(str(lake.root / CATALOG), read_only=True) as connection:
        connection.execute("CREATE TEMP MACRO normalize(text) AS nfc_normalize(text)")
        yield connection


def rows(catalog: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return sorted(catalog.execute(sql).fetchall(), key=repr)


def in_athena(catalog: duckdb.DuckDBPyConnection, name: str) -> exp.Query:
    """The view's query with the columns and types that Athena would see in it."""
    found = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    schema: dict[str, dict[str, str]] = {}
    for table, column, kind in catalog.execute(found).fetchall():
        schema.setdefault(table, {})[column] = ATHENA_TYPES[kind]
    return typed(cast(exp.Query, parsed(VIEWS[name].sql)), "main", {"main": schema})


@pytest.mark.parametrize("name", VIEWS)
def test_athena_takes_it_and_it_means_the_same(name: str, catalog: duckdb.DuckDBPyConnection) -> None:
    query = in_athena(catalog, name)
    assert not list(query.find_all(*DIFFERENT))
    assert query.named_selects == list(VIEWS[name].columns)
    known = rows(catalog, VIEWS[name].duckdb_sql)
    assert known
    assert rows(catalog, query.sql("duckdb")) == known
    assert rows(catalog, parsed(parsed(VIEWS[name].sql).sql("athena")).sql("duckdb")) == known
