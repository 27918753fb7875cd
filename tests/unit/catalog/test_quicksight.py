"""QuickSight's answers, played by botocore's Stubber."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from top50.catalog.quicksight import quicksight_client, start_ingestions
from top50.errors import CatalogError, CatalogUnavailable
from top50.settings import load_settings

ACCOUNT = "123456789012"
NO_FILE = Path("/dev/null")


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    session = boto3.Session("top50-tests", "not-a-secret-top50-tests", region_name="us-east-1")
    with closing(session.client("quicksight")) as client:
        yield client


@pytest.fixture
def answers(client: Any) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def asked(dataset: str, run: str) -> dict[str, str]:
    return {
        "AwsAccountId": ACCOUNT,
        "DataSetId": dataset,
        "IngestionId": f"top50-{run}",
        "IngestionType": "FULL_REFRESH",
    }


def refuse(answers: Stubber, code: str, status: int = 400) -> None:
    answers.add_client_error("create_ingestion", code, "its own words", status)


def test_every_data_set_is_refreshed_once_a_run(client: Any, answers: Stubber) -> None:
    answers.add_response("create_ingestion", {}, asked("a", "run-1"))
    answers.add_response("create_ingestion", {}, asked("b", "run-1"))
    assert start_ingestions(client, ACCOUNT, ["a", "b"], "run-1") == [
        "QuickSight data set a: started top50-run-1",
        "QuickSight data set b: started top50-run-1",
    ]


def test_a_retry_goes_on_where_the_first_try_stopped(client: Any, answers: Stubber) -> None:
    refuse(answers, "ResourceExistsException", 409)
    answers.add_response("create_ingestion", {}, asked("b", "run-1"))
    assert start_ingestions(client, ACCOUNT, ["a", "b"], "run-1") == [
        "QuickSight data set a: top50-run-1 was started before",
        "QuickSight data set b: started top50-run-1",
    ]


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 429), ("InternalFailureException", 500), ("Strange", 503)]
)
def test_a_passing_fault_may_be_tried_again(client: Any, answers: Stubber, code: str, status: int) -> None:
    refuse(answers, code, status)
    with pytest.raises(CatalogUnavailable, match=f"data set a: {code} its own words"):
        start_ingestions(client, ACCOUNT, ["a"], "run-1")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ResourceNotFoundException", "Correct TOP50_QUICKSIGHT_DATASETS"),
        ("InvalidParameterValueException", "SPICE"),
        ("LimitExceededException", "32 times in 24 hours"),
        ("AccessDeniedException", "quicksight:CreateIngestion"),
    ],
)
def test_a_refusal_names_the_data_set_and_the_remedy(
    client: Any, answers: Stubber, code: str, remedy: str
) -> None:
    refuse(answers, code)
    with pytest.raises(CatalogError, match=f"data set a: {code}.*{remedy}") as caught:
        start_ingestions(client, ACCOUNT, ["a"], "run-1")
    assert not caught.value.passing


class Unreachable:
    """A client behind a network that is down."""

    def create_ingestion(self, **request: str) -> dict[str, str]:
        raise EndpointConnectionError(endpoint_url=f"quicksight of {request['AwsAccountId']}")


def test_a_network_that_is_down_is_a_passing_fault() -> None:
    with pytest.raises(CatalogUnavailable, match=r"data set a: .*Check the network"):
        start_ingestions(Unreachable(), ACCOUNT, ["a"], "run-1")


def test_without_a_region_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(CatalogError, match=r"create a client for QuickSight.*AWS_REGION"):
        quicksight_client(boto3.Session())


def test_the_setting_is_a_list_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(NO_FILE).quicksight_datasets == ()
    monkeypatch.setenv("TOP50_QUICKSIGHT_DATASETS", "first, second-2,")
    assert load_settings(NO_FILE).quicksight_datasets == ("first", "second-2")
