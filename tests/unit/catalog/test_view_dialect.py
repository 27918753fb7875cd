"""The views' SQL is Athena's and DuckDB's alike: refused by neither, and with the same rows."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.views import VIEWS
from top50.lake.directory import DirectoryLake

from ..builders import chart, csv_name, new_csv, published, track

# Of Trino's functions those that DuckDB has, some by another name (`View.duckdb_sql`), and the words before
# a parenthesis. A new one is looked up first: https://trino.io/docs/current/functions/list.html
FUNCTIONS = re.compile(
    "array_agg|array_join|cast|coalesce|count|date_diff|greatest|lag|lead|lower|lpad|max|min|min_by|normalize|"
    "row_number|split_part|sum|"
    "and|as|by|from|in|join|not|on|or|over|select|then|union|values|when|where"
)
ONLY_DUCKDB = re.compile(
    r"::|[\[{`]|\b(ilike|qualify|exclude|glob|sample|asof|anti|semi|positional|pivot)\b|by all"
)
DIFFERENT: tuple[type[exp.Expr], ...] = (
    exp.Div,  # of integers: whole in Athena, a fraction in DuckDB
    exp.Concat,  # with a null: null in Athena, left out in DuckDB
    exp.CurrentDate,  # a view shows the same tomorrow
    exp.CurrentTimestamp,
)
"""What both take and do not mean the same by."""

KINDS = {
    "text": exp.DataType.TEXT_TYPES,
    "number": exp.DataType.NUMERIC_TYPES,
    "time": exp.DataType.TEMPORAL_TYPES,
}


Columns = dict[str, object]
"""Table → its columns → their types."""


def refused(sql: str, schema: Columns) -> str:
    """Why Athena would not take a query that DuckDB may take; empty when it would."""
    if found := ONLY_DUCKDB.search(re.sub(r"'[^']*'|--.*", "", sql.lower())):
        return found[0]
    try:
        query = sqlglot.parse_one(sql, read="athena")
        inner = {each.alias for each in query.find_all(exp.CTE)}
        called = set(re.findall(r"(\w+) ?\(", sql.lower())) - inner
        # An alias is for ORDER BY only; DuckDB takes it in WHERE and GROUP BY as well.
        resolved = qualify(query, dialect="athena", schema=schema, expand_alias_refs=False)
        typed = annotate_types(resolved, schema=schema, dialect="athena")
    except SqlglotError as error:
        return str(error)
    mixed = (each for each in typed.find_all(exp.Predicate, exp.Coalesce, exp.Case) if len(_kinds(each)) > 1)
    unknown = [each for each in called if not FUNCTIONS.fullmatch(each)]
    return ", ".join(unknown) or next((each.sql() for each in mixed), "")


def _kinds(node: exp.Expr) -> set[str]:
    """What a node compares, or may be: Athena casts no text to a number or a time."""
    parts = node.iter_expressions()
    if isinstance(node, exp.Case):
        parts = iter(
            [*(each.args["true"] for each in node.args["ifs"]), *filter(None, [node.args.get("default")])]
        )
    return {kind for part in parts for kind, types in KINDS.items() if part.type and part.type.this in types}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    lake = DirectoryLake(Path(tmp_path_factory.mktemp("lake")), create=True)
    raws = []
    for day, first in (("2025-12-12", 1), ("2025-12-19", 11), ("2026-01-02", 6)):
        songs = [track(number) for number in range(first, first + 50)]
        raws.append(chart(songs, f"{day}T12:00:00Z", f"chart=global-weekly/{day}.json"))
    published(lake, *raws, (csv_name(date(2025, 12, 25)), new_csv()))
    refresh_duckdb(lake)
    with duckdb.connect(str(lake.root / CATALOG), read_only=True) as connection:
        connection.execute("CREATE TEMP MACRO normalize(text) AS nfc_normalize(text)")
        connection.execute("CREATE TEMP MACRO array_join(list, comma) AS array_to_string(list, comma)")
        yield connection


@pytest.fixture(scope="module")
def schema(catalog: duckdb.DuckDBPyConnection) -> Columns:
    found = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in catalog.execute(found).fetchall():
        columns.setdefault(table, {})[column] = kind
    return dict(columns)


def rows(catalog: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return sorted(catalog.execute(sql).fetchall(), key=repr)


@pytest.mark.parametrize("name", VIEWS)
def test_athena_takes_it_and_it_means_the_same(
    name: str, catalog: duckdb.DuckDBPyConnection, schema: Columns
) -> None:
    sql = VIEWS[name].sql
    assert not refused(sql, schema)
    query = sqlglot.parse_one(sql, read="athena")
    assert not list(query.find_all(*DIFFERENT))
    expected = rows(catalog, VIEWS[name].duckdb_sql)
    assert expected
    assert rows(catalog, query.sql("duckdb")) == expected
    assert [each[0] for each in catalog.execute(query.sql("duckdb")).description] == list(VIEWS[name].columns)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT strftime(chart_date, '%Y') AS y FROM chart_entries",
        "SELECT rank::bigint AS r FROM chart_entries",
        "SELECT nobody FROM chart_entries",
        "SELECT rank + 1 AS more FROM chart_entries GROUP BY more",
        "SELECT rank FROM chart_entries QUALIFY row_number() OVER (ORDER BY rank) = 1",
        "SELECT rank FROM chart_entries WHERE year = 2026",
        "SELECT rank FROM chart_entries WHERE chart_date IN ('2026-01-01')",
        "SELECT coalesce(rank, year) AS either FROM chart_entries",
        "SELECT CASE WHEN rank > 1 THEN rank ELSE year END AS either FROM chart_entries",
    ],
)
def test_what_athena_would_refuse_is_found(sql: str, schema: Columns) -> None:
    assert refused(sql, schema)
