"""The doctor on S3 and Glue: what is there, what is missing, and what is of another lake."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.glue import GlueServer, create_crawlers
from tests.servers.seaweedfs import S3Server
from top50.aws import AwsSession
from top50.checks.doctor import Dependencies, Diagnosis, examine
from top50.lake.s3 import S3Lake
from top50.settings import Settings, load_settings

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient


@pytest.fixture
def settings(lake: S3Lake, glue: GlueServer, tmp_path: Path) -> Settings:
    assert glue
    return load_settings(tmp_path / ".env", lake=lake.address, source="charts-csv")


def examined(settings: Settings) -> Diagnosis:
    return examine(settings, Dependencies(lambda: None, lambda _: None, AwsSession, prefect=None))


def texts(diagnosis: Diagnosis, state: str) -> list[str]:
    return [found.text for found in diagnosis.findings if found.state == state]


def remake(client: "GlueClient", name: str, database: str, path: str) -> None:
    client.delete_crawler(Name=name)
    client.create_crawler(
        Name=name, Role="crawlers", DatabaseName=database, Targets={"S3Targets": [{"Path": path}]}
    )


def test_a_lake_with_its_crawlers_is_healthy_and_stays_as_it_was(settings: Settings, lake: S3Lake) -> None:
    lake.write("raw_data/to_processed/one.csv", b"rank")
    diagnosis = examined(settings)
    assert diagnosis.healthy
    assert not texts(diagnosis, "failed")
    assert [line.partition(":")[0] for line in texts(diagnosis, "ok")] == [
        "settings",
        "lake",
        "lake writes",
        "catalog",
        "crawlers",
        "athena",
        "clock",
    ]
    assert [item.key for item in lake.list("")] == ["raw_data/to_processed/one.csv"]


def test_crawlers_that_are_missing_or_of_another_lake_are_reported(
    settings: Settings, client: "GlueClient", glue: GlueServer
) -> None:
    glue.crawls_take(60, 60)
    glue.start_foreign_crawl("spotify_artist_crawler")
    client.delete_crawler(Name="spotify_songs_crawler")
    remake(client, "spotify_album_crawler", "spotify_top50", "s3://elsewhere/")
    folder = f"{settings.lake}/transformed_data/chart_entries/"
    remake(client, "spotify_chart_entries_crawler", "another", folder)
    missing, misdirected = (
        "the crawler spotify_songs_crawler does not exist",
        "spotify_album_crawler crawls s3://else",
    )
    diagnosis = examined(settings)
    failed = "\n".join(texts(diagnosis, "failed"))
    assert not diagnosis.healthy
    assert missing in failed
    assert misdirected in failed
    assert "writes into the database another" in failed
    assert failed.count("deployments/aws.yaml") == 3
    assert any("spotify_artist_crawler is RUNNING" in line for line in texts(diagnosis, "note"))


def test_a_failed_crawl_is_reported_and_the_next_run_may_do_better(
    settings: Settings, client: "GlueClient", glue: GlueServer
) -> None:
    glue.crawls_take(0, 0)
    glue.fail_next_crawl("spotify_artist_crawler", "Insufficient Lake Formation permission")
    client.start_crawler(Name="spotify_artist_crawler")
    diagnosis = examined(settings)
    assert diagnosis.healthy
    assert "FAILED: Insufficient Lake Formation permission" in texts(diagnosis, "failed")[0]


def test_no_database_is_reported_until_it_exists(
    settings: Settings, glue: GlueServer, s3_server: S3Server
) -> None:
    glue.reset()
    assert "the Glue database spotify_top50 does not exist" in examined(settings).message
    prefix = settings.lake.removeprefix(f"s3://{s3_server.bucket}/")
    create_crawlers(glue, s3_server.bucket, prefix, settings.glue_database)
    assert examined(settings).healthy


def test_wrong_secrets_are_reported(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    diagnosis = examined(settings)
    assert diagnosis.message.startswith("lake: cannot list")
    assert "Check the AWS credentials" in diagnosis.message
    assert "wrong" not in "".join(map(repr, diagnosis.findings))


def test_a_wrong_profile_is_reported(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert [line.partition(":")[0] for line in texts(examined(settings), "failed")] == ["lake", "catalog"]
    assert "Correct AWS_PROFILE" in examined(settings).message


def test_a_bucket_that_is_not_there_is_reported(settings: Settings, s3_server: S3Server) -> None:
    assert s3_server.bucket != "not-there"
    assert (
        "Create the bucket not-there"
        in examined(settings.model_copy(update={"lake": "s3://not-there"})).message
    )


def test_glue_direct_needs_neither_crawlers_nor_a_database(settings: Settings, glue: GlueServer) -> None:
    glue.reset()
    diagnosis = examined(settings.model_copy(update={"catalog": "glue-direct"}))
    assert diagnosis.healthy
    assert "catalog: the Glue database spotify_top50 does not exist yet: a run creates it" in texts(
        diagnosis, "note"
    )
    assert not any("crawler" in found.text for found in diagnosis.findings)


def test_a_workgroup_that_does_not_exist_is_reported_when_athena_is_in_use(settings: Settings) -> None:
    diagnosis = examined(settings.model_copy(update={"athena_workgroup": "nobodys"}))
    assert not diagnosis.healthy
    assert diagnosis.message.startswith("athena: Athena, workgroup nobodys: InvalidRequestException")
    assert "TOP50_ATHENA_WORKGROUP=none does without Athena" in diagnosis.message
    unasked = examined(settings.model_copy(update={"athena_workgroup": "none"}))
    assert unasked.healthy
    assert "athena: rows are not counted and views not created: TOP50_ATHENA_WORKGROUP=none" in texts(
        unasked, "note"
    )


def test_a_workgroup_that_is_disabled_is_reported(settings: Settings, glue: GlueServer) -> None:
    glue.athena.disable("primary")
    assert "athena: the workgroup primary is disabled" in examined(settings).message
