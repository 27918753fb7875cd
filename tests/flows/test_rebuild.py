"""The rebuild as a command: compares, mends, and refuses to lose anything."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.flows.conftest import Command, PrefectApi, tree
from tests.servers.cloud import Cloud
from top50.simulator import chart_csv, snapshot

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)
SONGS = "transformed_data/songs/songs.parquet"


@pytest.fixture
def full(command: Command, lake: Path) -> dict[str, bytes]:
    """A lake of two charts and three weeks, a CSV of one of them; its tables."""
    pending = lake / "raw_data/to_processed"
    pending.mkdir(parents=True)
    for weeks in range(3):
        content = snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks))
        (pending / f"{weeks}.json").write_bytes(content)
    (pending / "daily.json").write_bytes(snapshot("global-daily", FRIDAY))
    name, content = chart_csv("global-weekly", FRIDAY)
    (pending / name).write_bytes(content)
    assert command("process_pending").returncode == 0
    return tables(lake)


def tables(lake: Path) -> dict[str, bytes]:
    return {key: content for key, (_, content) in tree(lake / "transformed_data").items()}


def test_tables_are_checked_mended_and_shown(
    command: Command, lake: Path, full: dict[str, bytes], prefect_api: PrefectApi
) -> None:
    checked = command("rebuild", "--check")
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.strip() == "✓ 6 table files from 5 raw objects: 6 same"
    (lake / SONGS).write_bytes(b"damaged")
    (lake / "transformed_data/album/album.parquet").unlink()
    (lake / "catalog.duckdb").unlink()
    harmed = tree(lake)

    checked = command("rebuild", "--check")
    assert checked.returncode == 1
    line = checked.stderr.strip().splitlines()[-1]
    assert line.startswith("✗ 6 table files from 5 raw objects: 1 differs, 1 missing, 4 same.")
    assert f"differs  {SONGS}" in checked.stderr
    assert "missing  transformed_data/album/album.parquet" in checked.stderr
    assert tree(lake) == harmed
    run = prefect_api.newest_runs("rebuild")[0]
    assert (run["name"], run["state"]["type"]) == ("rebuild-check", "FAILED")

    mended = command("rebuild")
    assert mended.returncode == 0, mended.stderr
    assert tables(lake) == full
    assert "✓ 6 table files from 5 raw objects: 4 were the same, 2 put in place" in mended.stdout
    assert (lake / "catalog.duckdb").is_file()
    run = prefect_api.newest_runs("rebuild")[0]
    assert run["name"] == "rebuild-global-weekly-2026-11-19"
    assert (
        SONGS.removeprefix("transformed_data/")
        in prefect_api.artifacts(run["id"])["top50-run-summary"]["data"]
    )


def test_an_archived_object_that_is_refused_fails_the_run_and_changes_nothing(
    command: Command, lake: Path, full: dict[str, bytes]
) -> None:
    assert full
    (lake / "raw_data/processed/login.csv").write_bytes(b"<html>")
    (lake / SONGS).unlink()
    before = tables(lake)
    ended = command("rebuild")
    assert ended.returncode == 1
    line = ended.stderr.strip().splitlines()[-1]
    assert line.startswith("✗ ")
    assert "processed/login.csv is refused now: an HTML" in line
    assert tables(lake) == before


def test_a_lake_that_is_not_there_is_one_clear_line(command: Command, lake: Path) -> None:
    ended = command("rebuild", "--check")
    assert ended.returncode == 1
    assert f"there is no lake at {lake}" in ended.stderr.splitlines()[-1]
    assert not lake.exists()


def test_on_s3_a_missing_table_comes_back_and_the_crawlers_run(command: Command, cloud: Cloud) -> None:
    client, bucket = cloud.s3.client(), cloud.s3.bucket
    for weeks in range(2):
        body = snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks))
        client.put_object(Bucket=bucket, Key=f"{cloud.prefix}/raw_data/to_processed/{weeks}.json", Body=body)
    settings = {**cloud.settings, "TOP50_SOURCE": "playlist"}
    assert command("process_pending", **{**settings, "TOP50_CATALOG": "none"}).returncode == 0
    before = {key: content for key, (_, content) in cloud.objects("transformed_data/").items()}
    client.delete_object(Bucket=bucket, Key=f"{cloud.prefix}/{SONGS}")
    client.put_object(Bucket=bucket, Key=f"{cloud.prefix}/transformed_data/artist/artist.parquet", Body=b"x")
    ended = command("rebuild", **settings)
    assert ended.returncode == 0, ended.stderr
    assert {key: content for key, (_, content) in cloud.objects("transformed_data/").items()} == before
    assert "3 were the same, 2 put in place" in ended.stdout
    assert cloud.database in ended.stdout
