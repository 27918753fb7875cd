"""Athena's protocol: states, errors, pages, places for the answers."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from top50.catalog.athena import Athena
from top50.catalog.aws import Polling
from top50.errors import CatalogError, CatalogUnavailable

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient

RESULTS = "s3://lake/athena_results/"
QUICK = Polling(first_wait=0.001, longest_wait=0.001, timeout=0.05)
NO_PLACE: dict[str, Any] = {}
SQL = "SELECT 1 AS one"


@pytest.fixture
def client() -> "AthenaClient":
    once = Config(retries={"total_max_attempts": 1})
    return boto3.Session("nobody", "nothing", region_name="eu-west-1").client(
        "athena", endpoint_url="http://127.0.0.1:9", config=once
    )


@pytest.fixture
def recorded(client: "AthenaClient") -> Iterator[Stubber]:
    """What Athena answers, in this order; a test fails that does not ask for all of it."""
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def opened(client: "AthenaClient", recorded: Stubber) -> Callable[..., Athena]:
    def open_athena(configuration: dict[str, Any] | None = NO_PLACE) -> Athena:
        if configuration is not None:
            group = {"WorkGroup": {"Name": "charts", "Configuration": configuration}}
            recorded.add_response("get_work_group", group, {"WorkGroup": "charts"})
        return Athena(client, "spotify_top50", "charts", RESULTS, QUICK)

    return open_athena


def start(recorded: Stubber, identity: str, results: str = RESULTS) -> None:
    """Expect a query, with a place for its answer or with none."""
    expected: dict[str, Any] = {
        "QueryString": SQL,
        "QueryExecutionContext": {"Database": "spotify_top50"},
        "WorkGroup": "charts",
    }
    if results:
        expected["ResultConfiguration"] = {"OutputLocation": results}
    recorded.add_response("start_query_execution", {"QueryExecutionId": identity}, expected)


def look(recorded: Stubber, identity: str, state: str, reason: str = "", **error: object) -> None:
    status = {"State": state, "StateChangeReason": reason, "AthenaError": error}
    answer = {"QueryExecution": {"Status": status}}
    recorded.add_response("get_query_execution", answer, {"QueryExecutionId": identity})


def page(recorded: Stubber, identity: str, *rows: tuple[str | None, ...], more: str = "", **at: str) -> None:
    data = [{"Data": [{"VarCharValue": value} if value else {} for value in row]} for row in rows]
    answer = {"ResultSet": {"Rows": data}, **({"NextToken": more} if more else {})}
    recorded.add_response("get_query_results", answer, {"QueryExecutionId": identity, **at})


def test_queries_run_side_by_side_and_all_pages_of_their_rows_come_as_text(
    opened: Callable[..., Athena], recorded: Stubber
) -> None:
    athena = opened()
    for identity in ("first", "second"):
        start(recorded, identity)
    for state in ("QUEUED", "RUNNING", "SUCCEEDED"):
        look(recorded, "first", state)
    look(recorded, "second", "SUCCEEDED")
    page(recorded, "first", ("one", "none"), ("1", None), more="next")
    page(recorded, "first", ("2", "x"), NextToken="next")
    page(recorded, "second", ("one",))
    assert athena.ask([SQL, SQL]) == [[("1", None), ("2", "x")], []]


@pytest.mark.parametrize(
    ("end", "is_retryable", "kind"),
    [
        (("FAILED", "COLUMN_NOT_FOUND: line 1:8"), False, CatalogError),
        (("FAILED", "Query exhausted resources"), True, CatalogUnavailable),
        (("FAILED", "View already exists: top_50"), False, CatalogUnavailable),
        (("CANCELLED", "Query was cancelled by user"), False, CatalogError),
    ],
)
def test_a_query_that_does_not_succeed_ends_with_athenas_words(
    opened: Callable[..., Athena],
    recorded: Stubber,
    end: tuple[str, str],
    is_retryable: bool,
    kind: type[CatalogError],
) -> None:
    athena = opened()
    start(recorded, "a-query")
    look(recorded, "a-query", *end, Retryable=is_retryable)
    with pytest.raises(CatalogError, match=f"a-query {end[0]}: {end[1]}") as caught:
        athena.run(SQL)
    assert type(caught.value) is kind


def test_a_query_that_never_ends_is_given_up_in_time(
    client: "AthenaClient", opened: Callable[..., Athena], recorded: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    athena = opened()
    start(recorded, "a-query")
    queued = {"QueryExecution": {"Status": {"State": "QUEUED"}}}
    monkeypatch.setattr(client, "get_query_execution", lambda **_: queued)
    with pytest.raises(CatalogError, match="a-query did not end in time: it is QUEUED"):
        athena.run(SQL)


@pytest.mark.parametrize(
    ("error", "kind", "remedy"),
    [
        (("ThrottlingException", 400), CatalogUnavailable, "Run it again"),
        (("InternalServerException", 500), CatalogUnavailable, "Run it again"),
        (("InvalidRequestException", 400), CatalogError, r"Correct TOP50_ATHENA_WORKGROUP.*aws.yaml"),
        (("AccessDeniedException", 400), CatalogError, "Give the role .*TOP50_ATHENA_WORKGROUP=none does"),
    ],
)
def test_what_athena_refuses_may_pass_or_has_its_remedy(
    opened: Callable[..., Athena],
    recorded: Stubber,
    error: tuple[str, int],
    kind: type[CatalogError],
    remedy: str,
) -> None:
    athena = opened()
    for action, ask in (
        ("start_query_execution", lambda: athena.run(SQL)),
        ("get_work_group", lambda: opened(None)),
    ):
        recorded.add_client_error(action, error[0], "of Athena's", error[1])
        with pytest.raises(
            CatalogError, match=f"workgroup charts: {error[0]} of Athena's.*{remedy}"
        ) as caught:
            ask()
        assert type(caught.value) is kind


def test_nobody_there_may_pass(client: "AthenaClient") -> None:
    with pytest.raises(CatalogUnavailable, match=r"Athena does not answer.*AWS_ENDPOINT_URL_ATHENA"):
        Athena(client, "spotify_top50", "charts", RESULTS)


@pytest.mark.parametrize(
    ("configuration", "asked_for"),
    [
        ({}, RESULTS),
        ({"ResultConfiguration": {"OutputLocation": "s3://lake/theirs/"}}, ""),
        ({"ManagedQueryResultsConfiguration": {"Enabled": True}}, ""),
    ],
)
def test_only_a_workgroup_without_a_place_for_answers_is_given_one(
    opened: Callable[..., Athena], recorded: Stubber, configuration: dict[str, Any], asked_for: str
) -> None:
    athena = opened(configuration)
    start(recorded, "a-query", asked_for)
    look(recorded, "a-query", "SUCCEEDED")
    athena.run(SQL)
