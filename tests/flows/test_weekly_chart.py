"""The weekly chart on a directory lake, as a command."""

import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl

from tests.flows.conftest import ROOT, Command, PrefectApi, tree
from top50.simulator import Fault, Simulator

FILES = {
    "album/album.parquet",
    "artist/artist.parquet",
    "songs/songs.parquet",
    "song_artists/song_artists.parquet",
}


def read(lake: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(lake / "transformed_data" / table / "**/*.parquet")


def test_an_empty_lake_gets_eight_weeks_and_a_second_run_changes_no_byte(
    command: Command, lake: Path, prefect_api: PrefectApi, simulated: dict[str, str]
) -> None:
    first = command("weekly_chart", **simulated)
    assert first.returncode == 0, first.stderr
    before = tree(lake / "transformed_data")
    entries, songs = read(lake, "chart_entries"), read(lake, "songs")
    assert entries.group_by("chart_date").len()["len"].to_list() == [50] * 8
    assert set(entries["song_id"]) == set(songs["song_id"])
    assert set(songs["album_id"]) <= set(read(lake, "album")["album_id"])
    assert set(read(lake, "song_artists")["artist_id"]) == set(read(lake, "artist")["artist_id"])
    assert {path for path in before if not path.startswith("chart_entries/")} == FILES
    assert not list((lake / "raw_data" / "to_processed").rglob("*.json"))
    assert len(list((lake / "raw_data" / "processed").rglob("*.json"))) == 8

    second = command("weekly_chart", **simulated)
    assert second.returncode == 0, second.stderr
    assert tree(lake / "transformed_data") == before

    run = prefect_api.newest_runs("weekly-chart")[0]
    newest = entries["chart_date"].max()
    assert run["name"] == f"global-weekly-{newest!s}"
    assert run["state"]["type"] == "COMPLETED"
    artifacts = prefect_api.artifacts(run["id"])
    assert artifacts["top50-chart-global-weekly"]["type"] == "table"
    assert artifacts["top50-run-summary"]["type"] == "markdown"
    page = lake / "reports" / "global-weekly.html"
    assert page.read_bytes().startswith(b"<!doctype html>")
    assert str(newest) in page.read_text()
    assert artifacts["top50-digest-global-weekly"]["data"].startswith("# Top Songs Global, ")
    assert f"{lake}/reports/global-weekly.html" in artifacts["top50-digest-global-weekly"]["data"].replace(
        "\\", ""
    )
    with duckdb.connect(str(lake / "catalog.duckdb"), read_only=True) as catalog:
        moved = catalog.sql("SELECT count(*), count(previous_rank) FROM current_top_50").fetchone()
    assert moved is not None
    assert moved[0] == 50
    assert 30 < moved[1] < 50

    looked = subprocess.run(
        [sys.executable, "-m", "deployments.look", "--print"],
        cwd=ROOT,
        env=command.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.splitlines()
    assert looked[0] == f"Page:      {page.as_uri()}"
    assert looked[1] == f"Dashboard: {command.environment['PREFECT_API_URL'].removesuffix('/api')}"


def test_the_terminal_ends_with_the_top_ten_and_where_everything_is(
    command: Command, lake: Path, simulated: dict[str, str]
) -> None:
    ended = command("weekly_chart", **simulated)
    entries = read(lake, "chart_entries").join(read(lake, "songs"), on="song_id").sort("chart_date", "rank")
    lines = ended.stdout.splitlines()
    for row in entries.tail(50).head(10).iter_rows(named=True):
        assert any(
            line.split()[0] == str(row["rank"]) and row["song_name"] in line for line in lines if line.strip()
        )
    assert f"Tables:    {lake}/transformed_data/" in lines
    assert f"Catalog:   {lake}/catalog.duckdb" in lines
    assert f"Page:      {lake}/reports/global-weekly.html" in lines
    assert lines[-1].startswith("Dashboard: http://127.0.0.1:")


def test_the_catalog_holds_the_tables_themselves(
    command: Command, lake: Path, simulated: dict[str, str], tmp_path: Path
) -> None:
    assert command("weekly_chart", **simulated).returncode == 0
    copy = tmp_path / "mailed.duckdb"
    (lake / "catalog.duckdb").rename(copy)
    with duckdb.connect(str(copy), read_only=True) as catalog:
        for table in ("album", "artist", "songs", "song_artists", "chart_entries"):
            rows = catalog.sql(f"SELECT count(*) FROM {table}").fetchone()
            assert rows == (read(lake, table).height,)


def test_a_passing_fault_is_survived_and_a_permanent_one_is_asked_once(
    command: Command, simulator: Simulator, simulated: dict[str, str]
) -> None:
    simulator.misbehave(Fault(kind="status", status=503, times=2, path_prefix="/v1/playlists"))
    assert command("weekly_chart", **simulated).returncode == 0
    asked = len(simulator.requests)
    simulator.misbehave(Fault(kind="status", status=404, times=1, path_prefix="/v1/playlists"))
    ended = command("weekly_chart", **simulated)
    assert ended.returncode == 1
    assert "apps created since 27 November 2024" in ended.stderr.splitlines()[-1]
    assert [request.status for request in simulator.requests[asked:]] == [200, 404]


def test_a_short_wait_is_waited_for_and_a_spent_quota_ends_the_run_at_once(
    command: Command, simulator: Simulator, simulated: dict[str, str]
) -> None:
    simulator.misbehave(Fault(kind="rate_limit", retry_after=1, path_prefix="/v1/playlists"))
    waited = command("weekly_chart", **simulated)
    assert waited.returncode == 0, waited.stderr
    assert "Rate limited by the source, retrying in 1 s" in waited.stderr
    asked = len(simulator.requests)
    simulator.misbehave(Fault(kind="quota", path_prefix="/v1/playlists"))
    ended = command("weekly_chart", **simulated)
    assert ended.returncode == 1
    assert "the day's quota is used up. Send Spotify no more requests until" in ended.stderr.splitlines()[-1]
    assert [request.status for request in simulator.requests[asked:]] == [200, 429]


def test_a_chart_that_fails_its_checks_goes_to_quarantine_and_fails_the_run(
    command: Command, lake: Path, simulator: Simulator, simulated: dict[str, str], prefect_api: PrefectApi
) -> None:
    simulator.strange_rows(dict.fromkeys(range(1, 7), "null_track"))
    ended = command("weekly_chart", **simulated)
    assert ended.returncode == 1
    assert "only 44 of 50 ranks have a song" in ended.stderr.splitlines()[-1]
    quarantined = [path.name for path in (lake / "raw_data" / "quarantine").rglob("*.json")]
    assert len(quarantined) == 16
    assert not list((lake / "transformed_data").rglob("*.parquet"))
    state = prefect_api.newest_runs("weekly-chart")[0]["state"]
    assert state["type"] == "FAILED"
    assert "only 44 of 50 ranks have a song" in state["message"]

    simulator.strange_rows({})
    for says in ("8 charts from 8 raw objects", "nothing new, the lake has it already"):
        ended = command("weekly_chart", **simulated)
        assert ended.returncode == 0, (
            "good answers are not thrown away for the broken ones of those snapshots"
        )
        assert says in ended.stdout
    assert len(list((lake / "raw_data" / "quarantine").rglob("*.json"))) == 16


def test_a_lake_of_simulated_charts_refuses_real_ones(
    command: Command, lake: Path, simulated: dict[str, str]
) -> None:
    assert command("weekly_chart", **simulated).returncode == 0
    before = tree(lake / "transformed_data")
    ended = command(
        "weekly_chart",
        "--source=playlist",
        **simulated,
        SPOTIPY_CLIENT_ID="invented",
        SPOTIPY_CLIENT_SECRET="invented",
    )
    assert ended.returncode == 1
    assert "holds simulated charts and refuses real ones" in ended.stderr.splitlines()[-1]
    assert tree(lake / "transformed_data") == before


def test_a_flow_runs_as_a_file_too(command: Command) -> None:
    shown = subprocess.run(
        [sys.executable, ROOT / "flows" / "weekly_chart.py", "--help"],
        cwd="/",
        env=command.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "python -m flows.weekly_chart" in shown.stdout
