"""The views in Athena: made once, and again when their text, comments or tables have changed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.servers.athena_engine import original_sql
from tests.servers.glue import GlueServer
from top50.catalog.athena import Athena
from top50.catalog.athena.views import FINGERPRINT, fingerprints, refresh_views
from top50.catalog.glue.tables import HIVE_TYPES, read_database
from top50.catalog.views import VIEWS, View
from top50.errors import CatalogError, CatalogUnavailable
from top50.tables.files import Published

from .conftest import DATABASE

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient


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
def catalog(crawled: dict[str, Published], client: "GlueClient", athena: Athena) -> Catalog:
    assert crawled
    return Catalog(client, athena)


def test_views_are_made_once_and_say_what_their_columns_mean(catalog: Catalog, glue: GlueServer) -> None:
    assert catalog.refresh() == list(VIEWS)
    made = catalog.views()
    assert set(made) == set(VIEWS)
    for view in VIEWS.values():
        columns = made[view.name]["StorageDescriptor"]["Columns"]
        assert {column["Name"]: column["Comment"] for column in columns} == view.columns
        parameters = made[view.name]["Parameters"]
        assert parameters == {
            "presto_view": "true",
            "comment": "Presto View",
            FINGERPRINT: fingerprints()[view.name],
        }
        assert original_sql(made[view.name]) == view.sql
    glue.calls.clear()
    glue.athena.executed.clear()
    assert catalog.refresh() == []
    assert glue.calls == ["GetTables", "GetPartitions"]
    assert glue.athena.executed == []
    assert catalog.views() == made


def test_a_view_that_is_not_ours_any_more_is_made_again_with_those_that_read_it(
    catalog: Catalog, client: "GlueClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.refresh()
    before = VIEWS["chart_movement"]

    class Changed(View):
        @property
        def sql(self) -> str:
            return f"SELECT * FROM (\n{before.sql}) AS before WHERE chart <> 'none'"

    after = Changed(before.name, before.comment, before.columns)
    monkeypatch.setitem(VIEWS, "chart_movement", after)
    assert catalog.refresh() == ["chart_movement", "dropped_out", "current_top_50"]
    assert original_sql(catalog.views()["chart_movement"]) == after.sql

    dates = VIEWS["chart_dates"]
    monkeypatch.setitem(
        VIEWS, "chart_dates", View(dates.name, dates.comment, {**dates.columns, "missing": "Not there."})
    )
    assert catalog.refresh() == ["chart_dates"]
    assert catalog.views()["chart_dates"]["StorageDescriptor"]["Columns"][-1]["Comment"] == "Not there."

    client.delete_table(DatabaseName=DATABASE, Name="artist_ranking")
    catalog.athena.run("CREATE OR REPLACE VIEW dropped_out AS SELECT 1 AS one")
    assert catalog.refresh() == ["dropped_out", "artist_ranking"]
    assert catalog.refresh() == []


def test_a_table_by_the_name_of_a_view_is_named_and_stays(catalog: Catalog, client: "GlueClient") -> None:
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


def test_all_views_are_made_again_when_a_tables_types_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprints()
    monkeypatch.setitem(HIVE_TYPES, pl.Int64(), "decimal(20,0)")
    after = fingerprints()
    assert all(before[name] != after[name] for name in VIEWS)
