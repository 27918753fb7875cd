"""The catalog on AWS as a whole: refreshed, checked, counted, told in one line."""

from typing import Any

import boto3
import pytest

from tests.servers.glue import GlueServer
from top50.catalog.glue import GlueCatalog, why_not_athena
from top50.errors import CatalogError
from top50.files import Published
from top50.lake.s3 import S3Lake
from top50.settings import Settings

from .conftest import DATABASE


class Runs:
    """Refreshes and proves the catalog as a run does; `told` are the lines of its log."""

    def __init__(self, lake: S3Lake) -> None:
        self.lake = lake
        self.told: list[str] = []

    def __call__(self, published: dict[str, Published], **settings: Any) -> str:
        self.told.clear()
        chosen = Settings.model_validate({"lake": self.lake.address, "glue_database": DATABASE, **settings})
        catalog = GlueCatalog(self.lake, chosen, boto3.Session(), self.told.append)
        return catalog.prove(catalog.refresh(), published)


@pytest.fixture
def run(lake: S3Lake, glue: GlueServer, monkeypatch: pytest.MonkeyPatch) -> Runs:
    for name, value in glue.environment().items():
        monkeypatch.setenv(name, value)
    return Runs(lake)


def test_a_run_makes_the_tables_visible_proves_them_and_makes_the_views(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    place = "Glue database spotify_top50: 5 crawlers succeeded, 5 tables as published, 8 views"
    assert run(published) == f"{place} (8 made)"
    assert "Glue shows 5 tables and 2 partitions as agreed" in run.told
    rows = sum(file.rows for file in published.values()) + 50
    assert f"Athena counts {rows} rows in 5 tables, as published" in run.told
    glue.athena.executed.clear()
    assert run(published) == place
    assert len(glue.athena.executed) == 5, "a steady week counts, and asks nothing of the views"


def test_without_crawlers_the_same_is_there(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    glue.reset()
    told = (
        "Glue database spotify_top50: written without crawlers ({} changes), 5 tables as published, 8 views{}"
    )
    assert run(published, catalog="glue-direct") == told.format(8, " (8 made)")
    assert run(published, catalog="glue-direct") == told.format(0, "")
    assert "StartCrawler" not in glue.calls
    assert "GetCrawler" not in glue.calls


@pytest.mark.parametrize("kind", ["glue", "glue-direct"])
def test_a_lake_without_a_chart_is_told(run: Runs, kind: str) -> None:
    assert run({}, catalog=kind).endswith(", no tables: the lake has no chart yet")


def test_athena_is_not_asked_when_the_settings_say_so(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    why = "TOP50_ATHENA_WORKGROUP=none"
    line = run(published, athena_workgroup="none")
    assert line.endswith(f"5 crawlers succeeded, 5 tables; counts not proven, no views: {why}")
    assert f"Rows are not counted and views not made: {why}" in run.told
    assert not [call for call in glue.calls if "Query" in call or "WorkGroup" in call]


def test_the_real_athena_is_not_asked_beside_a_stand_in_for_glue(
    run: Runs, published: dict[str, Published], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_ATHENA")
    told = "counts not proven, no views: no Athena beside Glue at 127.0.0.1 (AWS_ENDPOINT_URL_ATHENA)"
    assert run(published).endswith(told)


def test_one_address_for_all_of_aws_is_that_of_athena_too(
    run: Runs, published: dict[str, Published], glue: GlueServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in ("GLUE", "ATHENA"):
        monkeypatch.delenv(f"AWS_ENDPOINT_URL_{service}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", glue.endpoint_url)
    assert "8 views" in run(published)


@pytest.mark.parametrize(
    ("glue_at", "athena_at", "is_asked"),
    [
        (None, None, True),
        ("https://vpce-1-2.glue.eu-west-1.vpce.amazonaws.com", None, True),
        ("http://localhost:5000", None, False),
        ("http://localhost:5000", "http://127.0.0.1:5001", True),
        (None, "http://127.0.0.1:5001", True),
    ],
)
def test_which_athena_belongs_to_which_glue(
    glue_at: str | None, athena_at: str | None, is_asked: bool
) -> None:
    session = boto3.Session("nobody", "nothing", region_name="eu-west-1")
    glue = session.client("glue", endpoint_url=glue_at)
    athena = session.client("athena", endpoint_url=athena_at)
    assert (why_not_athena(Settings.model_validate({}), glue, athena) == "") is is_asked


def test_a_table_that_a_crawler_got_wrong_fails_the_run_before_athena_is_asked(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    run(published)
    glue.athena.executed.clear()
    client = glue.client()
    at = f"{run.lake.address}/transformed_data/songs/"
    split: Any = {"Name": "songs_9d1", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": {"Location": at}}
    client.create_table(DatabaseName=DATABASE, TableInput=split)
    client.close()
    with pytest.raises(CatalogError, match=r"spotify_top50.songs_9d1 lies at"):
        run(published)
    assert glue.athena.executed == []


def test_rows_that_athena_does_not_see_fail_the_run(
    run: Runs, published: dict[str, Published], glue: GlueServer
) -> None:
    glue.athena.filter_rows(DATABASE, "chart_entries", "rank > 1")
    with pytest.raises(CatalogError, match="Athena sees 49 rows of chart_entries, partition"):
        run(published)
