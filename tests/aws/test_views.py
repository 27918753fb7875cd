"""The views in Athena: the same names, columns and rows as in `catalog.duckdb`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest

from tests.servers.athena_types import as_text
from tests.servers.athena_views import original_sql
from tests.servers.glue import GlueServer
from tests.servers.querying import Answer, ask
from top50.catalog.athena import Athena
from top50.catalog.athena.views import FINGERPRINT, fingerprints, refresh_views
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.glue.crawlers import run_crawlers
from top50.catalog.glue.tables import HIVE_TYPES, read_database
from top50.catalog.views import VIEWS, View
from top50.errors import CatalogError, CatalogUnavailable
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake
from top50.simulator import chart_csv, snapshot
from top50.tables.publish import publish
from top50.transform import build_tables

from .conftest import CRAWLERS, DATABASE, QUICK

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_glue import GlueClient

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


@dataclass
class Catalog:
    """Tables in Glue, and Athena over them."""

    glue: "GlueClient"
    athena: Athena

    def refresh(self) -> list[str]:
        return refresh_views(self.glue, self.athena, read_database(self.glue, DATABASE), lambda _: None)

    def views(self) -> dict[str, Any]:
        tables = self.glue.get_tables(DatabaseName=DATABASE)["TableList"]
        return {table["Name"]: table for table in tables if table.get("TableType") == "VIRTUAL_VIEW"}


@pytest.fixture
def catalog(lake: S3Lake, client: "GlueClient", athena: Athena, tables: dict[str, pl.DataFrame]) -> Catalog:
    publish(lake, tables)
    run_crawlers(client, CRAWLERS, patience=QUICK)
    return Catalog(client, athena)


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
    catalog: Catalog, athena_client: "AthenaClient", lake: S3Lake, in_duckdb: duckdb.DuckDBPyConnection
) -> None:
    assert catalog.refresh() == list(VIEWS)
    output = f"{lake.address}/athena_results/"
    for view in VIEWS.values():
        there = ask(athena_client, f"SELECT * FROM {view.name}", output)
        here = same_in_duckdb(in_duckdb, view.name)
        assert list(there.columns) == list(view.columns), view.name
        assert there.columns == here.columns, view.name
        assert len(there.rows) == len(here.rows) > 0, view.name
        assert set(there.rows) == set(here.rows), view.name
    assert set(catalog.views()) == set(VIEWS)


def test_views_are_made_once_and_say_what_their_columns_mean(catalog: Catalog, glue: GlueServer) -> None:
    catalog.refresh()
    kept = catalog.views()
    for view in VIEWS.values():
        columns = kept[view.name]["StorageDescriptor"]["Columns"]
        assert {column["Name"]: column["Comment"] for column in columns} == view.columns
        parameters = kept[view.name]["Parameters"]
        assert parameters == {
            "presto_view": "true",
            "comment": "Presto View",
            FINGERPRINT: fingerprints()[view.name],
        }
        assert kept[view.name]["ViewOriginalText"].startswith("/* Presto View: ")
    glue.calls.clear()
    glue.athena.executed.clear()
    assert catalog.refresh() == []
    assert glue.calls == ["GetTables", "GetPartitions"]
    assert glue.athena.executed == []
    assert catalog.views() == kept


def changed(monkeypatch: pytest.MonkeyPatch, name: str) -> View:
    """Give a view another text."""
    before = VIEWS[name]

    class Changed(View):
        @property
        def sql(self) -> str:
            return f"SELECT * FROM (\n{before.sql}) AS before WHERE chart <> 'none'"

    after = Changed(name, before.comment, before.columns)
    monkeypatch.setitem(VIEWS, name, after)
    return after


def test_a_view_whose_text_has_changed_is_made_anew_with_those_that_read_it(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.refresh()
    after = changed(monkeypatch, "chart_movement")
    assert catalog.refresh() == ["chart_movement", "dropped_out", "current_top_50"]
    text = original_sql(catalog.views()["chart_movement"])
    assert text.strip() == after.sql.strip()
    assert catalog.refresh() == []


def test_a_view_whose_comments_have_changed_is_made_anew(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.refresh()
    before = VIEWS["chart_dates"]
    after = View(before.name, before.comment, {**before.columns, "missing": "Not there."})
    monkeypatch.setitem(VIEWS, "chart_dates", after)
    assert catalog.refresh() == ["chart_dates"]
    columns = catalog.views()["chart_dates"]["StorageDescriptor"]["Columns"]
    assert columns[-1]["Comment"] == "Not there."


def test_a_view_that_somebody_made_or_took_away_is_made_again(
    catalog: Catalog, glue: GlueServer, client: "GlueClient"
) -> None:
    catalog.refresh()
    client.delete_table(DatabaseName=DATABASE, Name="artist_ranking")
    catalog.athena.run("CREATE OR REPLACE VIEW dropped_out AS SELECT 1 AS one")
    glue.athena.executed.clear()
    assert catalog.refresh() == ["dropped_out", "artist_ranking"]
    assert len(glue.athena.executed) == 2


def test_a_table_by_the_name_of_a_view_is_told_and_kept(catalog: Catalog, client: "GlueClient") -> None:
    theirs: Any = {
        "Name": "top_50",
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {"Location": "s3://x/"},
    }
    client.create_table(DatabaseName=DATABASE, TableInput=theirs)
    told = (
        r"in Glue database spotify_top50 a table has the name of a view: top_50. Rename or delete that table"
    )
    with pytest.raises(CatalogError, match=told):
        catalog.refresh()
    assert catalog.views() == {}


def test_a_view_that_a_run_beside_ours_has_just_made_is_no_failure(
    catalog: Catalog, glue: GlueServer
) -> None:
    glue.athena.fail_next_query("View already exists: spotify_top50.song_identity")
    with pytest.raises(CatalogUnavailable, match="already exists"):
        catalog.refresh()
    assert catalog.refresh() == list(VIEWS)


def test_a_run_that_broke_off_between_a_view_and_its_fingerprint_is_made_good(
    catalog: Catalog, glue: GlueServer, client: "GlueClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        glue.throttle_next(1)
        client.get_database(Name=DATABASE)

    with monkeypatch.context() as patch:
        patch.setattr(client, "update_table", broken)
        with pytest.raises(CatalogUnavailable, match="ThrottlingException"):
            catalog.refresh()
    assert set(catalog.views()) == {"song_identity"}
    assert catalog.refresh() == list(VIEWS)


def test_all_views_are_made_anew_when_a_tables_types_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprints()
    monkeypatch.setitem(HIVE_TYPES, "Int64", "decimal(20,0)")
    after = fingerprints()
    assert all(before[name] != after[name] for name in VIEWS)


def test_the_lake_holds_what_makes_the_views_differ(in_duckdb: duckdb.DuckDBPyConnection) -> None:
    statuses = in_duckdb.sql("SELECT DISTINCT status FROM chart_movement").fetchall()
    assert {status for (status,) in statuses} >= {"new", "up", "down", "same", "unknown"}
    missing = in_duckdb.sql("SELECT chart, count(*) FROM chart_dates WHERE missing GROUP BY chart").fetchall()
    assert sorted(missing) == [("global-daily", 2), ("global-weekly", 1)]
