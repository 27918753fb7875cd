"""Athena's protocol: states, errors, places for the answers."""

from typing import TYPE_CHECKING

import pytest

from tests.servers.aws_json import AwsError
from tests.servers.glue import GlueServer
from top50.catalog.athena import Athena
from top50.catalog.aws import athena_client as real_client
from top50.catalog.patience import Patience
from top50.errors import CatalogError, CatalogUnavailable
from top50.lake.s3 import S3Lake

from .conftest import DATABASE, QUICK

if TYPE_CHECKING:
    import boto3
    from types_boto3_athena import AthenaClient

NUMBERS = "SELECT number FROM (VALUES {}) AS numbers (number) ORDER BY number"


def test_queries_run_side_by_side_and_rows_come_as_text(athena: Athena, glue: GlueServer) -> None:
    glue.calls.clear()
    first, second = athena.ask(["SELECT 1 AS one, CAST(NULL AS varchar) AS none", NUMBERS.format("2, 3")])
    assert first == [("1", None)]
    assert second == [("2",), ("3",)]
    assert glue.calls[:2] == ["StartQueryExecution"] * 2
    assert glue.calls.count("GetQueryExecution") == 6


def test_all_pages_of_a_result_are_read(athena: Athena) -> None:
    digits = "(VALUES 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) AS {} (digit)"
    crossed = " CROSS JOIN ".join(digits.format(name) for name in "abcd")
    [rows] = athena.ask([f"SELECT a.digit FROM {crossed}"])
    assert len(rows) == 10_000


def test_a_query_that_fails_ends_with_athenas_words(athena: Athena, glue: GlueServer) -> None:
    with pytest.raises(
        CatalogError, match=r"FAILED: COLUMN_NOT_FOUND.*Look at the query in the Athena"
    ) as caught:
        athena.ask(["SELECT nobody"])
    assert not caught.value.passing
    glue.athena.fail_next_query("Query exhausted resources at this scale factor", is_retryable=True)
    with pytest.raises(CatalogUnavailable, match="FAILED: GENERIC_INTERNAL_ERROR: Query exhausted"):
        athena.ask(["SELECT 1"])


def test_a_query_that_somebody_stops_is_told(
    athena: Athena, athena_client: "AthenaClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    start = athena_client.start_query_execution

    def start_and_stop(**request: object) -> object:
        answer = start(**request)  # type: ignore[arg-type]
        athena_client.stop_query_execution(QueryExecutionId=answer["QueryExecutionId"])
        return answer

    monkeypatch.setattr(athena_client, "start_query_execution", start_and_stop)
    with pytest.raises(CatalogError, match="CANCELLED: Query was cancelled by user"):
        athena.run("SELECT 1")


def test_a_query_that_never_ends_is_given_up_in_time(athena_client: "AthenaClient", glue: GlueServer) -> None:
    glue.athena.be_slow()
    athena = Athena(athena_client, DATABASE, "primary", "s3://lake/x/", Patience(0.02, 0.05, altogether=0.2))
    with pytest.raises(CatalogError, match="was not done in time: it is QUEUED"):
        athena.run("SELECT 1")


def test_throttling_and_server_errors_may_pass(athena: Athena, glue: GlueServer) -> None:
    glue.athena.throttle_next(1)
    with pytest.raises(CatalogUnavailable, match="Athena, workgroup primary: ThrottlingException"):
        athena.run("SELECT 1")
    glue.athena.faults.append(AwsError("InternalServerException", "oh", 500))
    with pytest.raises(CatalogUnavailable, match="InternalServerException"):
        athena.run("SELECT 1")
    athena.run("SELECT 1")


def test_nobody_there_may_pass(boto_session: "boto3.Session", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_ATHENA", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    client = real_client(boto_session)
    with pytest.raises(CatalogUnavailable, match=r"Athena does not answer.*AWS_ENDPOINT_URL_ATHENA"):
        Athena(client, DATABASE, "primary", "s3://lake/x/", QUICK)


def test_a_query_whose_answer_is_lost_runs_once(
    boto_session: "boto3.Session", glue: GlueServer, lake: S3Lake
) -> None:
    athena = Athena(real_client(boto_session), DATABASE, "primary", f"{lake.address}/x/", QUICK)
    glue.athena.lose_next_answer()
    assert athena.ask(["SELECT 7 AS seven"]) == [[("7",)]]
    assert glue.calls.count("StartQueryExecution") == 2
    assert glue.athena.executed == ["SELECT 7 AS seven"]


def test_a_workgroup_that_is_not_there_or_not_ours_is_told_with_a_remedy(
    athena_client: "AthenaClient", glue: GlueServer
) -> None:
    told = r"workgroup nobodys: InvalidRequestException WorkGroup nobodys is not found. Correct TOP50_ATHENA"
    with pytest.raises(CatalogError, match=told):
        Athena(athena_client, DATABASE, "nobodys", "s3://lake/x/")
    glue.athena.faults.append(AwsError("AccessDeniedException", "not authorized: athena:GetWorkGroup"))
    remedy = r"Give the role .*\(?deployments/aws.yaml lists; TOP50_ATHENA_WORKGROUP=none does without"
    with pytest.raises(CatalogError, match=f"not authorized: athena:GetWorkGroup. {remedy}") as caught:
        Athena(athena_client, DATABASE, "primary", "s3://lake/x/")
    assert not caught.value.passing


def results(lake: S3Lake, folder: str) -> int:
    return len([item for item in lake.list(folder) if item.key.endswith(".csv")])


def test_a_workgroup_without_a_place_for_answers_is_given_one(athena: Athena, lake: S3Lake) -> None:
    athena.run("SELECT 1 AS one")
    assert results(lake, "athena_results/") == 1


@pytest.mark.parametrize("enforced", [True, False])
def test_a_workgroup_with_a_place_for_answers_keeps_it(
    athena_client: "AthenaClient", lake: S3Lake, enforced: bool
) -> None:
    athena_client.create_work_group(
        Name="charts",
        Configuration={
            "ResultConfiguration": {"OutputLocation": f"{lake.address}/theirs/"},
            "EnforceWorkGroupConfiguration": enforced,
        },
    )
    Athena(athena_client, DATABASE, "charts", f"{lake.address}/athena_results/", QUICK).run("SELECT 1 AS one")
    assert (results(lake, "theirs/"), results(lake, "athena_results/")) == (1, 0)


def test_a_workgroup_that_keeps_answers_itself_is_given_no_place(
    athena_client: "AthenaClient", lake: S3Lake
) -> None:
    athena_client.create_work_group(
        Name="managed", Configuration={"ManagedQueryResultsConfiguration": {"Enabled": True}}
    )
    athena = Athena(athena_client, DATABASE, "managed", f"{lake.address}/athena_results/", QUICK)
    assert athena.ask(["SELECT 1 AS one"]) == [[("1",)]]
    assert not results(lake, "")


def test_a_workgroup_that_enforces_no_place_at_all_is_told(
    athena_client: "AthenaClient", lake: S3Lake
) -> None:
    athena_client.create_work_group(Name="bare", Configuration={"EnforceWorkGroupConfiguration": True})
    athena = Athena(athena_client, DATABASE, "bare", f"{lake.address}/athena_results/", QUICK)
    with pytest.raises(CatalogError, match=r"No output location provided.*\(deployments/aws.yaml\)"):
        athena.run("SELECT 1")
