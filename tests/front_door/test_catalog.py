"""What the catalog on AWS makes of a run: of a good one, a good one again, and of what goes wrong in it."""

from contextlib import closing

import pytest

from tests.flows.conftest import Command, PrefectApi
from tests.servers.cloud import Cloud
from top50.catalog.views import VIEWS
from top50.tables.schemas import TABLES

from .hosts import BI, CATALOG, GLUE


@pytest.fixture
def simulated(command: Command) -> Command:
    """With the simulator that a run starts for itself."""
    command.environment["TOP50_SOURCE"] = "simulator"
    return command


def test_eight_weeks_are_published_crawled_and_left_alone_by_a_second_run(
    simulated: Command, cloud: Cloud, prefect_api: PrefectApi
) -> None:
    cloud.glue.athena.be_in("QUEUED", "RUNNING")
    first = simulated("weekly_chart", TOP50_QUICKSIGHT_DATASETS="top-50")
    assert first.returncode == 0, first.stderr
    crawled, refreshed = first.stderr.split("QuickSight data set top-50: started top50-")
    assert crawled.count("_crawler ended: SUCCEEDED") == 5
    assert "Glue shows 5 tables and 1 partition as agreed" in crawled
    assert "rows in 5 tables, as published" in crawled
    assert "Result: " in refreshed
    before = cloud.objects("transformed_data/")
    entries = cloud.rows("chart_entries")
    assert entries.height == 400
    assert set(entries["song_id"]) == set(cloud.rows("songs")["song_id"])
    assert not cloud.objects("raw_data/to_processed/")
    assert len(cloud.objects("raw_data/processed/")) == 8
    with closing(cloud.glue.client()) as glue:
        shown = glue.get_tables(DatabaseName=cloud.database)["TableList"]
    tables = {table["Name"]: table for table in shown}
    assert set(tables) == {*TABLES, *VIEWS}
    assert [key["Name"] for key in tables["chart_entries"].get("PartitionKeys", [])] == ["chart", "year"]
    place = "Glue database spotify_top50: 5 crawlers succeeded, 5 tables as published, 10 views"
    assert f"{place} (10 made)" in first.stdout
    reports = {key: content for key, (_, content) in cloud.objects("reports/").items()}
    weeks = {f"global-weekly/{day}.html" for day in entries["chart_date"].unique()}
    assert set(reports) == {"global-weekly.html", "catalog.json", "global-weekly/made.json", *weeks}
    assert reports["global-weekly.html"].startswith(b"<!doctype html>")
    assert cloud.door.hosts == {cloud.host, *CATALOG, *BI}

    cloud.glue.calls.clear()
    cloud.door.hosts.clear()
    second = simulated("weekly_chart", TOP50_QUICKSIGHT_DATASETS="top-50")
    assert second.returncode == 0, second.stderr
    assert cloud.objects("transformed_data/") == before
    assert "spotify_top50: no crawl needed, 5 tables as proven before\n" in second.stdout
    assert cloud.glue.calls == ["GetTables", "GetPartitions"]
    assert "QuickSight" not in second.stderr
    assert prefect_api.newest_runs("weekly-chart")[0]["state"]["type"] == "COMPLETED"
    assert cloud.door.hosts == {cloud.host, GLUE}


def test_a_failed_crawl_fails_the_run_with_its_own_words_and_loses_nothing(
    simulated: Command, cloud: Cloud
) -> None:
    cloud.glue.fail_next_crawl("spotify_songs_crawler", "Insufficient Lake Formation permission")
    ended = simulated("weekly_chart")
    assert ended.returncode == 1
    line = ended.stderr.splitlines()[-1]
    assert "spotify_songs_crawler FAILED: Insufficient Lake Formation permission" in line
    assert "/aws-glue/crawlers" in line
    assert cloud.rows("chart_entries").height == 400


def test_rows_that_athena_does_not_see_fail_the_run_and_lose_nothing(
    simulated: Command, cloud: Cloud, prefect_api: PrefectApi
) -> None:
    cloud.glue.athena.filter_rows("chart_entries", "rank > 1")
    ended = simulated("weekly_chart")
    assert ended.returncode == 1
    seen = "Athena sees 392 rows of chart_entries, partition chart=global-weekly/year=2026, published are 400"
    assert seen in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    run = prefect_api.newest_runs("weekly-chart")[0]
    assert (run["state"]["type"], seen in run["state"]["message"]) == ("FAILED", True)
    assert cloud.rows("chart_entries").height == 400


def test_without_crawlers_and_in_spite_of_throttling_the_tables_and_views_are_there(
    simulated: Command, cloud: Cloud
) -> None:
    cloud.glue.reset()
    cloud.glue.athena.fail_next_query("Rate exceeded", is_retryable=True)
    ended = simulated("weekly_chart", TOP50_CATALOG="glue-direct")
    assert ended.returncode == 0, ended.stderr
    assert "written without crawlers (7 changes), 5 tables as published, 10 views (10 made)" in ended.stdout
    assert cloud.glue.calls.count("CreateTable") == 5, "what failed was the proof: nothing is written again"
    assert "StartCrawler" not in cloud.glue.calls
