"""Tables that are damaged, gone or strange: a run ends in one true line, and its remedy mends the lake."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.unit.builders import WANTED, Raw, chart, files, published
from tests.unit.rebuild.test_rebuild import FRIDAY, STRAYS
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.newest import repeat_until_newest
from top50.errors import LakeError, SettingsError, Top50Error
from top50.lake import PROCESSED, TO_PROCESSED, Item
from top50.lake.directory import DirectoryLake
from top50.raw.backlog import list_pending
from top50.rebuild import rebuild
from top50.rebuild.replace import put_in_place
from top50.report.page.pages import outdated_pages
from top50.simulator import snapshot
from top50.tables.files import chart_file, holds_simulated, refuse_other_kind, songs_file, strays_among
from top50.tables.parquet import to_parquet
from top50.tables.publish import publish
from top50.tables.schemas import TABLES
from top50.transform import build_tables

NAMED = "chart=global-weekly/2025-12-25/playlist-0123456789abcdef.json"
BEFORE = chart(added_at="2025-12-26T12:00:00Z", key=NAMED)
NOW = chart(key="now.json")
DAILY = chart(key="chart=global-daily/1.json")
NEXT = chart(added_at="2026-11-13T12:00:00Z", key="next.json")
LAST_YEAR, THIS_YEAR = (f"{chart_file('global-weekly', year).key}" for year in (2025, 2026))


@pytest.fixture(scope="module")
def _full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = DirectoryLake(tmp_path_factory.mktemp("full") / "lake", create=True)
    for raw in (BEFORE, NOW, DAILY):
        process(lake, raw)
    refresh_duckdb(lake)
    return lake.root


@pytest.fixture
def full(_full: Path, tmp_path: Path) -> DirectoryLake:
    shutil.copytree(_full, tmp_path / "full")
    return DirectoryLake(tmp_path / "full")


def process(lake: DirectoryLake, raw: Raw) -> None:
    published(lake, raw)
    lake.write(PROCESSED + raw[0], raw[1])


def mend(lake: DirectoryLake) -> None:
    put_in_place(lake, rebuild(lake, WANTED, lambda _: None))
    refresh_duckdb(lake, may_shrink=True)


def without_file(lake: DirectoryLake, key: str) -> None:
    (lake.root / key).unlink()


def emptied(lake: DirectoryLake, key: str) -> None:
    lake.write(key, b"")


def without_rows(lake: DirectoryLake, key: str) -> None:
    table = pq.read_table(lake.root / key, partitioning=None)
    pq.write_table(table.slice(0, 0), lake.root / key)


def doubled(lake: DirectoryLake, key: str) -> None:
    name = key.split("/")[1]
    rows = pl.read_parquet(lake.root / key, hive_partitioning=False)
    lake.write(key, to_parquet(TABLES[name], pl.concat([rows, rows])))
    content = (lake.root / key).read_bytes()
    lake.write(key, content.replace(b"top50_sha256:", b"other_tools64:"))


def flipped(lake: DirectoryLake, key: str) -> None:
    content = bytearray((lake.root / key).read_bytes())
    content[len(content) // 3] ^= 4
    lake.write(key, bytes(content))


def cut(lake: DirectoryLake, key: str) -> None:
    lake.write(key, (lake.root / key).read_bytes()[:-9])


def a_folder(lake: DirectoryLake, key: str) -> None:
    without_file(lake, key)
    (lake.root / key).mkdir()


def a_dead_link(lake: DirectoryLake, key: str) -> None:
    without_file(lake, key)
    (lake.root / key).symlink_to("nowhere")


def a_circle(lake: DirectoryLake, key: str) -> None:
    without_file(lake, key)
    (lake.root / key).symlink_to(lake.root / key)


HARMS = [without_file, emptied, without_rows, doubled, flipped, cut]
Harm = Callable[[DirectoryLake, str], None]


@pytest.mark.parametrize(
    ("key", "harm"),
    [*((songs_file().key, harm) for harm in HARMS), (LAST_YEAR, without_file), (LAST_YEAR, doubled)],
)
def test_no_catalog_replaces_the_old_one_before_the_tables_are_whole(
    full: DirectoryLake, key: str, harm: Harm
) -> None:
    whole, catalog = files(full.root), (full.root / CATALOG).read_bytes()
    harm(full, key)
    with pytest.raises(Top50Error, match=r"Run \S*python -m flows\.rebuild\.$"):
        refresh_duckdb(full)
    assert (full.root / CATALOG).read_bytes() == catalog
    mend(full)
    assert files(full.root) == whole


@pytest.mark.parametrize(
    ("key", "harm"),
    [(songs_file().key, a_folder), (THIS_YEAR, a_folder), (THIS_YEAR, a_dead_link), (THIS_YEAR, a_circle)],
)
def test_what_is_in_the_place_of_a_tables_file_is_named_by_its_own_path(
    full: DirectoryLake, key: str, harm: Harm
) -> None:
    whole = files(full.root)
    harm(full, key)
    for use in (lambda: published(full, NEXT), lambda: refresh_duckdb(full), lambda: mend(full)):
        with pytest.raises(LakeError, match=rf"{full.root / key}.* Remove it, then run \S*python"):
            use()
    path = full.root / key
    path.rmdir() if path.is_dir() else path.unlink()
    published(full, BEFORE, NOW, DAILY)
    mend(full)
    assert files(full.root) == whole


@pytest.mark.parametrize("gone", ["transformed_data", "transformed_data/chart_entries", LAST_YEAR])
def test_no_file_is_created_for_charts_that_the_archive_has(full: DirectoryLake, gone: str) -> None:
    whole = files(full.root)
    path = full.root / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    late = chart(added_at="2025-12-19T12:00:00Z", key="late.json")
    with pytest.raises(LakeError, match=r"has charts that were in it\. Run \S*python -m flows.rebuild"):
        published(full, late)
    assert not path.exists()
    mend(full)
    assert files(full.root) == whole


def test_a_new_chart_and_a_new_year_need_nobody(full: DirectoryLake) -> None:
    year = "chart=global-weekly/2024-01-04/playlist-1.json"
    process(full, chart(added_at="2024-01-05T12:00:00Z", key=year))
    process(full, chart(added_at="2025-01-03T12:00:00Z", key="chart=global-daily/2025-01-02/playlist-2.json"))
    assert refresh_duckdb(full)["chart_entries"] == 250


def test_without_a_catalog_the_archive_says_which_year_is_gone(full: DirectoryLake) -> None:
    without_file(full, CATALOG)
    without_file(full, LAST_YEAR)
    with pytest.raises(LakeError, match=f"{LAST_YEAR} is missing, although raw_data/processed/ has"):
        refresh_duckdb(full)


def test_older_entries_in_the_place_of_newer_ones_are_noticed(full: DirectoryLake) -> None:
    older = (full.root / THIS_YEAR).read_bytes()
    process(full, NEXT)
    refresh_duckdb(full)
    full.write(THIS_YEAR, older)
    with pytest.raises(LakeError, match=r"catalog\.duckdb had global-weekly of 2026-11-12, which is missing"):
        refresh_duckdb(full)
    mend(full)
    assert refresh_duckdb(full)["chart_entries"] == 200


def test_an_old_catalog_that_cannot_be_read_is_replaced(full: DirectoryLake) -> None:
    full.write(CATALOG, b"no catalog")
    assert refresh_duckdb(full)["chart_entries"] == 150


def test_what_is_not_a_tables_file_is_ignored(full: DirectoryLake) -> None:
    songs, entries = (full.root / key for key in (songs_file().key, LAST_YEAR))
    for key in STRAYS:
        full.write(key.replace("2009", "2025"), (entries if "chart_entries" in key else songs).read_bytes())
    process(full, NEXT)
    assert refresh_duckdb(full)["chart_entries"] == 200
    listed = list(full.list("transformed_data/"))
    assert len(strays_among(listed)) == len(STRAYS)
    assert outdated_pages(full, listed) == {"global-weekly", "global-daily"}
    assert [item.key for item in repeat_until_newest(full, list)] == sorted(
        item.key for item in listed if item.key not in strays_among(listed)
    )


FOLDERS = ["transformed_data", "transformed_data/songs", str(Path(LAST_YEAR).parent)]


@pytest.mark.parametrize("linked", FOLDERS)
def test_a_folder_of_tables_that_is_a_link_is_followed(
    full: DirectoryLake, tmp_path: Path, linked: str
) -> None:
    shutil.move(full.root / linked, tmp_path / "elsewhere")
    (full.root / linked).symlink_to(tmp_path / "elsewhere")
    process(full, NEXT)
    assert refresh_duckdb(full)["chart_entries"] == 200
    (full.root / "transformed_data/songs/circle").symlink_to(full.root)
    assert refresh_duckdb(full)["chart_entries"] == 200
    assert {item.key for item in full.list("")} >= {item.key for item in full.list("transformed_data/")}


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty folder on another disk than the lake's."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    with TemporaryDirectory(prefix="top50-", dir=memory) as folder:
        yield Path(folder)


@pytest.mark.parametrize("linked", FOLDERS)
def test_a_folder_of_tables_on_another_disk_is_read_but_refused_before_anything_is_written(
    full: DirectoryLake, other_disk: Path, linked: str
) -> None:
    whole, before = files(full.root), files(full.root, "raw_data")
    shutil.move(full.root / linked, other_disk / "elsewhere")
    (full.root / linked).symlink_to(other_disk / "elsewhere")
    refused = rf"cannot write {full.root / linked}: .*It is on another disk than the lake: move it to"
    with pytest.raises(LakeError, match=refused):
        DirectoryLake(full.root)
    looked_at = DirectoryLake(full.root, read_only=True)
    assert {item.key for item in looked_at.list("transformed_data/")} == set(whole)
    assert files(full.root, "raw_data") == before
    (full.root / linked).unlink()
    shutil.move(other_disk / "elsewhere", full.root / linked)
    process(DirectoryLake(full.root), NEXT)
    assert refresh_duckdb(full)["chart_entries"] == 200


def test_the_whole_lake_may_be_on_another_disk(full: DirectoryLake, other_disk: Path, tmp_path: Path) -> None:
    shutil.move(full.root, other_disk / "lake")
    (tmp_path / "linked").symlink_to(other_disk / "lake")
    lake = DirectoryLake(tmp_path / "linked")
    process(lake, NEXT)
    assert refresh_duckdb(lake)["chart_entries"] == 200


@pytest.mark.parametrize("kind", ["playlist", "simulator"])
def test_without_tables_the_archive_decides_whether_a_lake_is_real(lake: DirectoryLake, kind: str) -> None:
    content = NOW[1] if kind == "playlist" else snapshot("global-weekly", FRIDAY)
    lake.write(f"{PROCESSED}aaa.json", b"{")
    lake.write(f"{PROCESSED}now.json", content)
    assert holds_simulated(lake) is (b"simulator" in content)
    with pytest.raises(SettingsError, match="refuses"):
        refuse_other_kind(lake, simulated=b"simulator" not in content)


def test_an_archive_of_songs_alone_has_lost_no_chart(lake: DirectoryLake) -> None:
    lake.write(f"{PROCESSED}tracks/unknown/a.json", b"{}")
    published(lake, NOW)
    assert refresh_duckdb(lake)["chart_entries"] == 50


@pytest.mark.parametrize(
    "name",
    ["._a.json", ".DS_Store", "Thumbs.db", "desktop.ini", "~$a.csv", "_SUCCESS", ".a.json.crc"]
    + [f"regional-global-weekly-2026-11-19.csv.{end}" for end in ("crdownload", "part", "download", "tmp")],
)
def test_what_other_programs_leave_pending_is_left_alone(lake: DirectoryLake, name: str) -> None:
    lake.write(f"{TO_PROCESSED}deep/{name}", b"1")
    lake.write(f"{TO_PROCESSED}deep/{name}.json", b"1")
    is_ours = not name.startswith(("._", "~$"))
    assert [item.key for item in list_pending(lake)] == [f"deep/{name}.json"] * is_ours


def test_an_unreadable_folder_is_named_by_its_own_path(lake: DirectoryLake) -> None:
    lake.write("raw_data/processed/secret/a.json", b"")
    secret, scan = lake.root / "raw_data/processed/secret", os.scandir

    def refusing(path: str) -> object:  # root, as whom these tests may run, may read everything
        if Path(path) == secret:
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    with (
        mock.patch.object(os, "scandir", refusing),
        pytest.raises(LakeError, match=f"cannot list {secret}: Permission denied. Give this user"),
    ):
        list(lake.list("raw_data/processed/"))


def test_a_file_in_the_place_of_our_own_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / ".top50").write_bytes(b"somebody's")
    with pytest.raises(LakeError, match=rf"cannot write {tmp_path / '.top50'}: File exists"):
        DirectoryLake(tmp_path)


def test_publishing_into_a_damaged_table_changes_nothing(full: DirectoryLake) -> None:
    flipped(full, songs_file().key)
    entries = (full.root / THIS_YEAR).read_bytes()
    with pytest.raises(LakeError, match=r"songs.parquet is damaged.*rebuild"):
        publish(full, build_tables([NEXT], WANTED).tables)
    assert (full.root / THIS_YEAR).read_bytes() == entries


class Listing(DirectoryLake):
    """A lake that counts how often the archive is listed."""

    listings = 0

    def list(self, folder: str) -> Iterator[Item]:
        self.listings += folder == PROCESSED
        return super().list(folder)


def test_a_publish_of_many_new_files_lists_the_archive_once(full: DirectoryLake) -> None:
    lake = Listing(full.root)
    raws = [chart(added_at=f"{year}-11-13T12:00:00Z", key=f"{year}.json") for year in range(2012, 2022)]
    published(lake, *raws)
    assert len(list((full.root / "transformed_data").rglob("year=201*"))) == 8
    assert lake.listings == 1
