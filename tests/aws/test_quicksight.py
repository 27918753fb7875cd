"""QuickSight over the wire, as moto plays it behind the Glue stand-in."""

from contextlib import closing

import boto3
import pytest

from tests.servers.glue import GlueServer
from top50.catalog.quicksight import quicksight_client, start_ingestions


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
