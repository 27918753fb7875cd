from pathlib import Path

import pytest

from top50.catalog.newest import repeat_until_newest, unchanged_contents
from top50.lake import Item
from top50.lake.directory import DirectoryLake
from top50.tables.files import Published, songs_file

SONGS = songs_file().key


@pytest.fixture
def lake(tmp_path: Path) -> DirectoryLake:
    lake = DirectoryLake(tmp_path)
    lake.write(SONGS, b"old")
    return lake


def read(lake: DirectoryLake, key: str) -> bytes:
    stored = lake.read(key)
    assert stored
    return stored.content


def test_what_was_made_of_tables_that_have_changed_meanwhile_is_made_again(lake: DirectoryLake) -> None:
    made: list[bytes] = []

    def show(_: list[Item]) -> bytes:
        made.append(read(lake, SONGS))
        if len(made) == 1:
            lake.write(SONGS, b"somebody's")
        lake.write("shown", made[-1])
        return made[-1]

    assert repeat_until_newest(lake, show) == b"somebody's"
    assert made == [b"old", b"somebody's"]
    assert read(lake, "shown") == b"somebody's"


def test_an_old_listing_costs_another_look_and_shows_nothing_old(lake: DirectoryLake) -> None:
    listed = list(lake.list("transformed_data/"))
    lake.write(SONGS, b"newer")
    seen: list[list[Item]] = []
    repeat_until_newest(lake, seen.append, listed=listed)
    assert seen == [listed, list(lake.list("transformed_data/"))]


def test_a_page_is_made_again_when_the_catalog_that_it_was_made_from_has_changed(lake: DirectoryLake) -> None:
    seen = []

    def show(_: list[Item]) -> None:
        seen.append(lake.version("catalog"))
        if len(seen) < 3:
            lake.write("catalog", b"another")

    repeat_until_newest(lake, show, made_from="catalog")
    assert len(seen) == len(set(seen)) == 3


def test_tables_that_never_rest_do_not_keep_a_run_for_ever(lake: DirectoryLake) -> None:
    calls: list[int] = []

    def show(_: list[Item]) -> None:
        calls.append(len(calls))
        lake.write(SONGS, b"%d" % len(calls))

    repeat_until_newest(lake, show)
    assert 3 < len(calls) < 100


def test_only_what_the_lake_still_has_is_not_read_again() -> None:
    published = [Published("songs", key, 1, 1, changed=True, version="1", content=b"x") for key in "abc"]
    files = [Item("a", 1, version="1"), Item("b", 1, version="2")]
    assert unchanged_contents(published, files) == {"a": b"x"}
