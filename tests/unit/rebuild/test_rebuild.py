"""A rebuild gives the bytes that were there, mends what is broken, and loses nothing on the way."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest

from tests.unit.builders import WANTED, Raw, encoded, envelope, files, move, stored_tables, track
from tests.unit.generated import broken_references
from top50.errors import LakeConflict, LakeError, RawError
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.lake.base import Stored
from top50.lake.directory import DirectoryLake
from top50.rebuild import Rebuilt, rebuild
from top50.rebuild.replace import put_in_place
from top50.simulator import chart_csv, snapshot
from top50.tables.files import Published, chart_file, file_at, songs_file
from top50.tables.parquet import to_parquet
from top50.tables.publish import publish
from top50.tables.schemas import TABLES
from top50.transform import build_tables

FRIDAY = datetime(2009, 1, 9, 22, tzinfo=UTC)  # early: a simulated CSV looks back on all charts before it
FILES = [f"/{table}.parquet" for table in TABLES]
RAWS: list[Raw] = [
    *(
        (f"chart=global-weekly/{weeks}.json", snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks)))
        for weeks in range(3)  # two years
    ),
    ("friend/daily.json", snapshot("global-daily", FRIDAY)),
    chart_csv("global-weekly", FRIDAY),  # of a week that a playlist has, too
    chart_csv("global-weekly", FRIDAY - timedelta(weeks=5), old=True),
    (
        "tracks/a.json",
        encoded(envelope([track(1)], source="tracks", asked=["a"], observed_at="2009-01-10T00:00:00Z")),
    ),
]
STRAYS = [
    "transformed_data/songs/songs (1).parquet",
    "transformed_data/songs/songs (conflicted copy 2026-11-30).parquet",
    "transformed_data/chart_entries/chart=global-weekly (copy)/year=2009/chart_entries.parquet",
    "transformed_data/chart_entries/chart=global-weekly/year=2009 - Copy/chart_entries.parquet",
    *(f"transformed_data/songs/{name}" for name in (".DS_Store", "_SUCCESS", "._songs.parquet", "x.tmp")),
    "transformed_data/README.txt",
]
NEW = ("chart=global-weekly/new.json", snapshot("global-weekly", FRIDAY + timedelta(weeks=1)))


@cache
def tables_of(*raws: Raw, size: int = 50) -> dict[str, pl.DataFrame]:
    return build_tables(raws, replace(WANTED, size=size)).tables


def processed(lake: DirectoryLake, *raws: Raw) -> None:
    """Publish and archive raw objects, as a run does."""
    publish(lake, tables_of(*raws))
    for key, content in raws:
        lake.write(PROCESSED + key, content)


def remake(lake: DirectoryLake, size: int = 50) -> Rebuilt:
    return rebuild(lake, replace(WANTED, size=size), lambda _: None)


def mend(lake: DirectoryLake, size: int = 50) -> list[Published]:
    return put_in_place(lake, remake(lake, size))


def states(rebuilt: Rebuilt) -> dict[str, str]:
    return {file.key.rpartition("/")[2]: file.state for file in rebuilt.differing}


@cache
def expected(*raws: Raw) -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        publish(DirectoryLake(Path(folder)), tables_of(*raws))
        return files(Path(folder))


@pytest.fixture(scope="session")
def _full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = DirectoryLake(tmp_path_factory.mktemp("full") / "lake", create=True)
    for start in range(0, len(RAWS), 3):
        processed(lake, *RAWS[start : start + 3])
    return lake.root


@pytest.fixture
def full(_full: Path, tmp_path: Path) -> DirectoryLake:
    """A lake of every kind of raw object, made once and copied."""
    shutil.copytree(_full, tmp_path / "lake")
    return DirectoryLake(tmp_path / "lake")


def test_a_lake_of_every_kind_of_raw_object_is_the_same_again(full: DirectoryLake) -> None:
    before = {file: file.stat().st_ino for file in full.root.rglob("*.parquet")}
    rebuilt = remake(full)
    assert {file.state for file in rebuilt.files} == {"same"}
    assert len(rebuilt.files) == 7
    assert rebuilt.raw_keys == {key for key, _ in RAWS}
    assert not any(file.changed for file in put_in_place(full, rebuilt))
    assert {file: file.stat().st_ino for file in full.root.rglob("*.parquet")} == before


def test_tables_that_are_all_gone_come_back_byte_for_byte(full: DirectoryLake) -> None:
    before = files(full.root)
    for file in full.root.rglob("*.parquet"):
        file.unlink()
    rebuilt = remake(full)
    assert {file.state for file in rebuilt.files} == {"missing"}
    published = put_in_place(full, rebuilt)
    assert files(full.root) == before
    assert [file.table for file in published[:4]] == ["artist", "album", "songs", "song_artists"]
    assert {file.table for file in published[4:]} == {"chart_entries"}
    assert all(file.changed and file.rows == file.added for file in published)


def damaged(lake: DirectoryLake, key: str) -> None:
    lake.write(key, (lake.root / key).read_bytes()[:-50])


def removed(lake: DirectoryLake, key: str) -> None:
    (lake.root / key).unlink()


def stale(lake: DirectoryLake, key: str) -> None:
    file = file_at(TABLES[key.split("/")[1]], key)
    lake.write(key, to_parquet(file.table, file.read(lake)[1].head(3)))


@pytest.mark.parametrize("harm", [damaged, removed, stale])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_as_it_should_be_is_mended_and_the_others_are_left_alone(
    full: DirectoryLake, harm: Callable[[DirectoryLake, str], None], name: str
) -> None:
    before = files(full.root)
    key = next(key for key in before if key.endswith(name))
    harm(full, key)
    harmed = files(full.root)
    rebuilt = remake(full)
    assert states(rebuilt) == {name[1:]: "missing" if harm is removed else "differs"}
    assert files(full.root) == harmed, "a comparison writes nothing"
    assert [file.key for file in put_in_place(full, rebuilt) if file.changed] == [key]
    assert files(full.root) == before


def test_an_archived_object_that_is_refused_now_changes_nothing_and_is_named(full: DirectoryLake) -> None:
    full.write(PROCESSED + "login.csv", b"<html>")
    removed(full, songs_file().key)
    before = files(full.root)
    with pytest.raises(RawError, match=r"processed/login\.csv is refused now: an HTML"):
        mend(full)
    assert files(full.root) == before


def test_a_file_whose_rows_no_raw_object_gives_is_named_and_never_deleted(full: DirectoryLake) -> None:
    key = "transformed_data/chart_entries/chart=global-daily/year=2019/chart_entries.parquet"
    removed(full, songs_file().key)
    full.write(key, b"the only copy")
    before = files(full.root)
    assert states(remake(full))[key.rpartition("/")[2]] == "extra"
    with pytest.raises(LakeError, match=f"{key} exists, but no processed raw object"):
        mend(full)
    assert files(full.root) == before


def test_entries_whose_raw_object_is_nowhere_any_more_are_not_lost(full: DirectoryLake) -> None:
    (full.root / PROCESSED / "chart=global-weekly/1.json").unlink()
    before = files(full.root)
    with pytest.raises(LakeError, match=r"come from chart=global-weekly/1\.json, which is missing from"):
        mend(full)
    assert files(full.root) == before


def test_what_is_neither_raw_nor_a_table_is_left_alone(full: DirectoryLake) -> None:
    for key in (*STRAYS, "transformed_data/.DS_Store", f"{PROCESSED}.DS_Store"):
        full.write(key, b"the only copy")
    full.write(f"{PROCESSED}folder", b"")
    before = files(full.root)
    assert remake(full).differing == []
    removed(full, songs_file().key)
    mend(full)
    assert files(full.root) == before


def refuse(lake: DirectoryLake, key: str) -> None:
    """Take a chart out as the README says."""
    assert move(lake, PROCESSED + key, QUARANTINE + key)


@pytest.mark.parametrize("gone", ["chart=global-weekly/1.json", "friend/daily.json"])
def test_rows_of_a_chart_in_quarantine_go_and_with_its_only_chart_the_file_of_a_year(
    full: DirectoryLake, gone: str
) -> None:
    refuse(full, gone)
    mend(full)
    assert files(full.root) == expected(*[raw for raw in RAWS if raw[0] != gone])
    assert (chart_file("global-daily", 2009).key in files(full.root)) == (gone != "friend/daily.json")
    assert remake(full).differing == []


def test_all_tables_go_with_the_last_chart(lake: DirectoryLake) -> None:
    processed(lake, RAWS[0])
    refuse(lake, RAWS[0][0])
    mend(lake)
    assert files(lake.root) == {}


def test_a_file_that_somebody_else_has_written_since_is_not_removed(full: DirectoryLake) -> None:
    key = chart_file("global-daily", 2009).key
    refuse(full, "friend/daily.json")
    rebuilt = remake(full)
    full.write(key, b"newer")
    with pytest.raises(LakeConflict, match="written by somebody else"):
        put_in_place(full, rebuilt)
    assert (full.root / key).read_bytes() == b"newer"


def test_what_a_run_has_published_and_not_archived_stays(full: DirectoryLake) -> None:
    publish(full, tables_of(NEW))
    full.write(TO_PROCESSED + NEW[0], NEW[1])
    after = files(full.root)
    damaged(full, songs_file().key)
    rebuilt = remake(full)
    assert states(rebuilt) == {"songs.parquet": "differs"}
    put_in_place(full, rebuilt)
    assert files(full.root) == after == expected(*RAWS, NEW)


@pytest.mark.parametrize("table", ["artist", "album", "songs"])
def test_what_a_run_has_begun_to_publish_stays(full: DirectoryLake, table: str) -> None:
    """A run that writes no more than this file before we look, and archives before we write."""
    before = files(full.root)
    publish(full, tables_of(NEW))
    for key, content in before.items():
        if not key.endswith(f"/{table}.parquet"):
            full.write(key, content)
    full.write(TO_PROCESSED + NEW[0], NEW[1])
    rebuilt = remake(full)
    move(full, TO_PROCESSED + NEW[0], PROCESSED + NEW[0])
    put_in_place(full, rebuilt)
    assert files(full.root) == expected(*RAWS, NEW)


def test_what_is_pending_and_in_no_table_yet_is_left_to_be_processed(full: DirectoryLake) -> None:
    before = files(full.root)
    full.write(TO_PROCESSED + NEW[0], NEW[1])
    full.write(TO_PROCESSED + "garbage", b"{")
    removed(full, chart_file("global-weekly", 2009).key)
    stale(full, songs_file().key)
    mend(full)
    assert files(full.root) == before


class ContestedLake(DirectoryLake):
    """A lake into which another run publishes and archives a chart just before we replace a file."""

    armed = ""

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        if self.armed and key.endswith(self.armed):
            self.armed = ""
            processed(DirectoryLake(self.root), NEW)
        return super().replace(key, content, old)


@pytest.mark.parametrize("name", FILES)
def test_a_run_that_publishes_meanwhile_loses_nothing(full: DirectoryLake, name: str) -> None:
    lake = ContestedLake(full.root)
    for file in lake.root.rglob("*.parquet"):
        stale(lake, file.relative_to(lake.root).as_posix())
    rebuilt = remake(lake)
    lake.armed = name
    with pytest.raises(LakeConflict, match="written by somebody else"):
        put_in_place(lake, rebuilt)
    assert not lake.armed
    mend(lake)
    assert files(lake.root) == expected(*RAWS, NEW)


class WatchedLake(DirectoryLake):
    """Looks at the tables, as a reader does, after each replace."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.looks: list[list[str]] = []

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        version = super().replace(key, content, old)
        tables = stored_tables(self)
        self.looks.append(broken_references({**tables, "song_artists": tables["song_artists"].clear()}))
        return version


