"""The crawler protocol against a Glue whose crawls begin, end and fail as in AWS."""

from contextlib import closing
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.servers.aws_json import AwsError
from tests.servers.glue import GlueServer
from tests.torture.gate import Gate, Plan
from tests.torture.proxy import guarded
from top50.catalog.aws import Polling, glue_client
from top50.catalog.glue.crawlers import run_crawlers
from top50.errors import CatalogError, CatalogUnavailable

from .conftest import CRAWLERS, QUICK

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

pytestmark = pytest.mark.usefixtures("published")


def test_all_crawlers_run_together_and_succeed(glue: GlueServer, client: "GlueClient") -> None:
    assert run_crawlers(client, CRAWLERS, polling=QUICK) == dict.fromkeys(CRAWLERS, "SUCCEEDED")
    assert glue.calls[: 2 * len(CRAWLERS)] == ["GetCrawler", "StartCrawler"] * len(CRAWLERS)
    assert glue.calls.count("StartCrawler") == len(CRAWLERS)
    tables = client.get_tables(DatabaseName="spotify_top50")["TableList"]
    assert {f"spotify_{table['Name']}_crawler" for table in tables} == set(CRAWLERS)


def test_a_crawl_that_began_before_our_write_proves_nothing(glue: GlueServer, client: "GlueClient") -> None:
    glue.crawls_take(1.5, 0.1)
    glue.start_foreign_crawl("spotify_songs_crawler")
    glue.crawls_take(0.1, 0.05)
    lines: list[str] = []
    run_crawlers(client, CRAWLERS, polling=QUICK, log=lines.append)
    assert "spotify_songs_crawler is RUNNING, not by us: waiting for it to end" in lines
    assert lines.index("spotify_songs_crawler ended: SUCCEEDED") > lines.index(
        "spotify_songs_crawler is READY"
    )
    assert glue.calls.count("StartCrawler") == len(CRAWLERS)


def test_a_failed_crawl_is_reported_in_its_own_words(glue: GlueServer, client: "GlueClient") -> None:
    glue.fail_next_crawl("spotify_songs_crawler", "Insufficient Lake Formation permission")
    glue.cancel_next_crawl("spotify_album_crawler")
    with pytest.raises(CatalogError) as caught:
        run_crawlers(client, CRAWLERS, polling=QUICK)
    assert "spotify_songs_crawler FAILED: Insufficient Lake Formation permission" in str(caught.value)
    assert "/aws-glue/crawlers/spotify_songs_crawler" in str(caught.value)
    assert "spotify_album_crawler CANCELLED" in str(caught.value)


def test_a_crawler_that_is_never_ready_ends_in_time(glue: GlueServer, client: "GlueClient") -> None:
    glue.crawls_take(60, 60)
    glue.start_foreign_crawl("spotify_artist_crawler")
    message = (
        r"did not end in time: spotify_artist_crawler \(RUNNING, not started by us\). See in the Glue console"
    )
    with pytest.raises(CatalogError, match=message):
        run_crawlers(client, ["spotify_artist_crawler"], Polling(0.02, 0.05, timeout=0.3))


def test_a_missing_crawler_is_named(client: "GlueClient") -> None:
    client.delete_crawler(Name="spotify_songs_crawler")
    with pytest.raises(CatalogError) as caught:
        run_crawlers(client, CRAWLERS, polling=QUICK)
    assert str(caught.value) == (
        "there is no crawler spotify_songs_crawler. "
        "Create them (deployments/aws.yaml), or set TOP50_CATALOG=glue-direct."
    )


def test_throttling_may_pass(glue: GlueServer, client: "GlueClient") -> None:
    glue.throttle_next(1)
    with pytest.raises(
        CatalogUnavailable, match=r"spotify_artist_crawler: ThrottlingException Rate exceeded. Run"
    ):
        run_crawlers(client, CRAWLERS, polling=QUICK)
    assert run_crawlers(client, CRAWLERS, polling=QUICK)


def test_throttling_while_our_crawls_run_starts_no_second_one(
    glue: GlueServer, client: "GlueClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    start, lines = client.start_crawler, list[str]()

    def start_and_throttle(**request: str) -> None:
        start(Name=request["Name"])
        if request["Name"] == CRAWLERS[-1]:
            glue.throttle_next(3)

    monkeypatch.setattr(client, "start_crawler", start_and_throttle)
    assert run_crawlers(client, CRAWLERS, polling=QUICK, log=lines.append) == dict.fromkeys(
        CRAWLERS, "SUCCEEDED"
    )
    assert len([line for line in lines if "ThrottlingException" in line and "Our crawl goes on" in line]) == 3
    assert glue.calls.count("StartCrawler") == len(CRAWLERS)


def test_a_missing_region_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(CatalogError, match="Set AWS_REGION"):
        glue_client(boto3.Session())


def test_what_the_role_may_not_do_is_reported_with_a_remedy(glue: GlueServer, client: "GlueClient") -> None:
    glue.crawlers.faults.append(
        AwsError("AccessDeniedException", "not authorized to perform glue:GetCrawler")
    )
    with pytest.raises(CatalogError, match=r"AccessDenied.*Give the role glue:GetCrawler") as caught:
        run_crawlers(client, CRAWLERS, polling=QUICK)
    assert not caught.value.passing


def test_an_answer_that_was_cut_short_may_pass(
    glue: GlueServer, boto_session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(Plan("cut", 1))
    with guarded(gate, {"Glue": glue.endpoint_url}) as urls:
        monkeypatch.setenv("AWS_ENDPOINT_URL_GLUE", urls["Glue"])
        with closing(glue_client(boto_session)) as client:
            with pytest.raises(CatalogUnavailable, match="total bytes expected"):
                run_crawlers(client, CRAWLERS, polling=QUICK)
            assert set(run_crawlers(client, CRAWLERS, polling=QUICK).values()) == {"SUCCEEDED"}
