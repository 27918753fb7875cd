"""A lake in a directory."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from tests.unit.builders import move
from top50.errors import LakeConflict, LakeError, OutOfReach
from top50.lake import open_lake
from top50.lake.base import Stored
from top50.lake.directory import DirectoryLake
from top50.settings import Settings

NAMES = [
    "with blanks.csv",
    "quotes \" and ' and `.json",
    "emoji 🎵 ünï.json",
    "line\nbreak\r.json",
    "regional (1).csv",
    "100% #1?&x=[a]*.json",
    "no-suffix",
    ".hidden",
    "e\u0301 decomposed.json",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_survives_a_round_trip(lake: DirectoryLake, name: str) -> None:
    for doing in (lake.write, lambda key, content: lake.replace(key, content, None)):
        key = f"raw_data/to_processed/in {name}/{name}"
        doing(key, b"content")
        assert [item.key for item in lake.list("raw_data/to_processed/")] == [key]
        assert lake.version(key)
        move(lake, key, f"raw_data/processed/{name}")
        stored = lake.read(f"raw_data/processed/{name}")
        assert stored is not None
        assert stored.content == b"content"
        (lake.root / "raw_data/processed" / name).unlink()


def test_what_is_not_there_is_none(lake: DirectoryLake) -> None:
    assert lake.read("transformed_data/songs/songs.parquet") is None
    assert not lake.version("transformed_data/songs/songs.parquet")
    assert list(lake.list("raw_data/to_processed/")) == []
    assert lake.tail("transformed_data/songs/songs.parquet", "1", 8) is None


def test_a_listing_has_sizes_and_any_depth_below_its_folder(lake: DirectoryLake) -> None:
    lake.write("raw_data/processed/a/b/c.json", b"four")
    lake.write("raw_data/processed/d.json", b"")
    lake.write("raw_data/processed2/e.json", b"other")
    assert sorted(item[:2] for item in lake.list("raw_data/processed/")) == [
        ("raw_data/processed/a/b/c.json", 4),
        ("raw_data/processed/d.json", 0),
    ]


def test_a_listing_says_when_a_file_was_written_and_a_move_keeps_that(lake: DirectoryLake) -> None:
    lake.write("raw_data/to_processed/a.json", b"one")
    [item] = lake.list("raw_data/to_processed/")
    assert abs(item.written - time.time()) < 60
    move(lake, "raw_data/to_processed/a.json", "raw_data/processed/a.json")
    assert [moved.written for moved in lake.list("raw_data/processed/")] == [item.written]


def no_links(*_: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_disk_without_links_takes_new_files_too(
    lake: DirectoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", no_links)
    lake.replace("a/b.parquet", b"one", None)
    assert (lake.root / "a/b.parquet").read_bytes() == b"one"
    with pytest.raises(LakeConflict, match="was written by somebody else"):
        lake.replace("a/b.parquet", b"two", None)


@pytest.mark.parametrize("links", [True, False])
def test_a_move_is_of_one_version_and_never_over_another_file(
    lake: DirectoryLake, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    lake.write("source", b"old")
    old = lake.version("source") or ""
    lake.write("source", b"new")
    assert not lake.move("source", "target", old)
    lake.write("target", b"theirs")
    with pytest.raises(LakeConflict, match="target was written by somebody else"):
        move(lake, "source", "target")
    assert (lake.root / "source").read_bytes() == b"new"
    assert (lake.root / "target").read_bytes() == b"theirs"
    assert move(lake, "source", "free")
    assert (lake.root / "free").read_bytes() == b"new"
    lake.write("source", b"new")
    assert move(lake, "source", "free"), "the same content is not a conflict"
    assert not lake.version("source")


def test_a_file_that_changed_within_a_tick_of_the_clock_is_not_removed(lake: DirectoryLake) -> None:
    lake.write("a", b"one")
    version, path = lake.version("a"), lake.root / "a"
    status = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert lake.version("a") == version
    assert not lake.remove("a", version, b"one")
    assert path.read_bytes() == b"two"
    assert lake.remove("a", version, b"two")
    assert lake.remove("a", version, b"two"), "it is gone, whoever removed it"


def test_a_replace_of_what_was_read_gives_the_new_version(lake: DirectoryLake) -> None:
    first = lake.replace("a/b.parquet", b"one", None)
    stored = lake.read("a/b.parquet")
    assert stored == Stored(b"one", first)
    second = lake.replace("a/b.parquet", b"two", stored)
    assert lake.read("a/b.parquet") == Stored(b"two", second)
    assert first != second


@pytest.mark.parametrize("meanwhile", [b"theirs", b"mine!!"])
def test_a_replace_of_what_somebody_else_wrote_meanwhile_conflicts(
    lake: DirectoryLake, meanwhile: bytes
) -> None:
    lake.replace("a.parquet", b"before", None)
    stale = lake.read("a.parquet")
    lake.write("a.parquet", meanwhile)
    for old in (stale, None):
        with pytest.raises(LakeConflict, match=r"a\.parquet"):
            lake.replace("a.parquet", b"mine!!", old)
    current = lake.read("a.parquet")
    assert current is not None
    assert current.content == meanwhile


def test_a_replace_of_what_is_gone_conflicts(lake: DirectoryLake) -> None:
    with pytest.raises(LakeConflict):
        lake.replace("a.parquet", b"mine", Stored(b"theirs", "1-2-3"))
    assert not lake.version("a.parquet")


def test_of_many_who_replace_the_same_version_one_wins(lake: DirectoryLake) -> None:
    lake.replace("count", b"0", None)
    lost = []

    def count_up() -> None:
        own = DirectoryLake(lake.root)
        for _ in range(5):
            while True:
                stored = own.read("count")
                assert stored is not None
                try:
                    own.replace("count", str(int(stored.content) + 1).encode(), stored)
                    break
                except LakeConflict:
                    lost.append(1)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    final = lake.read("count")
    assert final is not None
    assert final.content == b"20"


def test_the_tail_of_a_version_is_there_until_another_is_written(lake: DirectoryLake) -> None:
    version = lake.replace("a.parquet", b"0123456789", None)
    assert lake.tail("a.parquet", version, 4) == b"6789"
    lake.write("a.parquet", b"9876543210")
    assert lake.tail("a.parquet", version, 4) is None


@pytest.mark.parametrize(
    "put", [DirectoryLake.write, lambda lake, key, content: lake.replace(key, content, None)]
)
def test_nothing_but_the_whole_file_is_ever_seen(
    lake: DirectoryLake, put: Callable[[DirectoryLake, str, bytes], object]
) -> None:
    seen: list[list[str]] = []

    def look(_: int) -> None:
        seen.append([item.key for item in lake.list("transformed_data/")])

    with mock.patch.object(os, "fsync", look):
        put(lake, "transformed_data/songs/songs.parquet", b"x" * 100_000)
    assert seen == [[], ["transformed_data/songs/songs.parquet"]]
    assert [item.size for item in lake.list("transformed_data/")] == [100_000]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(lake: DirectoryLake) -> None:
    lake.write("a.parquet", b"old")
    before = sorted(lake.root.rglob("*"))
    with (
        mock.patch.object(os, "fsync", side_effect=OSError(28, "No space left on device")),
        pytest.raises(LakeError, match=r"No space left on device.*Free some space"),
    ):
        lake.write("a.parquet", b"new")
    assert sorted(lake.root.rglob("*")) == before
    assert (lake.root / "a.parquet").read_bytes() == b"old"


def test_moving_drops_the_folders_that_it_empties(lake: DirectoryLake) -> None:
    for name in ("a/b/1.json", "a/b/2.json", "3.json"):
        lake.write(f"raw_data/to_processed/{name}", name.encode())
    move(lake, "raw_data/to_processed/a/b/1.json", "raw_data/processed/a/b/1.json")
    assert (lake.root / "raw_data/to_processed/a/b").is_dir()
    move(lake, "raw_data/to_processed/a/b/2.json", "raw_data/processed/a/b/2.json")
    move(lake, "raw_data/to_processed/3.json", "raw_data/processed/3.json")
    assert not (lake.root / "raw_data/to_processed/a").exists()
    assert (lake.root / "raw_data/to_processed").is_dir()
    assert (lake.root / "raw_data/processed/a/b/1.json").read_bytes() == b"a/b/1.json"


def test_moving_what_somebody_else_moved_is_no_error(lake: DirectoryLake) -> None:
    lake.write("raw_data/processed/a.json", b"theirs")
    move(lake, "raw_data/to_processed/a.json", "raw_data/processed/a.json")
    assert (lake.root / "raw_data/processed/a.json").read_bytes() == b"theirs"


def in_the_way(lake: DirectoryLake) -> DirectoryLake:
    """A file stands where a folder should be: that stops root too, whom no missing right stops."""
    (lake.root / "raw_data").write_bytes(b"")
    (lake.root / "folder").mkdir()
    return lake


@pytest.mark.parametrize(
    "use",
    [
        lambda lake: lake.write("raw_data/processed/a.json", b""),
        lambda lake: lake.replace("raw_data/processed/a.json", b"", None),
        lambda lake: move(lake, "folder", "raw_data/processed/folder"),
        lambda lake: lake.read("folder"),
        lambda lake: lake.write("folder", b""),
        lambda lake: lake.read("x" * 300),
        lambda lake: lake.write("x" * 300, b""),
        lambda lake: move(lake, "x" * 300, "y"),
        lambda lake: list(lake.list("raw_data/")),
    ],
)  # fmt: skip
def test_what_the_disk_refuses_is_one_clear_error(
    lake: DirectoryLake, use: Callable[[DirectoryLake], object]
) -> None:
    with pytest.raises(LakeError, match=r"cannot \w+.*: .*\. Look at that path") as caught:
        use(in_the_way(lake))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("number", [1, 13, 30])
def test_a_directory_that_may_not_be_written_is_one_clear_error(lake: DirectoryLake, number: int) -> None:
    with (
        mock.patch.object(Path, "open", side_effect=OSError(number, os.strerror(number))),
        pytest.raises(LakeError, match=f"cannot write .*{os.strerror(number)}.*TOP50_LAKE"),
    ):
        DirectoryLake(lake.root)


def test_opening_a_lake_leaves_nothing_in_it(lake: DirectoryLake) -> None:
    assert [path for path in lake.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("create", [True, False])
def test_a_missing_parent_is_one_clear_error(tmp_path: Path, create: bool) -> None:
    with pytest.raises(LakeError, match=r"TOP50_LAKE"):
        DirectoryLake(tmp_path / "no" / "lake", create=create)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_lake_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "lake").write_bytes(b"")
    for create in (True, False):
        with pytest.raises(LakeError, match="TOP50_LAKE"):
            DirectoryLake(tmp_path / "lake", create=create)


def test_a_lake_is_made_when_asked_for(tmp_path: Path) -> None:
    settings = Settings.model_validate({"lake": str(tmp_path / "lake")})
    with pytest.raises(LakeError, match="no lake at"):
        open_lake(settings)
    assert open_lake(settings, create=True).address == str(tmp_path / "lake")
    assert open_lake(settings).address == str(tmp_path / "lake")


def test_a_link_to_a_folder_or_to_nothing_is_not_followed_and_in_the_backlog_it_is_named(
    lake: DirectoryLake,
) -> None:
    lake.write("raw_data/processed/a.json", b"")
    (lake.root / "raw_data/to_processed").mkdir()
    (lake.root / "raw_data/to_processed/loop").symlink_to(lake.root)
    (lake.root / "raw_data/to_processed/broken").symlink_to("nowhere")
    (lake.root / "raw_data/processed/loop").symlink_to(lake.root)
    assert [item.key for item in lake.list("raw_data/processed/")] == ["raw_data/processed/a.json"]
    assert {item.key.rpartition("/")[2] for item in lake.list("raw_data/to_processed/")} == {"broken", "loop"}
    for name in ("broken", "loop"):
        with pytest.raises(OutOfReach, match=f"{name}.* Remove that link|{name}: it is not a regular file"):
            lake.read(f"raw_data/to_processed/{name}")


def test_what_is_not_a_file_is_out_of_reach_and_ends_no_listing(lake: DirectoryLake) -> None:
    folder = lake.root / "raw_data/to_processed"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to("loop")
    lake.write("raw_data/to_processed/a.json", b"")
    keys = {item.key.rpartition("/")[2] for item in lake.list("raw_data/to_processed/")}
    assert keys == {"pipe", "loop", "a.json"}
    for name in ("pipe", "loop"):
        with pytest.raises(OutOfReach, match=name):
            lake.read(f"raw_data/to_processed/{name}")


@pytest.mark.parametrize("key", ["../x", "/x", "raw_data/../../x", "raw_data/.."])
def test_no_key_leaves_the_lake(lake: DirectoryLake, key: str) -> None:
    lake.write("here", b"")
    for use in (
        lambda: lake.read(key),
        lambda: lake.version(key),
        lambda: lake.write(key, b""),
        lambda: lake.replace(key, b"", None),
        lambda: lake.move("here", key, "v"),
        lambda: lake.remove(key),
    ):
        with pytest.raises(OutOfReach, match="leads out of the lake"):
            use()
    assert [path.name for path in lake.root.parent.iterdir()] == [lake.root.name]


def test_what_a_killed_run_was_writing_is_removed_by_the_next_one_that_is_alone(tmp_path: Path) -> None:
    first = DirectoryLake(tmp_path)
    staged = tmp_path / ".top50" / "0123456789abcdef"
    staged.write_bytes(b"half")
    beside = DirectoryLake(tmp_path)
    assert staged.exists(), "it may be what the other one is writing"
    del first, beside
    DirectoryLake(tmp_path)
    assert not staged.exists()


def test_what_is_not_ours_is_left_in_the_lakes_own_folder(tmp_path: Path) -> None:
    DirectoryLake(tmp_path)
    lock = tmp_path / ".top50" / "lock"
    lock.write_bytes(b"")
    DirectoryLake(tmp_path)
    assert lock.exists()


def test_folders_that_a_killed_run_emptied_are_removed_and_no_others(tmp_path: Path) -> None:
    for folder in ("chart=global-weekly/2026-11-19", "chart=global-daily/2026-11-19", "mine"):
        (tmp_path / "raw_data/to_processed" / folder).mkdir(parents=True)
    full = tmp_path / "raw_data/to_processed/chart=global-daily/2026-11-19/a.json"
    full.write_bytes(b"{}")
    DirectoryLake(tmp_path)
    left = {path.name for path in (tmp_path / "raw_data/to_processed").iterdir()}
    assert left == {"chart=global-daily", "mine"}
    assert full.read_bytes() == b"{}"


def test_a_lake_of_a_process_that_was_killed_is_not_held(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from top50.lake.directory import DirectoryLake\n"
    )
    program += "lake = DirectoryLake(Path(sys.argv[1])); (lake.root / '.top50' / ('0' * 16)).touch()\n"
    program += "os.kill(os.getpid(), signal.SIGKILL)"
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list((tmp_path / ".top50").iterdir())
    DirectoryLake(tmp_path)
    assert not list((tmp_path / ".top50").iterdir())
