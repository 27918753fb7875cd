"""The same on S3, with the Glue crawlers started, waited for and checked."""

import io
from contextlib import closing
from datetime import UTC, datetime

import polars as pl

from tests.flows.conftest import Cloud, Command, PrefectApi
from tests.servers.proxy import recording
from tests.servers.querying import ask
from top50.catalog.views import VIEWS
from top50.simulator import Simulator

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)
TABLES = {"album", "artist", "songs", "song_artists", "chart_entries"}


def rows(cloud: Cloud, table: str) -> pl.DataFrame:
    files = cloud.objects(f"transformed_data/{table}/")
    return pl.concat([pl.read_parquet(io.BytesIO(content)) for _, content in files.values()])


def test_eight_weeks_are_published_crawled_and_left_alone_by_a_second_run(
    command: Command, cloud: Cloud, simulated: dict[str, str], prefect_api: PrefectApi
) -> None:
    quicksight = {f"AWS_ENDPOINT_URL_{name}": cloud.glue.endpoint_url for name in ("STS", "QUICKSIGHT")}
    quicksight["TOP50_QUICKSIGHT_DATASETS"] = "top-50"
    first = command("weekly_chart", **simulated, **cloud.settings, **quicksight)
    assert first.returncode == 0, first.stderr
    crawled, refreshed = first.stderr.split("QuickSight data set top-50: started top50-")
    assert crawled.count("_crawler ended: SUCCEEDED") == 5
    assert "Glue shows 5 tables and 1 partition as agreed" in crawled
    assert "rows in 5 tables, as published" in crawled
    assert "Result: " in refreshed
    before = cloud.objects("transformed_data/")
    entries = rows(cloud, "chart_entries")
    assert entries.height == 400
    assert set(entries["song_id"]) == set(rows(cloud, "songs")["song_id"])
    assert not cloud.objects("raw_data/to_processed/")
    assert len(cloud.objects("raw_data/processed/")) == 8
    glue = cloud.glue.client()
    tables = {table["Name"]: table for table in glue.get_tables(DatabaseName=cloud.database)["TableList"]}
    assert set(tables) == TABLES | set(VIEWS)
    assert [key["Name"] for key in tables["chart_entries"].get("PartitionKeys", [])] == ["chart", "year"]
    place = "Glue database spotify_top50: 5 crawlers succeeded, 5 tables as published, 8 views"
    assert f"{place} (8 made)" in first.stdout
    with closing(cloud.glue.athena_client()) as athena:
        output = f"s3://{cloud.s3.bucket}/{cloud.prefix}/athena_results/"
        current = ask(athena, "SELECT rank, song_name, status FROM current_top_50 ORDER BY rank", output)
    assert len(current.rows) == 50
    reports = {key: content for key, (_, content) in cloud.objects("reports/").items()}
    assert set(reports) == {"global-weekly.html", "catalog.json"}
    assert reports["global-weekly.html"].startswith(b"<!doctype html>")

    cloud.glue.calls.clear()
    second = command("weekly_chart", **simulated, **cloud.settings, **quicksight)
    assert second.returncode == 0, second.stderr
    assert cloud.objects("transformed_data/") == before
    assert "spotify_top50: no crawl needed, 5 tables as proven before\n" in second.stdout
    assert cloud.glue.calls == ["GetTables", "GetPartitions"]
    assert "QuickSight" not in second.stderr
    assert prefect_api.newest_runs("weekly-chart")[0]["state"]["type"] == "COMPLETED"


def test_a_failed_crawl_fails_the_run_with_its_own_words_and_loses_nothing(
    command: Command, cloud: Cloud, simulated: dict[str, str]
) -> None:
    cloud.glue.fail_next_crawl("spotify_songs_crawler", "Insufficient Lake Formation permission")
    ended = command("weekly_chart", **simulated, **cloud.settings)
    assert ended.returncode == 1
    line = ended.stderr.splitlines()[-1]
    assert "spotify_songs_crawler FAILED: Insufficient Lake Formation permission" in line
    assert "/aws-glue/crawlers" in line
    assert rows(cloud, "chart_entries").height == 400


def test_rows_that_athena_does_not_see_fail_the_run_and_lose_nothing(
    command: Command, cloud: Cloud, simulated: dict[str, str], prefect_api: PrefectApi
) -> None:
    cloud.glue.athena.filter_rows(cloud.database, "chart_entries", "rank > 1")
    ended = command("weekly_chart", **simulated, **cloud.settings)
    assert ended.returncode == 1
    seen = "Athena sees 392 rows of chart_entries, partition chart=global-weekly/year=2026, published are 400"
    assert seen in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    run = prefect_api.newest_runs("weekly-chart")[0]
    assert (run["state"]["type"], seen in run["state"]["message"]) == ("FAILED", True)
    assert rows(cloud, "chart_entries").height == 400


def test_without_crawlers_and_in_spite_of_throttling_the_tables_and_views_are_there(
    command: Command, cloud: Cloud, simulated: dict[str, str]
) -> None:
    cloud.glue.reset()
    cloud.glue.athena.fail_next_query("Rate exceeded", is_retryable=True)
    ended = command("weekly_chart", **simulated, **cloud.settings, TOP50_CATALOG="glue-direct")
    assert ended.returncode == 0, ended.stderr
    assert "written without crawlers (7 changes), 5 tables as published, 8 views (8 made)" in ended.stdout
    assert cloud.glue.calls.count("CreateTable") == 5, "what failed was the proof: nothing is written again"
    assert "StartCrawler" not in cloud.glue.calls


def test_a_steady_week_asks_little(
    command: Command, cloud: Cloud, simulator: Simulator, simulated: dict[str, str]
) -> None:
    settings = {**simulated, **cloud.settings}
    simulator.set_now(datetime(2026, 11, 13, 22, tzinfo=UTC))
    assert command("weekly_chart", **settings).returncode == 0
    simulator.set_now(FRIDAY)
    asked = len(simulator.requests)
    with recording(cloud.s3.endpoint_url) as wire:
        ended = command("weekly_chart", **{**settings, "AWS_ENDPOINT_URL_S3": wire.url})
    assert ended.returncode == 0, ended.stderr
    assert rows(cloud, "chart_entries").height == 450
    assert len(simulator.requests) - asked <= 3
    assert len(wire.requests) <= 30, "\n".join(map(str, wire.requests))
