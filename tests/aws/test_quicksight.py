"""QuickSight over the wire, as moto plays it behind the Glue stand-in."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from prefect.logging import disable_run_logger

from tasks.catalog import refresh_catalog
from tests.servers.glue import GlueServer
from top50.catalog.quicksight import quicksight_client, start_ingestions
from top50.lake.s3 import S3Lake
from top50.publish import publish
from top50.settings import load_settings
from top50.simulator import snapshot
from top50.transform import build_tables

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)


@pytest.fixture
def session(glue_server: GlueServer, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    glue_server.reset()
    for service in ("STS", "QUICKSIGHT"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", glue_server.endpoint_url)
    return boto3.Session("top50-tests", "not-a-secret-top50-tests", region_name="us-east-1")


def test_the_account_is_the_callers_and_ingestions_are_accepted(session: boto3.Session) -> None:
    client, account = quicksight_client(session)
    with closing(session.client("quicksight")) as quicksight:
        source = f"arn:aws:quicksight:us-east-1:{account}:datasource/athena"
        physical = {"t": {"CustomSql": {"DataSourceArn": source, "Name": "t", "SqlQuery": "SELECT 1"}}}
        quicksight.create_data_set(
            AwsAccountId=account, DataSetId="top-50", Name="t", PhysicalTableMap=physical, ImportMode="SPICE"
        )
    assert account == "123456789012"
    assert start_ingestions(client, account, ["top-50"], "run-1") == [
        "QuickSight data set top-50: started top50-run-1"
    ]


@pytest.mark.parametrize(("chosen", "started"), [("", []), ("top-50,movement", ["top-50", "movement"])])
def test_the_catalog_step_refreshes_the_data_sets_of_the_settings_after_the_crawl(
    glue: GlueServer, lake: S3Lake, monkeypatch: pytest.MonkeyPatch, chosen: str, started: list[str]
) -> None:
    def start(_: object, account: str, datasets: Sequence[str], run: str) -> list[str]:
        assert account == "123456789012"
        assert run
        assert glue.calls.count("StartCrawler") == 5
        asked.extend(datasets)
        return []

    asked: list[str] = []
    for name, value in {**glue.environment(), "AWS_ENDPOINT_URL_STS": glue.endpoint_url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("top50.catalog.quicksight.start_ingestions", start)
    monkeypatch.setenv("TOP50_QUICKSIGHT_DATASETS", chosen)
    publish(lake, build_tables([("chart.json", snapshot("global-weekly", FRIDAY))]).tables)
    with disable_run_logger():
        refresh_catalog.fn(lake, load_settings(Path("/dev/null"), lake=lake.address))
    assert asked == started
