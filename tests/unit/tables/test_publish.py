"""The tables are a function of the set of raw objects: order, batches, repeats and crashes do not matter."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import generated
from tests.unit.builders import (
    KEY,
    WANTED,
    Raw,
    artist,
    chart,
    csv_name,
    encoded,
    envelope,
    files,
    new_csv,
    only,
    page,
    playlist,
    published,
    rows,
    song_id,
    stored_tables,
    track,
    tracks,
)
from tests.unit.generated import Batches
from top50.errors import LakeConflict, LakeError
from top50.lake.base import Stored
from top50.lake.directory import DirectoryLake
from top50.tables.files import Published, chart_file, holds_simulated, songs_file, years_of
from top50.tables.merge import with_artist_ids, with_says_chart
from top50.tables.parquet import to_parquet
from top50.tables.publish import publish
from top50.tables.schemas import TABLES
from top50.transform import build_tables


@contextmanager
def temporary_lake(kind: type[DirectoryLake] = DirectoryLake) -> Iterator[DirectoryLake]:
    """A lake for one example: fixtures live as long as all examples of a property."""
    with tempfile.TemporaryDirectory() as folder:
        yield kind(Path(folder))


@cache
def expected(raws: tuple[Raw, ...], size: int = 50) -> dict[str, bytes]:
    """The files that one build of all raw objects gives."""
    tables = build_tables(raws, replace(WANTED, size=size)).tables
    tables["chart_entries"] = with_says_chart(tables["chart_entries"], tables.unnamed)
    tables["songs"] = with_artist_ids(tables["songs"], tables["song_artists"])
    found = {
        f"transformed_data/{name}/{name}.parquet": to_parquet(TABLES[name], rows)
        for name, rows in tables.items()
        if name != "chart_entries" and not rows.is_empty()
    }
    entries = tables["chart_entries"].partition_by("chart", "year", as_dict=True)
    for (chart_name, year), some in entries.items():
        key = f"transformed_data/chart_entries/chart={chart_name}/year={year}/chart_entries.parquet"
        found[key] = to_parquet(TABLES["chart_entries"], some)
    return found


@settings(max_examples=8)
@given(generated.in_batches())
def test_any_order_batching_and_repetition_ends_at_the_bytes_of_one_build(given_: Batches) -> None:
    with temporary_lake() as lake:
        for batch in given_.batches:
            published(lake, *batch, wanted=generated.WANTED)
        assert files(lake.root) == expected(tuple(given_.raws), generated.SIZE)


class Killed(Exception):
    """The machine went away."""


class MortalLake(DirectoryLake):
    """Dies right after its n-th replace."""

    lives = -1

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        version = super().replace(key, content, old)
        self.lives -= 1
        if self.lives == 0:
            raise Killed
        return version


@settings(max_examples=5)
@given(generated.in_batches(), st.data())
def test_a_crash_in_any_batch_leaves_no_trace_once_it_is_run_again(
    given_: Batches, data: st.DataObject
) -> None:
    victim = data.draw(st.integers(0, len(given_.batches) - 1))
    with temporary_lake(MortalLake) as lake:
        assert isinstance(lake, MortalLake)
        for number, batch in enumerate(given_.batches):
            lake.lives = data.draw(st.integers(1, 5)) if number == victim else -1
            try:
                published(lake, *batch, wanted=generated.WANTED)
            except Killed:
                continue  # the others go on, as another run would
        lake.lives = -1
        published(lake, *given_.batches[victim], wanted=generated.WANTED)
        assert files(lake.root) == expected(tuple(given_.raws), generated.SIZE)


OLD = chart(added_at="2025-12-26T12:00:00Z", key="chart=global-weekly/old.json")
NEW = chart(
    [track(n, name=f"New {n}", artists=[artist(n + 1), artist(n)]) for n in range(5, 55)],
    key="chart=global-weekly/new.json",
)
OLDER = chart(added_at="2025-12-19T12:00:00Z", key="chart=global-weekly/older.json")
OTHER = chart(
    [track(n, artists=[artist(n + 2)]) for n in range(1, 51)],
    added_at="2026-11-13T12:00:00Z",
    key="chart=global-weekly/other.json",
)
OFFICIAL = (csv_name(), new_csv())
STEPS = 6  # artist, album, song_artists, songs, and the entries of two years


@cache
def tables_of(*raws: Raw) -> dict[str, pl.DataFrame]:
    return build_tables(raws, WANTED).tables


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_after_a_crash_at_any_step_the_same_run_ends_at_the_same_bytes(tmp_path: Path, step: int) -> None:
    lake = MortalLake(tmp_path)
    publish(lake, tables_of(OLD))
    lake.lives = step
    with pytest.raises(Killed):
        publish(lake, tables_of(NEW, OLDER))
    assert lake.lives == 0
    publish(lake, tables_of(NEW, OLDER))
    assert files(lake.root) == expected((OLD, NEW, OLDER))


class WatchedLake(DirectoryLake):
    """Calls back before and after each replace."""

    watcher: Callable[[], None] = staticmethod(lambda: None)

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        self.watcher()
        version = super().replace(key, content, old)
        self.watcher()
        return version


def test_a_reader_never_sees_an_entry_whose_song_album_or_artists_are_missing(tmp_path: Path) -> None:
    lake, looks = WatchedLake(tmp_path), []

    def look() -> None:
        tables = stored_tables(lake)
        entries = tables["chart_entries"]["song_id"]
        tables["songs"] = tables["songs"].filter(pl.col("song_id").is_in(entries.to_list()))
        tables["song_artists"] = tables["song_artists"].filter(pl.col("song_id").is_in(entries.to_list()))
        looks.append(generated.broken_references(tables))
        named = set(tables["song_artists"]["song_id"])
        assert set(entries) <= named

    lake.watcher = look
    publish(lake, tables_of(OLD))
    publish(lake, tables_of(NEW))
    assert len(looks) == 20
    assert not any(looks)


class ContestedLake(DirectoryLake):
    """A lake into which somebody else publishes `other` just before we read or replace a file."""

    other: Raw
    doing = ""
    armed = ""

    def read(self, key: str) -> Stored | None:
        self._maybe("read", key)
        return super().read(key)

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        self._maybe("replace", key)
        return super().replace(key, content, old)

    def _maybe(self, doing: str, key: str) -> None:
        if self.armed and doing == self.doing and key.endswith(self.armed):
            self.armed = ""
            publish(DirectoryLake(self.root), tables_of(self.other))


def contested(root: Path, doing: str, other: Raw) -> ContestedLake:
    lake = ContestedLake(root)
    lake.doing, lake.other = doing, other
    return lake


FILES = [*(f"/{table}.parquet" for table in ("artist", "album", "song_artists", "songs", "chart_entries"))]


@pytest.mark.parametrize("file", FILES)
def test_another_publish_between_our_read_and_our_replace_loses_nothing(tmp_path: Path, file: str) -> None:
    lake = contested(tmp_path, "replace", OTHER)
    publish(lake, tables_of(OLD))
    lake.armed = file
    publish(lake, tables_of(NEW))
    assert not lake.armed
    assert files(lake.root) == expected((OLD, NEW, OTHER))


def read_on(day: int, artist_number: int) -> Raw:
    song = track(1, artists=[artist(artist_number, name="One Name")])
    return f"songs/{day}.json", encoded(envelope([song], observed_at=f"2026-01-0{day}T00:00:00Z"))


@pytest.mark.parametrize("doing", ["read", "replace"])
@pytest.mark.parametrize("file", ["/song_artists.parquet", "/songs.parquet"])
def test_a_song_keeps_its_own_artists_when_somebody_else_publishes_it_meanwhile(
    tmp_path: Path, doing: str, file: str
) -> None:
    lake = contested(tmp_path, doing, read_on(2, artist_number=2))
    published(lake, read_on(1, artist_number=1))
    lake.armed = file
    published(lake, read_on(3, artist_number=1))
    tables = stored_tables(lake)
    assert tables["songs"]["updated_at"][0].day == 3
    assert tables["song_artists"]["artist_id"].to_list() == [artist(1)["id"]]


def test_a_race_that_never_ends_is_a_conflict(tmp_path: Path) -> None:
    class NeverFirst(DirectoryLake):
        attempts = 0

        def replace(self, key: str, content: bytes, old: Stored | None) -> str:
            del content, old
            self.attempts += 1
            raise LakeConflict(f"{key} was written by somebody else", "Run it again.")

    lake = NeverFirst(tmp_path)
    with pytest.raises(LakeConflict, match=r"artist\.parquet"):
        published(lake, NEW)
    assert lake.attempts > 10


def publish_files(lake: DirectoryLake, *raws: Raw) -> Mapping[str, Published]:
    tables = build_tables(raws, generated.WANTED).tables
    return {file.table: file for file in publish(lake, tables)}


def test_files_that_would_be_the_same_are_left_alone(lake: DirectoryLake) -> None:
    first = publish_files(lake, NEW)
    assert {table: (file.rows, file.added, file.changed) for table, file in first.items()} == {
        "artist": (11, 11, True),
        "album": (6, 6, True),
        "song_artists": (20, 20, True),
        "songs": (10, 10, True),
        "chart_entries": (10, 10, True),
    }
    inodes = {file: file.stat().st_ino for file in lake.root.rglob("*.parquet")}
    again = publish_files(lake, NEW)
    assert {(file.added, file.changed) for file in again.values()} == {(0, False)}
    assert {file: file.stat().st_ino for file in lake.root.rglob("*.parquet")} == inodes


def test_nothing_but_the_files_of_the_contract_lies_under_transformed_data(lake: DirectoryLake) -> None:
    daily = chart(key="chart=global-daily/1.json")
    published(lake, OLD, NEW, daily)
    below = "transformed_data/chart_entries"
    assert set(files(lake.root)) == {
        "transformed_data/album/album.parquet",
        "transformed_data/artist/artist.parquet",
        "transformed_data/songs/songs.parquet",
        "transformed_data/song_artists/song_artists.parquet",
        f"{below}/chart=global-daily/year=2026/chart_entries.parquet",
        f"{below}/chart=global-weekly/year=2025/chart_entries.parquet",
        f"{below}/chart=global-weekly/year=2026/chart_entries.parquet",
    }
    assert years_of(lake, "global-weekly") == [2025, 2026]


def test_nothing_to_publish_makes_no_file(lake: DirectoryLake) -> None:
    published(lake, ("a.json", b"garbage"))
    assert files(lake.root) == {}


def test_an_object_that_is_read_again_replaces_what_it_said_before(lake: DirectoryLake) -> None:
    published(lake, NEW)
    published(lake, NEW, wanted=generated.WANTED)
    assert chart_file("global-weekly", 2026).read(lake)[1].height == generated.SIZE


def test_a_chart_that_comes_late_displaces_all_rows_of_the_lesser_one(lake: DirectoryLake) -> None:
    published(lake, OFFICIAL)
    published(lake, NEW)
    entries = chart_file("global-weekly", 2026).read(lake)[1]
    assert set(entries["raw_key"]) == {csv_name()}
    full = only(songs_file().read(lake)[1], song_id=song_id(7))
    assert (full["song_name"], full["duration_ms"]) == ("New 7", 180_007)


UNNAMED = ("monday.json", encoded(page(rows([track(100 + n) for n in range(50)], "2026-11-23T14:00:00Z"))))
NAMED = ("friday.json", encoded(playlist(rows(tracks()))))


@pytest.mark.parametrize("order", [(UNNAMED, NAMED), (NAMED, UNNAMED), (UNNAMED, NAMED, UNNAMED)])
def test_a_chart_that_does_not_say_its_name_gives_way_to_one_that_does_in_whatever_run(
    lake: DirectoryLake, order: tuple[Raw, ...]
) -> None:
    later = replace(WANTED, today=date(2026, 11, 30))
    for raw in order:
        published(lake, raw, wanted=later)
    assert set(stored_tables(lake)["chart_entries"]["raw_key"]) == {"friday.json"}
    [file] = (lake.root / "transformed_data/chart_entries").rglob("*.parquet")
    assert b"unnamed_dates" not in (pq.read_schema(file).metadata or {})


def test_a_chart_that_does_not_say_its_name_is_taken_where_there_is_no_other(lake: DirectoryLake) -> None:
    published(lake, UNNAMED, wanted=replace(WANTED, today=date(2026, 11, 30)))
    assert set(stored_tables(lake)["chart_entries"]["raw_key"]) == {"monday.json"}


def test_a_file_that_reads_back_wrong_is_reported(tmp_path: Path) -> None:
    class Forgetful(DirectoryLake):
        def tail(self, key: str, version: str, count: int) -> bytes | None:
            del key, version, count
            other = build_tables([OFFICIAL], generated.WANTED).tables["songs"].head(3)
            return to_parquet(TABLES["songs"], other)

    with pytest.raises(LakeError, match="reads back with 3 rows"):
        published(Forgetful(tmp_path), NEW)


def test_a_lake_has_simulated_or_real_charts(tmp_path: Path) -> None:
    lakes = [DirectoryLake(tmp_path / name, create=True) for name in ("empty", "real", "simulated")]
    published(lakes[1], NEW)
    published(lakes[2], (KEY, encoded(envelope(page(rows(tracks())), source="simulator"))))
    for likely in (None, chart_file("global-weekly", 2026), chart_file("global-daily", 1999)):
        assert [holds_simulated(lake, likely) for lake in lakes] == [None, False, True]
