"""Old raw objects brought in as a command: from folders, patterns and S3, once each."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.flows.conftest import SHARED_DATA, Command, PrefectApi, tree
from tests.flows.real_files import chart_in, ranks_in, without_song
from top50.simulator import chart_csv, snapshot

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)
REAL = {"TOP50_SOURCE": "playlist"}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Six weeks of CSVs, two playlists, and what lies beside them."""
    folder = tmp_path / "old"
    (folder / "charts").mkdir(parents=True)
    for weeks in range(6):
        name, content = chart_csv("global-weekly", FRIDAY - timedelta(weeks=weeks), old=weeks % 2 == 1)
        (folder / "charts" / name).write_bytes(content)
    (folder / "weekly.json").write_bytes(snapshot("global-weekly", FRIDAY))
    (folder / "daily.json").write_bytes(snapshot("global-daily", FRIDAY))
    (folder / "login.csv").write_bytes(b"<html>")
    (folder / ".DS_Store").write_bytes(b"\0")
    return folder


def entries_of(lake: Path) -> pl.DataFrame:
    return pl.read_parquet(lake / "transformed_data/chart_entries/**/*.parquet", hive_partitioning=True)


def test_a_folder_is_looked_at_then_taken_then_known(
    command: Command, lake: Path, old: Path, prefect_api: PrefectApi
) -> None:
    looked = command("import_history", str(old), "--dry-run", **REAL)
    assert looked.returncode == 0, looked.stderr
    assert looked.stdout.strip() == (
        "✓ 10 files: 8 new, 1 refused, 1 skipped (not raw objects); nothing was written"
    )
    assert "login.csv → old/login.csv (an HTML or XML page" in looked.stderr
    assert not lake.exists()

    taken = command("import_history", str(old), **REAL)
    assert taken.returncode == 0, taken.stderr
    assert "10 of 10 files" in taken.stderr
    assert "7 charts from 8 raw objects: +350 entries" in taken.stdout
    assert "1 object went to quarantine, old/login.csv: an HTML" in taken.stdout
    assert entries_of(lake).height == 350
    assert not list((lake / "raw_data/to_processed").rglob("*"))
    assert (lake / "catalog.duckdb").is_file()
    assert prefect_api.newest_runs("import-history")[0]["name"] == "import-history-8-files"
    before = {key: each for key, each in tree(lake).items() if key.startswith(("raw", "transformed"))}

    again = command("import_history", f"{old}/**/*", f"{old}/charts", **REAL)
    assert again.returncode == 0, again.stderr
    assert "15 files: 14 in the lake already, 1 still refused, in quarantine" in again.stdout
    assert {key: each for key, each in tree(lake).items() if key.startswith(("raw", "transformed"))} == before
    assert command("rebuild", "--check", **REAL).returncode == 0


def test_a_path_that_is_not_there_is_one_clear_line_before_anything_is_done(
    command: Command, lake: Path, old: Path
) -> None:
    ended = command("import_history", str(old), str(old / "nowhere"), **REAL)
    assert ended.returncode == 1
    line = ended.stderr.strip().splitlines()[-2:]
    assert any("✗ there is nothing at" in each and "nowhere" in each for each in line)
    assert not lake.exists()


