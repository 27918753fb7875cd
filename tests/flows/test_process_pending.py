"""A backlog put there by anyone, as a command."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.flows.conftest import SHARED_DATA, Command, PrefectApi, tree
from tests.flows.real_files import ranks_in
from top50.lake.directory import DirectoryLake
from top50.simulator import snapshot
from top50.tables.files import songs_file
from top50.tables.publish import publish
from top50.transform import build_tables

FOLDERS = ("playlists", "charts", "edge")
FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)


def put(lake: Path, key: str, content: bytes) -> None:
    path = lake / "raw_data" / "to_processed" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_what_anyone_puts_there_is_processed_and_what_is_no_chart_is_not_in_its_way(
    command: Command, lake: Path, prefect_api: PrefectApi
) -> None:
    for weeks in range(3):
        put(lake, f"from a friend/{weeks}.json", snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks)))
    put(lake, "login.csv", b"<!DOCTYPE html><html>Log in</html>")
    ended = command("process_pending")
    assert ended.returncode == 0, ended.stderr
    entries = pl.read_parquet(lake / "transformed_data/chart_entries/**/*.parquet")
    assert sorted(set(entries["raw_key"])) == [f"from a friend/{weeks}.json" for weeks in range(3)]
    assert not list((lake / "raw_data" / "to_processed").rglob("*"))
    reason = json.loads((lake / "raw_data/quarantine/login.csv.reason.json").read_text())
    assert "an HTML or XML page" in reason["reason"]
    assert (lake / "raw_data/quarantine/login.csv").read_bytes().startswith(b"<!DOCTYPE")
    run = prefect_api.newest_runs("process-pending")[0]
    assert "; 1 object went to quarantine, login.csv: an HTML" in run["state"]["message"]
    assert "login.csv" in prefect_api.artifacts(run["id"])["top50-run-summary"]["data"]


def test_tables_that_do_not_hold_together_fail_the_run_before_bi_tools_see_them(
    command: Command, lake: Path, prefect_api: PrefectApi
) -> None:
    old, new = (snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks)) for weeks in (30, 0))
    there = DirectoryLake(lake, create=True)
    publish(there, build_tables([("old.json", old)]).tables)
    gone = set(build_tables([("old.json", old)]).tables["songs"]["song_id"])
    gone -= set(build_tables([("new.json", new)]).tables["songs"]["song_id"])
    stored, songs = songs_file().read(there)
    songs_file().write(there, songs.filter(pl.col("song_id") != min(gone)), stored, songs.height)
    put(lake, "new.json", new)
    ended = command("process_pending")
    assert ended.returncode == 1
    line = ended.stderr.splitlines()[-1]
    assert "are inconsistent: chart_entries.song_id references an id that is missing from songs" in line
    assert min(gone) in line
    assert "See all of it with make verify" in line
    assert not (lake / "catalog.duckdb").exists()
    assert prefect_api.newest_runs("process-pending")[0]["state"]["type"] == "FAILED"


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the real responses are not here")
def test_every_real_file_ends_in_the_tables_or_in_quarantine(command: Command, lake: Path) -> None:
    pending = lake / "raw_data" / "to_processed"
    for folder in FOLDERS:
        shutil.copytree(SHARED_DATA / folder, pending / folder)
    ended = command("process_pending")
    assert ended.returncode == 0, ended.stderr
    processed, quarantine = tree(lake / "raw_data/processed"), tree(lake / "raw_data/quarantine")
    refused = {key for key in quarantine if not key.endswith(".reason.json")}
    files = {
        f"{folder}/{key}": content
        for folder in FOLDERS
        for key, (_, content) in tree(SHARED_DATA / folder).items()
    }
    assert set(processed) | refused == set(files)
    assert refused == {key for key in files if key.startswith("edge/")}
    assert {f"{key}.reason.json" for key in refused} == set(quarantine) - refused
    for key, content in files.items():
        assert (processed if key in processed else quarantine)[key][1] == content

    entries = pl.read_parquet(lake / "transformed_data/chart_entries/**/*.parquet", hive_partitioning=True)
    for (raw_key,), rows in entries.group_by("raw_key"):
        assert set(rows.select("rank", "song_id").iter_rows()) == ranks_in(SHARED_DATA / str(raw_key))
    # The weeks that both a playlist and a CSV hold are the CSV's.
    both = {"playlists/global-weekly-2023-02-10.items-only.json", "playlists/global-weekly-2023-04-28.json"}
    assert set(entries["raw_key"]) == set(processed) - both


def test_a_backlog_cut_otherwise_gives_the_same_bytes(command: Command, tmp_path: Path) -> None:
    """100 snapshots of 200 KB are three batches; cut in two halves, every other one, they are others."""
    raws = {f"{day:03}.json": snapshot("global-daily", FRIDAY - timedelta(days=day)) for day in range(100)}
    one, two = tmp_path / "one", tmp_path / "two"
    for key, content in raws.items():
        put(one, key, content)
    assert command("process_pending", f"--lake={one}").returncode == 0
    for keys in (sorted(raws)[::2], sorted(raws)[1::2]):
        for key in keys:
            put(two, key, raws[key])
        assert command("process_pending", f"--lake={two}").returncode == 0
    bytes_of = {key: content for key, (_, content) in tree(one / "transformed_data").items()}
    assert bytes_of == {key: content for key, (_, content) in tree(two / "transformed_data").items()}
