"""The crawler protocol against a Glue whose crawls begin, end and fail as in AWS."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from deployments.glue import make_crawlers
from tests.servers.glue import GlueServer
from top50.catalog.glue import CRAWLERS, Patience, glue_client, refresh_glue
from top50.errors import CatalogError, CatalogUnavailable, SettingsError
from top50.lake import Lake
from top50.publish import publish
from top50.settings import load_settings
from top50.simulator import snapshot
from top50.transform import build_tables

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

QUICK = Patience(first_look=0.02, longest_between_looks=0.05, altogether=20)
FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def published(lake: Lake) -> None:
    publish(lake, build_tables([("chart.json", snapshot("global-weekly", FRIDAY))]).tables)


def test_all_crawlers_run_together_and_succeed(glue: GlueServer, client: "GlueClient") -> None:
    assert refresh_glue(client, patience=QUICK) == dict.fromkeys(CRAWLERS, "SUCCEEDED")
    assert glue.calls[: 2 * len(CRAWLERS)] == ["GetCrawler", "StartCrawler"] * len(CRAWLERS)
    assert glue.calls.count("StartCrawler") == len(CRAWLERS)
    tables = client.get_tables(DatabaseName="spotify_top50")["TableList"]
    assert {f"spotify_{table['Name']}_crawler" for table in tables} == set(CRAWLERS)


def test_a_crawl_that_began_before_our_write_proves_nothing(glue: GlueServer, client: "GlueClient") -> None:
    glue.crawls_take(1.5, 0.1)
    glue.start_foreign_crawl("spotify_songs_crawler")
    glue.crawls_take(0.1, 0.05)
    told: list[str] = []
    refresh_glue(client, patience=QUICK, tell=told.append)
    assert "spotify_songs_crawler is RUNNING, not by us: waiting for it to end" in told
    assert told.index("spotify_songs_crawler ended: SUCCEEDED") > told.index("spotify_songs_crawler is READY")
    assert glue.calls.count("StartCrawler") == len(CRAWLERS)


def test_a_failed_crawl_is_told_in_its_own_words(glue: GlueServer, client: "GlueClient") -> None:
    glue.fail_next_crawl("spotify_songs_crawler", "Insufficient Lake Formation permission")
    glue.cancel_next_crawl("spotify_album_crawler")
    with pytest.raises(CatalogError) as caught:
        refresh_glue(client, patience=QUICK)
    assert "spotify_songs_crawler FAILED: Insufficient Lake Formation permission" in str(caught.value)
    assert "/aws-glue/crawlers/spotify_songs_crawler" in str(caught.value)
    assert "spotify_album_crawler CANCELLED" in str(caught.value)


def test_a_crawler_that_is_never_ready_ends_in_time(glue: GlueServer, client: "GlueClient") -> None:
    glue.crawls_take(60, 60)
    glue.start_foreign_crawl("spotify_artist_crawler")
    with pytest.raises(CatalogError, match=r"not done in time: .*spotify_artist_crawler \(RUNNING\)"):
        refresh_glue(client, ["spotify_artist_crawler"], Patience(0.02, 0.05, altogether=0.3))


def test_a_missing_crawler_is_named(client: "GlueClient") -> None:
    client.delete_crawler(Name="spotify_songs_crawler")
    with pytest.raises(CatalogError, match="there is no crawler spotify_songs_crawler"):
        refresh_glue(client, patience=QUICK)


def test_throttling_may_pass(glue: GlueServer, client: "GlueClient") -> None:
    glue.throttle_next(1)
    with pytest.raises(CatalogUnavailable, match="ThrottlingException"):
        refresh_glue(client, patience=QUICK)
    assert refresh_glue(client, patience=QUICK)


def test_the_crawlers_can_be_made_and_made_again(
    glue: GlueServer, client: "GlueClient", lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    glue.reset()
    for name, value in glue.environment().items():
        monkeypatch.setenv(name, value)
    settings = load_settings(tmp_path / ".env", lake=lake.address)
    first = make_crawlers(client, settings, "arn:aws:iam::123456789012:role/crawlers")
    again = make_crawlers(client, settings, "arn:aws:iam::123456789012:role/crawlers")
    assert [line.split()[0] for line in first] == ["made"] * 6
    assert [line.split()[0] for line in again] == ["kept"] * 6
    elsewhere = load_settings(tmp_path / ".env", lake="s3://elsewhere")
    with pytest.raises(SettingsError, match="crawls another place"):
        make_crawlers(client, elsewhere, "role")
    assert refresh_glue(client, patience=QUICK)
    tables = client.get_tables(DatabaseName=settings.glue_database)["TableList"]
    assert len(tables) == len(CRAWLERS)


def test_a_missing_region_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(CatalogError, match="Set AWS_REGION"):
        glue_client(boto3.Session())
