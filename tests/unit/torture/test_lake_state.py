"""The machinery sees what is lost, doubled or left behind: else `survived` would mean nothing."""

import io
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.torture.lake_state import State, compare, reader_sees, state_of
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.simulator import snapshot
from top50.tables.publish import publish
from top50.transform import build_tables

GOOD, BAD = "chart=global-weekly/2026-11-19/a.json", "bad.json"
SONGS = "transformed_data/songs/songs.parquet"
ENTRIES = "transformed_data/chart_entries/chart=global-weekly/year=2026/chart_entries.parquet"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> State:
    lake = DirectoryLake(tmp_path_factory.mktemp("lake"))
    content = snapshot("global-weekly", datetime(2026, 11, 20, 22, tzinfo=UTC))
    lake.write(QUARANTINE + BAD, b"{")
    lake.write(f"{QUARANTINE}{BAD}.reason.json", b'{"reason": "no JSON"}')
    publish(lake, build_tables([(GOOD, content)]).tables)
    lake.write(PROCESSED + GOOD, content)
    refresh_duckdb(lake)
    return state_of(lake)


def without(state: State, *keys: str) -> dict[str, bytes]:
    return {key: content for key, content in state.items() if key not in keys}


def test_the_same_lake_has_survived(undisturbed: State) -> None:
    assert compare(undisturbed, dict(undisturbed)) == ("survived", "")
    assert reader_sees(undisturbed) == ""


@pytest.mark.parametrize("gone", [PROCESSED + GOOD, QUARANTINE + BAD, SONGS, ENTRIES])
def test_what_is_gone_is_lost(undisturbed: State, gone: str) -> None:
    verdict, seen = compare(undisturbed, without(undisturbed, gone))
    assert verdict == "lost"
    assert gone in seen


def test_rows_that_are_gone_are_lost_and_rows_too_many_are_doubled(undisturbed: State) -> None:
    entries = pl.read_parquet(io.BytesIO(undisturbed[ENTRIES]))
    for rows, verdict in ((entries.head(49), "lost"), (pl.concat([entries, entries.head(1)]), "doubled")):
        rows.write_parquet(changed := io.BytesIO())
        assert compare(undisturbed, {**undisturbed, ENTRIES: changed.getvalue()})[0] == verdict


@pytest.mark.parametrize("second", [TO_PROCESSED + GOOD, QUARANTINE + GOOD, f"{PROCESSED}other.json"])
def test_a_raw_object_in_two_places_is_doubled(undisturbed: State, second: str) -> None:
    tried = {**undisturbed, second: undisturbed[PROCESSED + GOOD]}
    verdict, seen = compare(undisturbed, tried)
    assert verdict == "doubled"
    assert second in seen


def test_a_raw_object_that_is_still_pending_is_unclear(undisturbed: State) -> None:
    content = undisturbed[PROCESSED + GOOD]
    tried = {**without(undisturbed, PROCESSED + GOOD), TO_PROCESSED + GOOD: content}
    assert compare(undisturbed, tried)[0] == "unclear"


@pytest.mark.parametrize(
    "left",
    [
        ".top50/0123456789abcdef",
        "transformed_data/songs/songs.parquet#1",
        "unknown/file",
        "raw_data/to_processed/chart=global-weekly/",
        f"{QUARANTINE}{GOOD}.reason.json",
    ],
)
def test_what_is_left_behind_is_unclear(undisturbed: State, left: str) -> None:
    verdict, seen = compare(undisturbed, {**undisturbed, left: b""})
    assert verdict == "unclear"
    assert left in seen


@pytest.mark.parametrize("missing", [CATALOG, f"{QUARANTINE}{BAD}.reason.json"])
def test_what_is_not_there_though_it_could_be_made_again_is_unclear(undisturbed: State, missing: str) -> None:
    assert compare(undisturbed, without(undisturbed, missing))[0] == "unclear"


def test_of_several_findings_the_worst_counts_and_all_are_told(undisturbed: State) -> None:
    tried = {**without(undisturbed, SONGS), ".top50/0123456789abcdef": b""}
    verdict, seen = compare(undisturbed, tried)
    assert verdict == "lost"
    assert SONGS in seen
    assert ".top50/0123456789abcdef" in seen


@pytest.mark.parametrize("half", [SONGS, ENTRIES, CATALOG])
def test_a_reader_sees_half_a_file(undisturbed: State, half: str) -> None:
    content = undisturbed[half]
    assert f"half a file: {half}" in reader_sees({**undisturbed, half: content[: len(content) // 2]})


@pytest.mark.parametrize("table", ["songs", "album", "artist", "song_artists"])
def test_a_reader_sees_that_entries_lack_what_they_name(undisturbed: State, table: str) -> None:
    assert reader_sees(without(undisturbed, f"transformed_data/{table}/{table}.parquet"))


def test_dimensions_without_entries_break_no_promise(undisturbed: State) -> None:
    assert reader_sees(without(undisturbed, ENTRIES, CATALOG)) == ""


def test_empty_folders_of_a_directory_are_seen(tmp_path: Path) -> None:
    lake = DirectoryLake(tmp_path)
    (tmp_path / "raw_data/to_processed/chart=global-weekly").mkdir(parents=True)
    assert set(state_of(lake)) == {"raw_data/to_processed/chart=global-weekly/"}
