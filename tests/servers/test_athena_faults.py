"""What goes wrong on demand in the stand-in for Athena, and its workgroups."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from obstore.store import S3Store

from .crawling import ALBUM, crawled, put_album
from .glue import GlueServer
from .querying import ask, start, wait
from .seaweedfs import S3Server

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_glue import GlueClient

pytestmark = pytest.mark.server


@pytest.fixture
def athena(glue: GlueServer) -> Iterator["AthenaClient"]:
    with closing(glue.athena_client()) as client:
        yield client


@pytest.fixture
def output(s3: S3Server) -> str:
    return f"s3://{s3.bucket}/athena-results/"


def test_a_workgroup_is_there_or_is_told(athena: "AthenaClient", glue: GlueServer, output: str) -> None:
    assert athena.get_work_group(WorkGroup="primary")["WorkGroup"]["State"] == "ENABLED"
    with pytest.raises(ClientError, match="WorkGroup nobodys is not found"):
        athena.get_work_group(WorkGroup="nobodys")
    glue.athena.disable("primary")
    assert athena.get_work_group(WorkGroup="primary")["WorkGroup"].get("State") == "DISABLED"
    with pytest.raises(ClientError, match="WorkGroup primary is disabled"):
        start(athena, "SELECT 1 AS one", output)


@pytest.mark.parametrize(("is_enforced", "goes_to"), [(True, "theirs/"), (False, "ours/")])
def test_a_workgroup_that_enforces_its_place_does_not_listen(
    athena: "AthenaClient", store: S3Store, s3: S3Server, is_enforced: bool, goes_to: str
) -> None:
    athena.create_work_group(
        Name="charts",
        Configuration={
            "ResultConfiguration": {"OutputLocation": f"s3://{s3.bucket}/theirs/"},
            "EnforceWorkGroupConfiguration": is_enforced,
        },
    )
    athena.start_query_execution(
        QueryString="SELECT 1 AS one",
        WorkGroup="charts",
        ResultConfiguration={"OutputLocation": f"s3://{s3.bucket}/ours/"},
    )
    assert [entry["path"].startswith(goes_to) for entry in store.list().collect()] == [True]


def test_a_workgroup_that_keeps_answers_itself_puts_none_on_s3(
    athena: "AthenaClient", store: S3Store, output: str
) -> None:
    """https://docs.aws.amazon.com/athena/latest/ug/managed-results.html"""
    athena.create_work_group(
        Name="managed", Configuration={"ManagedQueryResultsConfiguration": {"Enabled": True}}
    )
    begun = athena.start_query_execution(QueryString="SELECT 1 AS one", WorkGroup="managed")
    assert wait(athena, begun["QueryExecutionId"]) == "SUCCEEDED"
    answer = athena.get_query_results(QueryExecutionId=begun["QueryExecutionId"])["ResultSet"]["Rows"]
    assert [row["Data"] for row in answer] == [[{"VarCharValue": "one"}], [{"VarCharValue": "1"}]]
    assert not store.list().collect()
    with pytest.raises(ClientError, match="cannot be set together"):
        athena.start_query_execution(
            QueryString="SELECT 1", WorkGroup="managed", ResultConfiguration={"OutputLocation": output}
        )


def test_a_lost_answer_is_of_a_query_that_runs_once(
    athena: "AthenaClient", glue: GlueServer, output: str
) -> None:
    glue.athena.lose_next_answer()

    def start_once() -> None:
        athena.start_query_execution(
            QueryString="SELECT 1 AS one",
            ClientRequestToken="t" * 32,
            ResultConfiguration={"OutputLocation": output},
        )

    with pytest.raises(ClientError, match="InternalServerException"):
        start_once()
    start_once()
    assert glue.athena.executed == ["SELECT 1 AS one"]


def test_a_failure_says_whether_it_may_pass(athena: "AthenaClient", glue: GlueServer, output: str) -> None:
    for is_retryable in (True, False):
        glue.athena.fail_next_query("Query exhausted resources", is_retryable=is_retryable)
        identity = start(athena, "SELECT 1 AS one", output)
        looks = [athena.get_query_execution(QueryExecutionId=identity) for _ in range(3)]
        error = looks[-1]["QueryExecution"]["Status"]["AthenaError"]
        assert error["Retryable"] is is_retryable


def test_a_row_filter_hides_rows_until_the_reset(
    athena: "AthenaClient", glue: GlueServer, client: "GlueClient", store: S3Store, output: str
) -> None:
    put_album(store)
    crawled(client, ALBUM)
    glue.athena.filter_rows("charts", "album", "album_id <> 'a'")
    assert ask(athena, "SELECT count(*) AS albums FROM album", output, "charts").rows == [("0",)]
    glue.athena.reset()
    assert ask(athena, "SELECT count(*) AS albums FROM album", output, "charts").rows == [("1",)]


def test_a_slow_query_stays_in_the_queue(athena: "AthenaClient", glue: GlueServer, output: str) -> None:
    glue.athena.be_slow()
    identity = start(athena, "SELECT 1 AS one", output)
    states = [
        athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]["State"]
        for _ in range(5)
    ]
    assert set(states) == {"QUEUED"}


def test_more_partitions_than_aws_takes_at_once_are_refused(client: "GlueClient") -> None:
    with pytest.raises(ClientError, match="Member must have length less than or equal to 100"):
        client.batch_create_partition(
            DatabaseName="charts",
            TableName="chart_entries",
            PartitionInputList=[{"Values": ["global-weekly", str(year)]} for year in range(101)],
        )
