from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from obstore.store import S3Store

from .crawling import ALBUM, crawled, put_album, ready, when
from .glue import GlueServer

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient
    from types_boto3_glue.type_defs import CrawlerTypeDef

pytestmark = pytest.mark.server


def test_a_crawl_ends_succeeded_and_says_where_its_log_is(client: "GlueClient", store: S3Store) -> None:
    put_album(store)
    before = datetime.now(UTC)
    last_crawl = crawled(client, ALBUM)["LastCrawl"]
    assert (last_crawl["Status"], last_crawl["LogGroup"], last_crawl["LogStream"]) == (
        "SUCCEEDED",
        "/aws-glue/crawlers",
        ALBUM,
    )
    assert before.replace(microsecond=0) <= last_crawl["StartTime"] <= datetime.now(UTC)
    assert "ErrorMessage" not in last_crawl


def test_a_crawl_is_running_then_stopping_then_ready(client: "GlueClient") -> None:
    client.start_crawler(Name=ALBUM)
    states: list[str] = []

    def is_ready(crawler: "CrawlerTypeDef") -> bool:
        states.append(crawler["State"])
        return states[-1] == "READY"

    when(client, ALBUM, is_ready)
    assert list(dict.fromkeys(states)) == ["RUNNING", "STOPPING", "READY"]


def test_a_running_crawler_cannot_be_started(client: "GlueClient", glue: GlueServer) -> None:
    glue.start_foreign_crawl(ALBUM)
    with pytest.raises(client.exceptions.CrawlerRunningException):
        client.start_crawler(Name=ALBUM)
    assert glue.calls == ["StartCrawler"]


def test_a_foreign_crawl_sees_only_what_was_there_before(
    client: "GlueClient", glue: GlueServer, store: S3Store
) -> None:
    glue.start_foreign_crawl(ALBUM)
    put_album(store)
    assert ready(client, ALBUM)["LastCrawl"]["Status"] == "SUCCEEDED"
    assert client.get_tables(DatabaseName="charts")["TableList"] == []


def test_an_unknown_crawler_cannot_be_started(client: "GlueClient") -> None:
    with pytest.raises(client.exceptions.EntityNotFoundException):
        client.start_crawler(Name="nobodys_crawler")


def test_a_failing_crawl_carries_its_message_once(
    client: "GlueClient", glue: GlueServer, store: S3Store
) -> None:
    put_album(store)
    glue.fail_next_crawl(ALBUM, "Access Denied")
    last_crawl = crawled(client, ALBUM)["LastCrawl"]
    assert (last_crawl["Status"], last_crawl["ErrorMessage"]) == ("FAILED", "Access Denied")
    assert client.get_tables(DatabaseName="charts")["TableList"] == []
    assert crawled(client, ALBUM)["LastCrawl"]["Status"] == "SUCCEEDED"


def test_a_cancelled_crawl_makes_no_table(client: "GlueClient", glue: GlueServer, store: S3Store) -> None:
    put_album(store)
    glue.cancel_next_crawl(ALBUM)
    assert crawled(client, ALBUM)["LastCrawl"]["Status"] == "CANCELLED"
    client.start_crawler(Name=ALBUM)
    client.stop_crawler(Name=ALBUM)
    assert ready(client, ALBUM)["LastCrawl"]["Status"] == "CANCELLED"
    assert client.get_tables(DatabaseName="charts")["TableList"] == []
