"""The weekly chart on a directory lake, as a command."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.flows.conftest import ROOT, Command, PrefectApi, command_in, tree
from tests.servers.forks import Forks
from top50.simulator import Fault, Simulator

FILES = {
    "album/album.parquet",
    "artist/artist.parquet",
    "songs/songs.parquet",
    "song_artists/song_artists.parquet",
}


def read(lake: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(lake / "transformed_data" / table / "**/*.parquet")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weekly")


@pytest.fixture(scope="module")
def weekly(home: Path, prefect_settings: dict[str, str], forks: Forks) -> Command:
    """What runs commands on the lake of the first run, which tests of this file share."""
    return command_in(home, prefect_settings, forks)


@pytest.fixture(scope="module")
def lines(weekly: Command) -> list[str]:
    """What the first run, into an empty lake, wrote to standard output."""
    ended = weekly("weekly_chart")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


@pytest.fixture(scope="module")
def filled(home: Path, lines: list[str]) -> Path:
    """The lake after the first run."""
    assert lines
    return home / "lake"


def test_an_empty_lake_gets_eight_weeks_and_a_second_run_changes_no_byte(
    weekly: Command, filled: Path, prefect_api: PrefectApi
) -> None:
    before = tree(filled / "transformed_data")
    entries, songs = read(filled, "chart_entries"), read(filled, "songs")
    assert entries.group_by("chart_date").len()["len"].to_list() == [50] * 8
    assert set(entries["song_id"]) == set(songs["song_id"])
    assert set(songs["album_id"]) <= set(read(filled, "album")["album_id"])
    assert set(read(filled, "song_artists")["artist_id"]) == set(read(filled, "artist")["artist_id"])
    assert {path for path in before if not path.startswith("chart_entries/")} == FILES
    assert not list((filled / "raw_data" / "to_processed").rglob("*.json"))
    assert len(list((filled / "raw_data" / "processed").rglob("*.json"))) == 8

    second = weekly("weekly_chart")
    assert second.returncode == 0, second.stderr
    assert tree(filled / "transformed_data") == before

    run = prefect_api.newest_runs("weekly-chart")[0]
    newest = entries["chart_date"].max()
    assert run["name"] == f"global-weekly-{newest!s}"
    assert run["state"]["type"] == "COMPLETED"
    artifacts = prefect_api.artifacts(run["id"])
    assert artifacts["top50-chart-global-weekly"]["type"] == "table"
    assert artifacts["top50-run-summary"]["type"] == "markdown"
    page = filled / "reports" / "global-weekly.html"
    assert page.read_bytes().startswith(b"<!doctype html>")
    assert str(newest) in page.read_text()
    assert artifacts["top50-digest-global-weekly"]["data"].startswith("# Top Songs Global, ")
    digest = artifacts["top50-digest-global-weekly"]["data"].replace("\\", "")
    assert f"{filled}/reports/global-weekly.html" in digest

    looked = weekly.run("deployments.look", "--print").stdout.splitlines()
    assert looked[0] == f"Page:      {page.as_uri()}"
    assert looked[1] == f"Dashboard: {weekly.environment['PREFECT_API_URL'].removesuffix('/api')}"


def test_the_terminal_ends_with_the_top_ten_and_where_everything_is(filled: Path, lines: list[str]) -> None:
    entries = read(filled, "chart_entries").join(read(filled, "songs"), on="song_id")
    entries = entries.sort("chart_date", "rank")
    for row in entries.tail(50).head(10).iter_rows(named=True):
        assert any(
            line.split()[0] == str(row["rank"]) and row["song_name"] in line for line in lines if line.strip()
        )
    assert any(line.endswith(", invented by the simulator") for line in lines)
    assert f"Tables:    {filled}/transformed_data/" in lines
    assert f"Catalog:   {filled}/catalog.duckdb" in lines
    assert f"Page:      {filled}/reports/global-weekly.html" in lines
    assert lines[-1].startswith("Dashboard: http://127.0.0.1:")


def test_the_catalog_holds_the_tables_themselves(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "gone")
    copy = tmp_path / "mailed.duckdb"
    (tmp_path / "gone" / "catalog.duckdb").rename(copy)
    shutil.rmtree(tmp_path / "gone")
    with duckdb.connect(str(copy), read_only=True) as catalog:
        for table in ("album", "artist", "songs", "song_artists", "chart_entries"):
            rows = catalog.sql(f"SELECT count(*) FROM {table}").fetchone()
            assert rows == (read(filled, table).height,)
        moved = catalog.sql("SELECT count(*), count(previous_rank) FROM current_top_50").fetchone()
    assert moved is not None
    assert moved[0] == 50
    assert 30 < moved[1] < 50


def test_passing_faults_and_a_short_wait_are_survived_and_lasting_faults_are_asked_once(
    command: Command, simulator: Simulator, simulated: dict[str, str]
) -> None:
    playlists = "/v1/playlists"
    simulator.misbehave(Fault(kind="status", status=503, times=2, path_prefix=playlists))
    simulator.misbehave(Fault(kind="rate_limit", retry_after=1, path_prefix=playlists))
    waited = command("weekly_chart", **simulated)
    assert waited.returncode == 0, waited.stderr
    assert "Rate limited by the source, retrying in 1 s" in waited.stderr
    for fault, status, expected in (
        (Fault("status", status=404, path_prefix=playlists), 404, "apps created since 27 November 2024"),
        (Fault("quota", path_prefix=playlists), 429, "the day's quota is used up. Send Spotify no more"),
    ):
        asked = len(simulator.requests)
        simulator.misbehave(fault)
        ended = command("weekly_chart", **simulated)
        assert ended.returncode == 1
        assert expected in ended.stderr.splitlines()[-1]
        assert [request.status for request in simulator.requests[asked:]] == [200, status]


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
    for expected in ("8 charts from 8 raw objects", "nothing new, the lake has it already"):
        ended = command("weekly_chart", **simulated)
        assert ended.returncode == 0, "a good answer is taken although a broken one of its day was refused"
        assert expected in ended.stdout
    assert len(list((lake / "raw_data" / "quarantine").rglob("*.json"))) == 16


def test_a_lake_of_simulated_charts_refuses_real_ones(weekly: Command, filled: Path) -> None:
    before = tree(filled / "transformed_data")
    app = {"SPOTIPY_CLIENT_ID": "invented", "SPOTIPY_CLIENT_SECRET": "invented"}
    ended = weekly("weekly_chart", "--source=playlist", **app)
    assert ended.returncode == 1
    assert "holds simulated charts and refuses real ones" in ended.stderr.splitlines()[-1]
    assert tree(filled / "transformed_data") == before


def test_a_flow_runs_as_a_file_too(command: Command) -> None:
    ended = subprocess.run(
        [sys.executable, ROOT / "flows" / "weekly_chart.py", "--help"],
        cwd="/",
        env=command.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "python -m flows.weekly_chart" in ended.stdout
