"""What verify and refused runs print is followed as it is printed, and ends with a lake that is whole."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.builders import STRANGER, files, move
from tests.unit.history.test_split import JANUARY, archive
from tests.unit.keeper import Keeper, raw_contents
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.errors import LakeError, RawError, SettingsError
from top50.history.find import find
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.lake.directory import DirectoryLake
from top50.raw import LARGEST, backlog
from top50.read.snapshot import Wanted
from top50.simulator import snapshot
from top50.tables.integrity import check_published
from top50.tables.parquet import row_count
from top50.tables.publish import publish
from top50.transform import build_tables

from .conftest import ALBUM, ENTRIES, FRIDAY, NEWEST, PENDING, RAWS, SONGS, SONGS_ONLY, Patient

REASON = ".reason.json"
DAILY = "friend/daily.json"
DAILY_ENTRIES = ENTRIES.replace("weekly", "daily")
Harm = Callable[[Patient], object]


@pytest.fixture(scope="module")
def _processed(_sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("processed") / "lake"
    shutil.copytree(_sound, root)
    Keeper(DirectoryLake(root)).process_pending()
    return root


@pytest.fixture
def patient(_processed: Path, tmp_path: Path) -> Patient:
    shutil.copytree(_processed, tmp_path / "lake")
    return Patient(DirectoryLake(tmp_path / "lake"))


def put(key: str, content: bytes = b"1") -> Harm:
    return lambda patient: patient.lake.write(key, content)


def put_as(folder: str, key: str, content: bytes, *, reason: bool = False) -> Harm:
    def harm(patient: Patient) -> None:
        patient.lake.write(folder + key, content)
        if reason:
            patient.lake.write(folder + key + REASON, b"{}")

    return harm


def without(key: str) -> Harm:
    return lambda patient: (patient.lake.root / key).unlink()


def rows(key: str, sql: str) -> Harm:
    return lambda patient: patient.rewrite(key, sql)


def a_dead_link(patient: Patient) -> None:
    (patient.lake.root / SONGS).unlink()
    (patient.lake.root / SONGS).symlink_to("nowhere")


def renamed_in_the_archive(patient: Patient) -> None:
    move(patient.lake, PROCESSED + NEWEST, f"{PROCESSED}chart=global-weekly/renamed.json")


def archived_under_a_playlist_of_ones_own(patient: Patient) -> None:
    lake = patient.lake
    for key in ("transformed_data", "raw_data"):
        shutil.rmtree(lake.root / key)
    content = json.dumps({**json.loads(RAWS[0][1]), "id": STRANGER, "href": None}).encode()
    publish(lake, build_tables([("mine.json", content)], Wanted(playlist=STRANGER)).tables)
    lake.write(f"{PROCESSED}mine.json", content)


def catalog_of_another_week(patient: Patient) -> None:
    """A catalog that is newer than the tables: a run that was put back by a backup of those."""
    older = files(patient.lake.root)
    more = ("more.json", snapshot("global-weekly", FRIDAY.replace(month=2)))
    publish(patient.lake, build_tables([more]).tables)
    refresh_duckdb(patient.lake)
    for key, content in older.items():
        patient.lake.write(key, content)


GOOD = dict(RAWS)[NEWEST]
QUARANTINED = f"{QUARANTINE}bad.json"
MIXED = f"SELECT * REPLACE (CASE rank WHEN 7 THEN '{SONGS_ONLY}' ELSE raw_key END AS raw_key) FROM self"

FAULTS: dict[str, tuple[Harm, str]] = {
    "a stray": (put("notes.txt"), "layout: notes.txt is neither .* Move it away"),
    "a doctor's leftover": (put("reports/.doctor-1"), "layout: .* Delete it"),
    "a run's leftover": (put(".top50/0123456789abcdef"), "layout: .* Delete it when no run is active"),
    "damaged": (lambda patient: patient.change(ALBUM, lambda old: old[:-50]), "types: .*rebuild"),
    "a dead link": (a_dead_link, "types: .*Remove it, then run .*rebuild"),
    "out of order": (rows(ALBUM, "SELECT * FROM self ORDER BY album_id DESC"), "keys: .*rebuild"),
    "without a row": (rows(ALBUM, "SELECT * FROM self LIMIT 9"), "references: .*rebuild"),
    "of two": (
        rows(ENTRIES, MIXED),
        "ranks: .* is mixed from .*rebuild",
    ),
    "a wrong raw key": (
        rows(DAILY_ENTRIES, f"SELECT * REPLACE ('{SONGS_ONLY}' AS raw_key) FROM self"),
        "rebuild: .*rebuild",
    ),
    "no raw object": (without(PROCESSED + NEWEST), "raw keys: .* Put it back"),
    "a renamed raw object": (renamed_in_the_archive, "raw keys: .* Put it back"),
    "processed and pending": (put_as(TO_PROCESSED, NEWEST, GOOD), "raw objects: .*process_pending"),
    "processed and refused": (
        put_as(QUARANTINE, NEWEST, GOOD, reason=True),
        "raw objects: .*Delete raw_data/",
    ),
    "refused and pending": (put_as(TO_PROCESSED, "bad.json", b"{"), "raw objects: .*process_pending"),
    "everywhere": (
        lambda patient: [put_as(folder, NEWEST, GOOD)(patient) for folder in (TO_PROCESSED, QUARANTINE)],
        "raw objects: .*process_pending",
    ),
    "refused without a reason": (
        without(f"{QUARANTINED}{REASON}"),
        "quarantine: .* has no reason .*--requeue bad.json",
    ),
    "a reason alone": (put(f"{QUARANTINE}gone.json{REASON}", b"{}"), "quarantine: .* Delete it"),
    "an unpublished chart": (
        rows(ENTRIES, "SELECT * FROM self WHERE chart_date < '2009-01-08'"),
        "represented: .*rebuild",
    ),
    "an empty table": (without(ALBUM), "references: .*rebuild"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_verify_prints_mends_the_lake_and_loses_nothing(patient: Patient, fault: str) -> None:
    harm, says = FAULTS[fault]
    tables, raws = files(patient.lake.root), raw_contents(patient.lake)
    harm(patient)
    keeper = Keeper(patient.lake, *RAWS, PENDING)
    keeper.mend("--quick")
    keeper.mend()
    assert re.search(says, keeper.followed[0]), keeper.followed
    assert files(patient.lake.root) == tables or fault == "a renamed raw object"
    assert raw_contents(patient.lake) == raws


@pytest.mark.parametrize("lets_rows_go", [False, True])
@pytest.mark.parametrize("quick", [False, True])
def test_a_chart_whose_raw_object_is_gone_is_put_back_or_let_go(
    patient: Patient, lets_rows_go: bool, quick: bool
) -> None:
    tables = files(patient.lake.root)
    (patient.lake.root / PROCESSED / DAILY).unlink()
    keeper = Keeper(patient.lake, *RAWS, lets_rows_go=lets_rows_go)
    if quick:
        keeper.mend("--quick")
    else:  # a rebuild refuses it, too
        with pytest.raises(LakeError, match=f"come from {DAILY}, which is missing from") as refused:
            keeper.rebuild()
        keeper.follow(str(refused.value))
        keeper.rebuild()
    keeper.mend()
    left = files(patient.lake.root)
    assert (left == tables) is not lets_rows_go
    assert (DAILY_ENTRIES in left) is not lets_rows_go
    assert len(keeper.moved_away) == lets_rows_go


def test_a_rebuild_that_refuses_an_archived_object_ends_well_without_it(patient: Patient) -> None:
    tables = files(patient.lake.root)
    patient.lake.write(f"{PROCESSED}login.csv", b"<html>")
    keeper = Keeper(patient.lake, lets_rows_go=True)
    with pytest.raises(RawError, match=r"login\.csv is refused now") as refused:
        keeper.rebuild()
    keeper.follow(str(refused.value))
    keeper.rebuild()
    keeper.mend()
    assert files(patient.lake.root) == tables
    assert b"<html>" in raw_contents(patient.lake)


@pytest.mark.parametrize("largest", [LARGEST, 1000])
def test_a_merged_archive_that_was_refused_is_imported_as_its_reason_says(
    lake: DirectoryLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    lake.write(f"{TO_PROCESSED}mine.csv", archive(tmp_path, "data").read_bytes())
    keeper = Keeper(lake)
    with monkeypatch.context() as smaller:
        smaller.setattr(backlog, "LARGEST", largest)
        keeper.process_pending()
    where = f"{QUARANTINE}mine.csv"
    with pytest.raises(SettingsError, match="Move a merged archive out of the lake to import it"):
        find([str(lake.root / where)], str(lake.root), lambda _: lake, lambda _: None)
    [why] = [line for line in keeper.listed().splitlines() if line.startswith("  why: ")]
    keeper.follow(f"{where} | {why}")
    keeper.mend()
    [entries] = [content for key, content in files(lake.root).items() if "chart_entries" in key]
    assert row_count(entries) == 50 * len(JANUARY)


@pytest.mark.parametrize("lets_rows_go", [False, True])
def test_what_was_processed_with_other_settings_is_verified_with_those_or_let_go(
    patient: Patient, lets_rows_go: bool
) -> None:
    archived_under_a_playlist_of_ones_own(patient)
    raws = raw_contents(patient.lake)
    keeper = Keeper(patient.lake, lets_rows_go=lets_rows_go, TOP50_PLAYLIST=STRANGER)
    keeper.mend()
    assert "mine.json is refused now: " in keeper.followed[0]
    assert bool(files(patient.lake.root)) is not lets_rows_go
    assert raw_contents(patient.lake) == raws


def test_ranks_are_verified_with_the_size_that_they_were_made_with(patient: Patient) -> None:
    keeper = Keeper(patient.lake, TOP50_SIZE="50")
    keeper.environment["TOP50_SIZE"] = "40"
    keeper.mend()
    assert "TOP50_SIZE is 40. Verify it with the TOP50_SIZE" in keeper.followed[0]


def test_a_file_that_nobody_can_read_and_no_raw_object_gives_is_moved_away(patient: Patient) -> None:
    tables = files(patient.lake.root)
    patient.lake.write(DAILY_ENTRIES.replace("2009", "2019"), b"the only copy")
    keeper = Keeper(patient.lake, lets_rows_go=True)
    keeper.mend()
    assert files(patient.lake.root) == tables
    assert keeper.moved_away == [b"the only copy"]


def test_what_a_run_finds_not_to_hold_together_is_mended_as_it_says(patient: Patient) -> None:
    tables = files(patient.lake.root)
    published = publish(patient.lake, build_tables(RAWS).tables)
    patient.rewrite(ALBUM, "SELECT * FROM self LIMIT 9")
    broken = [replace(each, content=files(patient.lake.root)[each.key]) for each in published]
    with pytest.raises(LakeError, match="are inconsistent") as refused:
        check_published(patient.lake, broken, [])
    keeper = Keeper(patient.lake)
    keeper.follow(str(refused.value))
    assert keeper.verified().returncode == 0
    assert files(patient.lake.root) == tables


def test_the_only_chart_of_a_year_is_taken_out_as_the_readme_says_and_comes_back_as_verify_says(
    patient: Patient,
) -> None:
    tables, raws = files(patient.lake.root), raw_contents(patient.lake)
    move(patient.lake, PROCESSED + DAILY, QUARANTINE + DAILY)
    out = Keeper(patient.lake)
    out.rebuild()
    assert DAILY_ENTRIES not in files(patient.lake.root)
    [line] = [line for line in out.verified().stdout.splitlines() if line.startswith("✗ quarantine")]
    stay, _, again = line.partition(" To process it again: ")
    out.follow(f"{stay} ")
    assert out.verified().returncode == 0
    assert out.listed().count("  why:   …\n") == 1
    out.follow(again)
    assert out.verified().returncode == 0
    assert files(patient.lake.root) == tables
    assert raw_contents(patient.lake) == raws


def test_what_is_refused_again_after_it_was_put_back_is_there_with_its_reason(patient: Patient) -> None:
    keeper, before = Keeper(patient.lake), raw_contents(patient.lake)
    for mended in (False, True):
        if mended:
            patient.lake.write(QUARANTINED, GOOD + b"\n")
        [again] = [line for line in keeper.listed().splitlines() if line.startswith("  again: ")]
        keeper.follow(again)
        assert keeper.verified().returncode == 0
        assert (patient.lake.root / QUARANTINED).exists() is not mended
        assert ("  why:   " in keeper.listed()) is not mended
        assert before - raw_contents(patient.lake) <= ({b"{"} if mended else set())


def test_a_key_in_quarantine_that_was_mistyped_is_found_where_the_refusal_says(patient: Patient) -> None:
    with pytest.raises(LakeError, match="List them with make quarantine; a key is the part after"):
        Keeper(patient.lake).process_pending("raw_data/quarantine/bad.json")
    keys = [line for line in Keeper(patient.lake).listed().splitlines() if not line.startswith(" ")]
    Keeper(patient.lake).process_pending(*keys)
    assert (patient.lake.root / QUARANTINED).exists(), "refused again"


def missing(patient: Patient) -> None:
    (patient.lake.root / CATALOG).unlink()


@pytest.mark.parametrize("harm", [missing, put(CATALOG, b"no database"), catalog_of_another_week])
def test_a_catalog_that_is_not_what_the_files_say_is_made_as_verify_says(
    patient: Patient, harm: Harm
) -> None:
    tables = files(patient.lake.root)
    refresh_duckdb(patient.lake)
    harm(patient)
    keeper = Keeper(patient.lake)
    keeper.environment["TOP50_CATALOG"] = "duckdb"
    keeper.mend("--quick")
    assert keeper.followed[0].startswith("✗ catalog: ")
    assert files(patient.lake.root) == tables
