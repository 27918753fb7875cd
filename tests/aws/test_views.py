"""The views in Athena: the same names, columns and rows as in `catalog.duckdb`."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from tests.servers.athena_types import as_text
from tests.servers.glue import GlueServer
from tests.servers.querying import Answer, ask
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.glue import Patience, refresh_glue
from top50.catalog.views import VIEWS
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake
from top50.publish import publish
from top50.simulator import chart_csv, snapshot
from top50.transform import build_tables

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_glue import GlueClient

QUICK = Patience(first_look=0.02, longest_between_looks=0.05, altogether=20)
NEWEST = datetime(2026, 1, 9, 22, tzinfo=UTC)
WEEKS_AGO = (4, 3, 1, 0)  # two weeks ago is the gap; the year ends in between
DAYS_AGO = (6, 5, 2, 1, 0)


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    weeks = [NEWEST - timedelta(weeks=ago) for ago in WEEKS_AGO]
    days = [NEWEST - timedelta(days=ago) for ago in DAYS_AGO]
    raws = [(f"chart=global-weekly/{at}.json", snapshot("global-weekly", at)) for at in weeks]
    raws += [(f"chart=global-daily/{at}.json", snapshot("global-daily", at)) for at in days]
    return build_tables([*raws, chart_csv("global-weekly", weeks[-1])]).tables


@pytest.fixture
def athena(
    lake: S3Lake, glue: GlueServer, client: "GlueClient", tables: dict[str, pl.DataFrame]
) -> Iterator["AthenaClient"]:
    publish(lake, tables)
    refresh_glue(client, patience=QUICK)
    with closing(glue.athena_client()) as athena:
        yield athena


@pytest.fixture
def in_duckdb(tmp_path: Path, tables: dict[str, pl.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    lake = DirectoryLake(tmp_path / "lake", create=True)
    publish(lake, tables)
    refresh_duckdb(lake)
    with duckdb.connect(str(lake.root / CATALOG), read_only=True) as connection:
        yield connection


def same_in_duckdb(connection: duckdb.DuckDBPyConnection, view: str) -> Answer:
    relation = connection.table(view)
    kinds = [str(kind).lower() for kind in relation.types]
    rows = [tuple(as_text(value) for value in row) for row in relation.fetchall()]
    return Answer(dict(zip(relation.columns, kinds, strict=True)), rows)


def test_every_view_has_the_same_columns_and_rows_in_athena(
    athena: "AthenaClient", lake: S3Lake, client: "GlueClient", in_duckdb: duckdb.DuckDBPyConnection
) -> None:
    output = f"{lake.address}/athena-results/"
    for view in VIEWS.values():
        ask(athena, f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}", output)
    for view in VIEWS.values():
        there, here = ask(athena, f"SELECT * FROM {view.name}", output), same_in_duckdb(in_duckdb, view.name)
        assert list(there.columns) == list(view.columns), view.name
        assert there.columns == here.columns, view.name
        assert len(there.rows) == len(here.rows) > 0, view.name
        assert set(there.rows) == set(here.rows), view.name
    glue_tables = client.get_tables(DatabaseName="spotify_top50")["TableList"]
    kept = {table["Name"] for table in glue_tables if table["TableType"] == "VIRTUAL_VIEW"}
    assert kept == set(VIEWS)


def test_the_lake_holds_what_makes_the_views_differ(in_duckdb: duckdb.DuckDBPyConnection) -> None:
    statuses = in_duckdb.sql("SELECT DISTINCT status FROM chart_movement").fetchall()
    assert {status for (status,) in statuses} >= {"new", "up", "down", "same", "unknown"}
    missing = in_duckdb.sql("SELECT chart, count(*) FROM chart_dates WHERE missing GROUP BY chart").fetchall()
    assert sorted(missing) == [("global-daily", 2), ("global-weekly", 1)]
