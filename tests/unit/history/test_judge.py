"""Old raw objects come in once each, under keys that keep what their names say, whatever is beside them."""

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.builders import WANTED, archive, chart, encoded, envelope, files, new_csv, published, tracks
from top50.history.find import Files, Found
from top50.history.judge import Tally, Verdict, judge
from top50.history.lake_index import LakeIndex
from top50.history.land import GROUP_BYTES, Progress, in_groups, land_all
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED
from top50.lake.base import Item, Stored
from top50.lake.directory import DirectoryLake
from top50.raw import LARGEST, SetAside, backlog
from top50.raw.keys import unique_key
from top50.simulator import chart_csv, snapshot

FRIDAY = datetime(2009, 6, 19, 22, tzinfo=UTC)  # early: a simulated CSV looks back on all charts before it
CSV_NAME, CSV = chart_csv("global-weekly", FRIDAY)
PLAYLIST = snapshot("global-weekly", FRIDAY - timedelta(weeks=1))
SIMULATED = encoded(
    envelope(
        {"items": [{"added_at": "2009-06-19T12:00:00Z", "track": song} for song in tracks()]},
        source="simulator",
    )
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def look(lake: DirectoryLake, root: Path) -> dict[str, Verdict]:
    """Name below the root → what becomes of the file."""
    verdicts = judge(lake, Files(root), LakeIndex(lake), WANTED)
    return {Path(verdict.found.name).relative_to(root).as_posix(): verdict for verdict in verdicts}


def bring_in(lake: DirectoryLake, root: Path) -> dict[str, Verdict]:
    """Land what is new below the root, and process it."""
    verdicts = look(lake, root)
    land_all(lake, verdicts.values(), LakeIndex(lake))
    process(lake)
    return verdicts


def process(lake: DirectoryLake) -> None:
    for keys in backlog.in_batches(backlog.list_pending(lake)):
        raws = backlog.read_pending(lake, keys)
        published(lake, *[raw.raw for raw in raws])
        refused = [raw.key for raw in raws if raw.raw[1].startswith(b"<")]
        archive(lake, [raw.place for raw in raws if raw.key not in refused])
        backlog.quarantine(lake, [SetAside(key, "no chart") for key in refused])


def raw_files(lake: DirectoryLake) -> dict[str, bytes]:
    found = files(lake.root, "raw_data")
    return {key.removeprefix("raw_data/"): content for key, content in found.items()}


def test_charts_are_filed_by_chart_and_date_and_keep_their_names(lake: DirectoryLake, old: Path) -> None:
    put(old, f"a/{CSV_NAME}", CSV)
    put(old, "b/last week.json", PLAYLIST)
    put(old, "songs.json", encoded(tracks()))
    put(old, "chart=global-daily/x.json", snapshot("global-daily", FRIDAY))
    verdicts = bring_in(lake, old)
    assert {name: verdict.chart for name, verdict in verdicts.items()} == {
        f"a/{CSV_NAME}": "global-weekly 2009-06-18",
        "b/last week.json": "global-weekly 2009-06-11",
        "songs.json": "songs",
        "chart=global-daily/x.json": "global-daily 2009-06-18",
    }
    assert raw_files(lake) == {
        f"processed/chart=global-weekly/2009-06-18/old/a/{CSV_NAME}": CSV,
        "processed/chart=global-weekly/2009-06-11/old/b/last week.json": PLAYLIST,
        "processed/old/songs.json": encoded(tracks()),
        "processed/chart=global-daily/x.json": snapshot("global-daily", FRIDAY),
    }


def test_a_look_writes_nothing(lake: DirectoryLake, old: Path) -> None:
    put(old, CSV_NAME, CSV)
    assert look(lake, old)[CSV_NAME].state == "new"
    assert files(lake.root, "") == {}


def test_what_the_lake_has_under_another_name_is_not_taken_again(lake: DirectoryLake, old: Path) -> None:
    lake.write(PROCESSED + "other/name.json", PLAYLIST)
    lake.write(TO_PROCESSED + "pending.csv", CSV)
    put(old, "copy.json", PLAYLIST)
    put(old, CSV_NAME, CSV)
    put(old, "new.json", PLAYLIST.replace(b"a simulation", b"A simulation"))  # of the same size
    assert {name: (verdict.state, verdict.key) for name, verdict in look(lake, old).items()} == {
        "copy.json": ("known", PROCESSED + "other/name.json"),
        CSV_NAME: ("known", TO_PROCESSED + "pending.csv"),
        "new.json": ("new", "chart=global-weekly/2009-06-11/old/new.json"),
    }


def test_what_lies_in_quarantine_too_is_known_all_the_same(lake: DirectoryLake, old: Path) -> None:
    lake.write(PROCESSED + "z.json", PLAYLIST)
    lake.write(QUARANTINE + "a.json", PLAYLIST)
    put(old, "copy.json", PLAYLIST)
    assert look(lake, old)["copy.json"].state == "known"


def test_what_landed_a_group_ago_is_known_though_it_has_moved_on(lake: DirectoryLake, old: Path) -> None:
    put(old, "a.json", PLAYLIST)
    put(old, "login.csv", b"<html>")
    known = LakeIndex(lake)
    land_all(lake, judge(lake, Files(old), known, WANTED), known)
    process(lake)
    again = judge(lake, Files(old), known, WANTED)
    assert [(verdict.state, verdict.key) for verdict in again] == [
        ("known", PROCESSED + "chart=global-weekly/2009-06-11/old/a.json"),
        ("still refused", QUARANTINE + "old/login.csv"),
    ]


def test_a_look_names_the_key_under_which_another_object_does_not_lie(lake: DirectoryLake, old: Path) -> None:
    key = "chart=global-weekly/x.json"
    lake.write(PROCESSED + key, b"another")
    put(old, key, PLAYLIST)
    assert look(lake, old)[key].key == unique_key(key, PLAYLIST)


def test_only_objects_of_the_same_size_are_read(old: Path, tmp_path: Path) -> None:
    lake = Counting(tmp_path / "lake", create=True)
    published(lake, chart())
    lake.reads.clear()
    lake.write(PROCESSED + "same-size.json", b" " * len(CSV))
    for number in range(20):
        lake.write(f"{PROCESSED}{number}.json", b"x" * number)
    put(old, CSV_NAME, CSV)
    assert look(lake, old)[CSV_NAME].state == "new"
    assert [key for key in lake.reads if key.startswith("raw_data/")] == [PROCESSED + "same-size.json"]


class Counting(DirectoryLake):
    """Counts what is read."""

    def __init__(self, root: Path, *, create: bool = False) -> None:
        super().__init__(root, create=create)
        self.reads: list[str] = []

    def read(self, key: str) -> Stored | None:
        self.reads.append(key)
        return super().read(key)


def test_another_file_of_the_same_name_and_size_is_not_lost(lake: DirectoryLake, tmp_path: Path) -> None:
    other = PLAYLIST.replace(b"a simulation", b"A simulation")
    put(tmp_path / "one/old", "a.json", PLAYLIST)
    put(tmp_path / "two/old", "a.json", other)
    for path in tmp_path.glob("t*/old/a.json"):
        os.utime(path, (0, 0))
    set_back(tmp_path / "two/old/a.json")
    for folder, state in (("one/old", "new"), ("two/old", "new"), ("one/old", "known"), ("two/old", "known")):
        assert bring_in(lake, tmp_path / folder)["a.json"].state == state
    assert sorted(raw_files(lake).values()) == sorted([PLAYLIST, other])


def test_an_import_again_reads_each_object_of_the_lake_once_at_most(old: Path, tmp_path: Path) -> None:
    lake = Counting(tmp_path / "lake", create=True)
    for week in range(5):  # of one size, told by their names
        put(old, f"{week}.json", PLAYLIST.replace(b"a simulation", b"a simulatio%d" % week))
    bring_in(lake, old)
    lake.reads.clear()
    assert {verdict.state for verdict in look(lake, old).values()} == {"known"}
    assert len([key for key in lake.reads if "raw_data" in key]) == 5


def test_an_object_of_the_lake_is_read_once_however_many_files_have_its_size(tmp_path: Path) -> None:
    lake = Counting(tmp_path / "lake", create=True)
    contents = [b"content %d" % number for number in range(10)]
    for number in range(5):
        lake.write(f"{PROCESSED}{number}.json", contents[number])
    index = LakeIndex(lake)
    assert [bool(index.find(content)) for content in contents[5:]] == [False] * 5
    assert len(lake.reads) == 5
    assert [index.find(content) for content in contents[:5]] == [f"{PROCESSED}{n}.json" for n in range(5)]


class Tagging(Counting):
    """Lists a digest with each object, as S3 does."""

    def __init__(self, root: Path, tag: Callable[[bytes], str]) -> None:
        super().__init__(root, create=True)
        self._tag = tag

    def list(self, folder: str) -> Iterator[Item]:
        for item in super().list(folder):
            yield item._replace(version=self._tag((self.root / item.key).read_bytes()))


@pytest.mark.parametrize(
    ("tag", "reads"),
    [
        (lambda content: f'"{hashlib.md5(content).hexdigest()}"', 0),
        (lambda content: f'"{hashlib.md5(content + b"key").hexdigest()}"', 1),  # encrypted
        (lambda content: f'"{hashlib.md5(content).hexdigest()}-2"', 1),  # put in parts
    ],
)
def test_an_object_whose_md5_the_listing_says_is_not_read_again_and_any_other_is(
    old: Path, tmp_path: Path, tag: Callable[[bytes], str], reads: int
) -> None:
    lake = Tagging(tmp_path / "lake", tag)
    put(old, "a.json", PLAYLIST)
    bring_in(lake, old)
    lake.reads.clear()
    assert look(lake, old)["a.json"].state == "known"
    assert len([key for key in lake.reads if "raw_data" in key]) == reads
    put(old, "a.json", PLAYLIST.replace(b"a simulation", b"A simulation"))
    assert look(lake, old)["a.json"].state == "new"


def set_back(path: Path) -> None:
    """Let a file be older than anything that is written from now on: disks count time in ticks."""
    ticked = path.with_name("ticked")
    while True:
        ticked.write_bytes(b"")
        if ticked.stat().st_mtime_ns > path.stat().st_ctime_ns:
            ticked.unlink()
            return


def test_another_content_of_the_same_size_in_place_of_a_file_is_seen(lake: DirectoryLake, old: Path) -> None:
    put(old, "a.json", PLAYLIST)
    set_back(old / "a.json")
    bring_in(lake, old)
    other = put(old, "b.json", PLAYLIST.replace(b"a simulation", b"A simulation"))
    os.utime(other, (0, 0))  # as it may come from an archive
    other.rename(old / "a.json")
    assert look(lake, old)["a.json"].state == "new"


def test_importing_again_changes_nothing(lake: DirectoryLake, old: Path) -> None:
    put(old, CSV_NAME, CSV)
    put(old, "login.csv", b"<html>")
    bring_in(lake, old)
    before = files(lake.root, "")
    assert {verdict.state for verdict in bring_in(lake, old).values()} == {"known", "still refused"}
    assert files(lake.root, "") == before


def test_an_import_that_was_killed_goes_on_where_it_was(lake: DirectoryLake, old: Path) -> None:
    for week in range(4):
        put(old, f"{week}.json", snapshot("global-weekly", FRIDAY - timedelta(weeks=week)))
    known = LakeIndex(lake)
    verdicts = judge(lake, Files(old), known, WANTED)
    land_all(lake, verdicts[:2], LakeIndex(lake))
    land_all(lake, verdicts, known)  # a step that is tried again knows nothing of its first time
    process(lake)
    assert len(raw_files(lake)) == 4
    assert {verdict.state for verdict in look(lake, old).values()} == {"known"}


def test_different_files_of_one_name_have_keys_of_their_own(lake: DirectoryLake, tmp_path: Path) -> None:
    one, two = tmp_path / "one/charts", tmp_path / "two/charts"
    put(one, "chart=global-weekly/x.json", PLAYLIST)
    put(two, "chart=global-weekly/x.json", snapshot("global-weekly", FRIDAY))
    group = [*Files(one), *Files(two)]
    verdicts = judge(lake, group, LakeIndex(lake), WANTED)
    assert len({verdict.key for verdict in verdicts}) == 2
    land_all(lake, verdicts, LakeIndex(lake))
    process(lake)
    third = put(tmp_path / "three", "chart=global-weekly/x.json", snapshot("global-daily", FRIDAY))
    bring_in(lake, third.parent.parent)
    assert sorted(raw_files(lake).values()) == sorted(
        [PLAYLIST, snapshot("global-weekly", FRIDAY), snapshot("global-daily", FRIDAY)]
    )
    assert all(key.startswith("processed/chart=global-weekly/x.") for key in raw_files(lake))


def test_somebody_elses_object_under_our_key_is_not_overwritten(lake: DirectoryLake, old: Path) -> None:
    put(old, "x.json", PLAYLIST)
    verdicts = look(lake, old)
    key = verdicts["x.json"].key
    lake.write(TO_PROCESSED + key, b"theirs")
    land_all(lake, verdicts.values(), LakeIndex(lake))
    assert sorted(raw_files(lake).values()) == sorted([b"theirs", PLAYLIST])


def test_the_same_file_twice_is_taken_once(lake: DirectoryLake, old: Path) -> None:
    put(old, "a.json", PLAYLIST)
    put(old, "b.json", PLAYLIST)
    assert [verdict.state for verdict in bring_in(lake, old).values()] == ["new", "known"]
    assert list(raw_files(lake)) == ["processed/chart=global-weekly/2009-06-11/old/a.json"]


def test_what_is_no_chart_is_landed_as_it_is_with_the_reason_known(lake: DirectoryLake, old: Path) -> None:
    put(old, "empty.json", b"")
    put(old, "login.csv", b"<html>")
    put(old, "chart=nowhere/x.csv", CSV)
    verdicts = look(lake, old)
    assert {verdict.state for verdict in verdicts.values()} == {"refused"}
    assert "the object is empty" in verdicts["empty.json"].why
    assert "there is no chart 'nowhere'" in verdicts["chart=nowhere/x.csv"].why
    land_all(lake, verdicts.values(), LakeIndex(lake))
    assert raw_files(lake) == {
        "to_processed/old/empty.json": b"",
        "to_processed/old/login.csv": b"<html>",
        "to_processed/old/chart=nowhere/x.csv": CSV,
    }


def test_a_refused_file_is_taken_once_its_name_says_what_it_is(lake: DirectoryLake, old: Path) -> None:
    lake.write(QUARANTINE + "old/chart.csv", CSV)
    put(old, "chart.csv", CSV)
    assert look(lake, old)["chart.csv"].state == "still refused"
    put(old, CSV_NAME, CSV)
    assert look(lake, old)[CSV_NAME].state == "new"


def test_a_refused_file_that_is_understood_now_comes_back_from_quarantine(
    lake: DirectoryLake, old: Path
) -> None:
    key = "chart=global-weekly/x.json"
    lake.write(QUARANTINE + key, PLAYLIST)
    put(old, key, PLAYLIST)
    assert look(lake, old)[key].state == "new"
    bring_in(lake, old)
    assert raw_files(lake) == {f"processed/{key}": PLAYLIST}


def test_a_retried_step_finds_what_its_first_time_put_back(lake: DirectoryLake, old: Path) -> None:
    key = "chart=global-weekly/x.json"
    lake.write(QUARANTINE + key, PLAYLIST)
    put(old, key, PLAYLIST)
    known = LakeIndex(lake)
    for _ in range(2):
        land_all(lake, judge(lake, Files(old), known, WANTED), known)
    assert raw_files(lake) == {f"to_processed/{key}": PLAYLIST}


def test_what_is_no_raw_object_by_its_name_is_skipped(lake: DirectoryLake, old: Path) -> None:
    names = [
        ".DS_Store",
        "._x.json",
        "~$x.json",
        "x.json.part",
        "x.json.reason.json",
        "songs.parquet",
        "catalog.duckdb",
        "Thumbs.db",
    ]
    for name in names:
        put(old, name, PLAYLIST)
    for folder in (".git", "__MACOSX"):
        put(old, f"{folder}/x.json", PLAYLIST)
    assert {name: verdict.state for name, verdict in look(lake, old).items()} == dict.fromkeys(
        names, "skipped"
    )
    bring_in(lake, old)
    assert raw_files(lake) == {}


def test_a_folder_that_programs_have_for_themselves_is_taken_when_it_is_named(
    lake: DirectoryLake, old: Path
) -> None:
    put(old, "__MACOSX/x.json", PLAYLIST)
    bring_in(lake, old / "__MACOSX")
    [key] = raw_files(lake)
    assert key.endswith("/x.json")
    assert "processed/" in key


def test_half_a_download_that_is_pending_does_not_stand_for_a_file(lake: DirectoryLake, old: Path) -> None:
    put(old, "x.json", PLAYLIST)
    lake.write(f"{TO_PROCESSED}x.json.part", PLAYLIST)
    assert look(lake, old)["x.json"].state == "new"


def test_a_project_folder_gives_its_answers_and_nothing_else(lake: DirectoryLake, old: Path) -> None:
    """As people hold them: code, notes, settings, pictures, a notebook, a key, and one answer among them."""
    foreign = {
        "README.md": b"# notes on https://open.spotify.com/playlist/x",
        "etl.py": b"import spotipy",
        "cover.jpg": b"\xff\xd8\xff",
        "package.json": b'{"name": "my-spotify", "version": "1", "dependencies": {"x": "https://api.spotify.com/v1"}}',
        "tsconfig.json": b'{"compilerOptions": {"strict": true}}',
        "broken-tsconfig.json": b'{"compilerOptions": {"strict": true}, // a comment',
        "explore.ipynb": b'{"cells": [], "nbformat": 4}',
        "explore.json": b'{"cells": ["https://api.spotify.com/v1"], "nbformat": 4}',
        "map.json": b'{"type": "FeatureCollection", "features": []}',
        "numbers.json": b"[1, 2, 3]",
        "customers.csv": b"id,name,email\n1,x,y\n",
        "notes.txt": b"buy milk, eggs",
        "Makefile": b"run:\n\tpython etl.py\n",
    }
    keys = {
        "service-account.json": b'{"type":"service_account","private_key":"MADE-UP, NO KEY"}',
        "client.json": b'{"installed": {"client_id": "x", "client_secret": "MADE-UP"}}',
        "token.json": b'{"access_token": "MADE-UP", "refresh_token": "MADE-UP"}',
        "id_rsa": b"-----BEGIN OPENSSH PRIVATE KEY-----\nMADE-UP",
        "settings.txt": b"export SPOTIPY_CLIENT_SECRET=MADE-UP\n",
    }
    for name, content in {**foreign, **keys}.items():
        put(old, name, content)
    put(old, "spotify_raw.json", PLAYLIST)
    put(old, "half.json", PLAYLIST[:5000])
    put(old, "refusal.json", b'{"error": {"status": 404, "message": "Resource not found"}}')
    states = {name: verdict.state for name, verdict in bring_in(lake, old).items()}
    assert states == {
        **dict.fromkeys(foreign, "skipped"),
        **dict.fromkeys(keys, "key"),
        "spotify_raw.json": "new",
        "half.json": "refused",
        "refusal.json": "refused",
    }
    assert not any(b"MADE-UP" in content for content in raw_files(lake).values())
    assert len(raw_files(lake)) == 3


def test_a_key_stays_where_it_is_even_when_it_is_named(lake: DirectoryLake, old: Path) -> None:
    pem = put(old, "server.pem", b"-----BEGIN PRIVATE KEY-----\nMADE-UP")
    [verdict] = judge(lake, Files(pem), LakeIndex(lake), WANTED)
    assert (verdict.state, verdict.lands) == ("key", False)
    tally = Tally()
    tally.add([verdict])
    assert str(tally) == "1 file: 1 left where they are, because they hold a key or a password"


def test_a_compressed_file_is_told_to_be_unpacked_and_fails_the_import_only_when_it_is_named(
    lake: DirectoryLake, old: Path
) -> None:
    path = put(old, "charts.zip", b"PK\x03\x04")
    assert (look(lake, old)["charts.zip"].state, look(lake, old)["charts.zip"].why) == (
        "skipped",
        "it is compressed: unpack it",
    )
    assert [each.state for each in judge(lake, Files(path), LakeIndex(lake), WANTED)] == ["left out"]


def test_a_large_file_that_a_pattern_names_is_skipped_when_its_name_is_no_raw_objects(
    lake: DirectoryLake,
) -> None:
    states = {
        name: judge(
            lake, [Found(name, name, LARGEST + 1, lambda: None, is_named=True)], LakeIndex(lake), WANTED
        )[0].state
        for name in ("model.bin", "chart.json")
    }
    assert states == {"model.bin": "skipped", "chart.json": "left out"}


def test_a_merged_archive_on_s3_is_left_out_with_what_to_do(lake: DirectoryLake) -> None:
    content = b"Position,Track Name,Artist,Streams,URL,Date,Region\n"
    for size in (len(content), LARGEST + 1):
        far = Found("s3://b/data.csv", "data.csv", size, lambda: content)
        [verdict] = judge(lake, [far], LakeIndex(lake), WANTED)
        assert verdict.state == "left out"
        assert "copy it to this machine" in verdict.why


def test_a_hidden_file_that_is_named_is_meant(lake: DirectoryLake, old: Path) -> None:
    [verdict] = judge(lake, Files(put(old, ".x.json", PLAYLIST)), LakeIndex(lake), WANTED)
    assert verdict.state == "new"


def test_a_hidden_file_without_a_suffix_is_never_read(lake: DirectoryLake, old: Path) -> None:
    (old / ".env").mkdir()  # reading it would be an error
    [verdict] = judge(
        lake, [Found(str(old / ".env"), ".env", 9, (old / ".env").read_bytes, True)], LakeIndex(lake), WANTED
    )
    assert (verdict.state, verdict.why) == ("skipped", "not a raw object, by its name")


def test_a_file_that_cannot_be_read_or_is_no_chart_by_its_size_is_left_out_and_told(
    lake: DirectoryLake, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("top50.history.judge.LARGEST", 1000)
    put(old, "large.json", PLAYLIST)
    (old / "nowhere.json").symlink_to(old / "gone.json")
    verdicts = bring_in(lake, old)
    assert {verdict.state for verdict in verdicts.values()} == {"left out"}
    assert "No such file" in verdicts["nowhere.json"].why
    assert raw_files(lake) == {}
    tally = Tally()
    tally.add(verdicts.values())
    assert str(tally) == "2 files: 2 left out"
    assert any("large.json: 0 MB is larger than any chart" in line for line in tally.left_out)


def test_a_lake_of_real_charts_takes_no_simulated_ones_and_the_other_way_round(
    tmp_path: Path, old: Path
) -> None:
    put(old, "simulated.json", SIMULATED)
    put(old, CSV_NAME, new_csv())
    for name, raw in (
        ("real", chart()),
        ("made up", ("chart=global-weekly/a.json", SIMULATED.replace(b"  ", b" "))),
    ):
        lake = DirectoryLake(tmp_path / name, create=True)
        published(lake, raw)
        verdicts = look(lake, old)
        left_out = {key for key, verdict in verdicts.items() if verdict.state == "left out"}
        assert left_out == {"simulated.json" if name == "real" else CSV_NAME}
        assert all("choose another TOP50_LAKE" in verdicts[key].why for key in left_out)


def found(size: int) -> Found:
    return Found("x", "x", size, lambda: b"")


def test_groups_hold_so_many_bytes_and_files_and_a_file_that_is_not_read_weighs_nothing() -> None:
    part = GROUP_BYTES // 4
    sizes = [*[part] * 4, 1, 2**40, *[part] * 4]
    groups = [[each.size for each in group] for group in in_groups(found(size) for size in sizes)]
    assert groups == [[part] * 4, [1, 2**40, part, part, part], [part]]
    assert [len(group) for group in in_groups(found(1) for _ in range(4500))] == [2000, 2000, 500]
    assert list(in_groups([])) == []


def test_progress_says_how_many_how_fast_and_how_long_still() -> None:
    times = iter([0.0, 10.0, 20.0])
    progress = Progress(2000, clock=lambda: next(times))
    assert progress.add(500) == "500 of 2,000 files, 50 a second, 0:00:30 left"
    assert progress.add(1500) == "2,000 of 2,000 files, 100 a second, 0:00:00 left"


def test_a_csv_of_a_header_alone_is_skipped_with_the_reason(lake: DirectoryLake, old: Path) -> None:
    put(old, "regional-lu-weekly-2026-11-19.csv", new_csv([]))
    [verdict] = look(lake, old).values()
    assert verdict.state == "skipped"
    assert verdict.why == "only a header: Spotify has no chart of that market and date"