@pytest.mark.parametrize("size", [10, 50, 200])
def test_a_reader_never_misses_a_song_while_other_ranks_are_put_in_place(tmp_path: Path, size: int) -> None:
    lake = WatchedLake(tmp_path)
    for raws, ranks in ((RAWS[:4], 20), (RAWS[4:], 100)):
        publish(DirectoryLake(tmp_path), tables_of(*raws, size=ranks))
        for key, content in raws:
            lake.write(PROCESSED + key, content)
    mend(lake, size)
    assert len(lake.looks) >= 5
    assert not any(lake.looks)
    assert remake(lake, size).differing == []


def test_an_archive_is_read_batch_by_batch(full: DirectoryLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("top50.rebuild.batches.BATCH_BYTES", 300_000)
    monkeypatch.setattr("top50.rebuild.batches.MERGE_SIZE", 1)
    lines: list[str] = []
    assert rebuild(full, WANTED, lines.append).differing == []
    assert len(lines) > 3
    assert lines[-1] == f"Built tables from {len(RAWS)} of {len(RAWS)} raw objects"


def test_an_empty_lake_is_rebuilt(lake: DirectoryLake) -> None:
    assert mend(lake) == []


def test_charts_that_changed_are_named_with_their_newest_date(full: DirectoryLake) -> None:
    assert remake(full).newest_changed == set()
    damaged(full, chart_file("global-weekly", 2009).key)
    damaged(full, songs_file().key)
    assert remake(full).newest_changed == {("global-weekly", str(date(2009, 1, 8)))}
