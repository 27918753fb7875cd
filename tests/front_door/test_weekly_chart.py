"""Weekly runs from every source into a lake on AWS, and the hosts that each of them asks."""

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import polars as pl

from tests.flows.conftest import Command, PrefectApi
from tests.servers.cloud import Cloud
from tests.servers.seaweedfs import REGION
from top50.catalog.views import VIEWS
from top50.simulator import Simulator, chart_csv
from top50.tables.schemas import TABLES

from .conftest import APP, FRIDAY
from .hosts import ALL, BI, CATALOG, CHARTS_PAGE, PLAYLIST

FIREWALL = Path(__file__).parents[2] / "docs" / "aws.md"


def test_a_run_of_every_kind_asks_the_listed_hosts_and_no_others(
    command: Command, cloud: Cloud, spotify: Simulator, prefect_api: PrefectApi
) -> None:
    """In processes of their own, as cron starts them."""
    command = replace(command, forks=None)
    ended = command("weekly_chart", **APP, TOP50_QUICKSIGHT_DATASETS="top-50")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.count("_crawler ended: SUCCEEDED") == 5
    assert "QuickSight data set top-50: started top50-" in ended.stderr
    assert "5 crawlers succeeded, 5 tables as published, 10 views (10 made)" in ended.stdout
    assert cloud.door.hosts == {cloud.host, *CATALOG, *PLAYLIST, *BI}
    with closing(cloud.glue.client()) as glue:
        shown = glue.get_tables(DatabaseName=cloud.database)["TableList"]
    assert {table["Name"] for table in shown} == {*TABLES, *VIEWS}
    run = prefect_api.newest_runs("weekly-chart")[0]
    summary = prefect_api.artifacts(run["id"])["top50-run-summary"]["data"]
    assert f"https://console.aws.amazon.com/glue/home?region={REGION}" in summary
    spotify.set_now(FRIDAY)
    for source in ("charts-page", "public-archive"):
        ended = command("weekly_chart", f"--source={source}")
        assert ended.returncode == 0, ended.stderr
    assert cloud.door.hosts == {cloud.host, *ALL}
    asked = {
        host.replace(cloud.s3.bucket, "<bucket>").replace(REGION, "<region>") for host in cloud.door.hosts
    }
    assert {host for host in asked if f"`{host}`" not in FIREWALL.read_text()} == set()
    assert {request.status for request in spotify.requests} == {200}


def test_a_steady_week_asks_little(command: Command, cloud: Cloud, spotify: Simulator) -> None:
    assert command("weekly_chart", **APP).returncode == 0
    spotify.set_now(FRIDAY)
    asked = len(spotify.requests)
    cloud.door.requests.clear()
    ended = command("weekly_chart", **APP)
    assert ended.returncode == 0, ended.stderr
    assert cloud.rows("chart_entries").height == 100
    assert len(spotify.requests) - asked <= 3
    assert len(besides_kept_pages(cloud)) <= 30, "\n".join(cloud.requests)
    assert len(kept_pages(cloud)) <= 4
    assert cloud.door.hosts == {cloud.host, *CATALOG, *PLAYLIST}


def test_a_steady_week_of_several_charts_asks_little_for_each(
    command: Command, cloud: Cloud, spotify: Simulator
) -> None:
    charts = ("global-weekly", "us-weekly", "br-weekly", "de-daily")
    several = {**APP, "TOP50_CHART": ",".join(charts)}
    assert command("weekly_chart", **several).returncode == 0
    spotify.set_now(FRIDAY)
    asked = len(spotify.requests)
    cloud.door.requests.clear()
    ended = command("weekly_chart", **several)
    assert ended.returncode == 0, ended.stderr
    assert cloud.rows("chart_entries").height == 2 * 50 * len(charts)
    assert len(spotify.requests) - asked == 1 + len(charts)
    assert len(besides_kept_pages(cloud)) <= 31 + 11 * (len(charts) - 1), "\n".join(cloud.requests)
    assert len(kept_pages(cloud)) <= 4 * len(charts)


def kept_pages(cloud: Cloud) -> list[str]:
    """The requests for the pages that stay: this date's, the one before, which links to it, the record."""
    return [request for request in cloud.requests if re.search(r"/reports/[^/]+/", request)]


def besides_kept_pages(cloud: Cloud) -> list[str]:
    return [request for request in cloud.requests if request not in kept_pages(cloud)]


def test_without_crawlers_the_charts_page_is_published_proven_and_its_songs_completed(
    command: Command, cloud: Cloud, spotify: Simulator
) -> None:
    """With the region's other name alone."""
    cloud.glue.reset()
    del command.environment["AWS_REGION"]
    settings = {"AWS_DEFAULT_REGION": REGION, "TOP50_CATALOG": "glue-direct", "TOP50_SOURCE": "charts-page"}
    first = command("weekly_chart", **settings)
    assert first.returncode == 0, first.stderr
    assert "StartCrawler" not in cloud.glue.calls
    assert cloud.door.hosts == {cloud.host, *CATALOG, *CHARTS_PAGE}
    asked = len(spotify.requests)

    cloud.door.hosts.clear()
    enriched = command("enrich", **settings, **APP)
    assert enriched.returncode == 0, enriched.stderr
    assert "5 tables as published, 10 views (10 made)" in enriched.stdout
    assert len(spotify.requests) - asked == 51, "a token and the songs"
    assert cloud.door.hosts == {cloud.host, *CATALOG, *PLAYLIST}
    entries = cloud.rows("chart_entries").join(cloud.rows("songs"), on="song_id")
    assert entries.join(cloud.rows("album"), on="album_id").filter(pl.col("name") != "").height == 50


def test_a_profile_with_keys_and_a_region_is_enough(command: Command, cloud: Cloud, tmp_path: Path) -> None:
    folder = Path(command.environment["HOME"]) / ".aws"
    folder.mkdir()
    names = ("aws_access_key_id", "aws_secret_access_key")
    lines = [f"{name} = {command.environment.pop(name.upper())}\n" for name in names]
    (folder / "credentials").write_text("".join(["[charts]\n", *lines]))
    (folder / "config").write_text(f"[profile charts]\nregion = {command.environment.pop('AWS_REGION')}\n")
    name, content = chart_csv("global-weekly", FRIDAY)
    (tmp_path / name).write_bytes(content)
    options = ("--source=charts-csv", f"--file={tmp_path / name}")
    ended = command("weekly_chart", *options, AWS_PROFILE="charts")
    assert ended.returncode == 0, ended.stderr
    assert cloud.rows("chart_entries").height == 50
    assert cloud.door.hosts == {cloud.host, *CATALOG}