def test_charts_of_the_other_kind_are_left_out_and_the_run_says_so(
    command: Command, lake: Path, old: Path, simulated: dict[str, str]
) -> None:
    assert command("weekly_chart", **simulated).returncode == 0
    before = tree(lake / "transformed_data")
    ended = command("import_history", str(old / "charts"))
    assert ended.returncode == 1
    assert "6 files left out" in ended.stderr
    assert "this lake holds simulated charts and refuses real ones" in ended.stderr
    assert tree(lake / "transformed_data") == before


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the real responses are not here")
def test_real_files_give_the_weeks_and_rows_that_they_hold(command: Command, lake: Path) -> None:
    folders = [SHARED_DATA / name for name in ("charts", "playlists", "edge")]
    ended = command("import_history", *map(str, folders), **REAL)
    assert ended.returncode == 0, ended.stderr
    csvs = sorted((SHARED_DATA / "charts").iterdir())
    playlists_first = sorted((SHARED_DATA / "playlists").iterdir()) + csvs
    held = {chart_in(path): path for path in playlists_first}  # a CSV counts before a playlist
    entries = entries_of(lake)
    found = {
        (chart, day): (Path(raw_key).name, set(rows.select("rank", "song_id").iter_rows()))
        for (chart, day, raw_key), rows in entries.group_by("chart", "chart_date", "raw_key")
    }
    assert found == {chart: (path.name, ranks_in(path)) for chart, path in held.items()}
    rows = sum(len(ranks_in(path)) for path in held.values())
    said = f"{len(held)} charts from {len(playlists_first)} raw objects: +{rows} entries"
    assert said in ended.stdout
    left_out = sum(map(without_song, playlists_first))
    assert f"; {left_out} rows without a song" in ended.stdout or (
        not left_out and "without a song" not in ended.stdout
    )
    refused = len(list((SHARED_DATA / "edge").iterdir()))
    assert f"{refused} objects went to quarantine" in ended.stdout


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the real responses are not here")
def test_the_real_page_of_the_public_archive_gives_its_chart_and_the_cumulative_one_nothing(
    command: Command, lake: Path
) -> None:
    ended = command("import_history", str(SHARED_DATA / "archive"), **REAL)
    assert ended.returncode == 0, ended.stderr
    assert "2 files: 1 new, 1 skipped (not raw objects)" in ended.stdout
    assert "a cumulative file of the public archive, which has no ranks" in ended.stderr
    assert entries_of(lake).select("source", "chart").unique().rows() == [("public-archive", "global-weekly")]
    assert entries_of(lake).height == 50


def test_a_merged_archive_is_cut_into_charts_once_and_a_rebuild_agrees(
    command: Command, lake: Path, tmp_path: Path
) -> None:
    """Forty days of two countries, of which the lake knows one chart."""
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(40)]
    lines = [
        f"{rank},Song {rank},Artist {rank},{900 - rank},https://open.spotify.com/track/song{rank:018},{day},{region}"
        for day in days
        for region in ("xx", "global")
        for rank in range(1, 201)
    ]
    archive = tmp_path / "data.csv"
    archive.write_text("\n".join(["Position,Track Name,Artist,Streams,URL,Date,Region", *lines]) + "\n")
    looked = command("import_history", "--dry-run", str(archive), **REAL)
    assert "2 files: 2 new; data.csv: 1 unknown chart (xx-daily) left out" in looked.stdout
    assert not lake.exists()
    taken = command("import_history", str(archive), **REAL)
    assert taken.returncode == 0, taken.stderr
    assert "40 charts from 2 raw objects: +2000 entries" in taken.stdout
    assert "1 unknown chart (xx-daily) left out" in taken.stdout
    assert set(entries_of(lake)["chart_date"]) == set(days)
    assert set(entries_of(lake).select("chart", "source").iter_rows()) == {("global-daily", "merged-archive")}
    before = tree(lake / "raw_data")
    again = command("import_history", str(archive), **REAL)
    assert "2 files: 2 in the lake already" in again.stdout
    assert tree(lake / "raw_data") == before
    assert command("rebuild", "--check", **REAL).returncode == 0


def test_equal_names_and_sizes_with_other_contents_are_all_taken(
    command: Command, lake: Path, tmp_path: Path
) -> None:
    contents = [snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks)) for weeks in range(2)]
    longest = max(map(len, contents))
    for number, content in enumerate(contents):
        file = tmp_path / str(number) / "old" / "chart=global-weekly" / "x.json"
        file.parent.mkdir(parents=True)
        file.write_bytes(content.ljust(longest))
        os.utime(file, (0, 0))
        assert command("import_history", str(file.parents[1]), **REAL).returncode == 0
    assert entries_of(lake)["chart_date"].n_unique() == 2
    assert len(tree(lake / "raw_data/processed")) == 2
