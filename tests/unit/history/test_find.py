"""Which files a PATH stands for, and that a key never leaves its folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from top50.errors import LakeError, LakeUnavailable, SettingsError
from top50.history.find import find
from top50.lake import Lake
from top50.lake.base import Item, Stored
from top50.lake.directory import DirectoryLake


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def no_bucket(name: str) -> Lake:
    raise AssertionError(f"nobody asked for {name}")


def keys(*paths: Path | str, lake: Path | str = "/nowhere/lake") -> list[str]:
    roots = find([str(path) for path in paths], str(lake), no_bucket)
    return [found.key for root in roots for found in root]


def test_files_folders_and_patterns_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "old/b.json", "old/a/c.csv", "old/a/d.json", "old/.hidden/e.json", "x[1].json")
    assert keys(tmp_path / "old") == ["old/b.json", "old/a/c.csv", "old/a/d.json"]
    assert keys(tmp_path / "old/b.json") == ["b.json"]
    assert keys(tmp_path / "old/*") == ["a/c.csv", "a/d.json", "b.json"]
    assert keys(tmp_path / "old/**/*.json") == ["d.json", "b.json"]
    assert keys(tmp_path / "old/**") == ["old/b.json", "old/a/c.csv", "old/a/d.json"]
    assert keys(tmp_path / "x[1].json") == ["x[1].json"], "a name before a pattern"
    monkeypatch.chdir(tmp_path / "old/a")
    assert keys("..", ".") == ["old/b.json", "old/a/c.csv", "old/a/d.json", "a/c.csv", "a/d.json"]
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keys("~/old/b.json") == ["b.json"]


def test_links_to_files_are_found_also_when_they_lead_nowhere_and_those_to_folders_are_not_followed(
    tmp_path: Path,
) -> None:
    put(tmp_path, "elsewhere/a.json", "old/b.json")
    for name, target in {
        "file.json": "b.json",
        "folder": "../elsewhere",
        "itself.json": "itself.json",
        "nowhere.json": "nothing",
        "out.json": "../elsewhere/a.json",
    }.items():
        (tmp_path / "old" / name).symlink_to(target)
    [root] = find([str(tmp_path / "old")], "/nowhere/lake", no_bucket)
    found = {each.key.removeprefix("old/"): each.problem for each in root}
    assert found == dict.fromkeys(["b.json", "file.json", "itself.json", "nowhere.json"], "") | {
        "out.json": "a link that leads out of the folder: name what it leads to",
        "folder": "a link to a folder: name the folder",
    }
    assert len(root) == 6


def test_what_belongs_to_the_system_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "link.json").symlink_to("/proc/self/environ")
    for path in ("/proc/self/environ", "/proc", tmp_path / "link.json", "/dev/zero", tmp_path / "pipe.json"):
        with pytest.raises(SettingsError, match=r"is not read: it (is in /proc|is not a regular file)"):
            keys(path)


def test_a_run_that_is_held_to_a_folder_follows_no_pattern_out_of_it(tmp_path: Path) -> None:
    put(tmp_path, "in/a.json", "out/b.json")
    (tmp_path / "in" / "link").symlink_to("../out")

    def held(path: str) -> list[str]:
        roots = find([str(tmp_path / path)], "/nowhere/lake", no_bucket, within=tmp_path / "in")
        return [found.key for root in roots for found in root if not found.problem]

    assert held("in") == ["in/a.json"]
    for path in ("in/link", "in/*/b.json", "in/../out"):
        with pytest.raises(SettingsError, match=r"refused: a deployed run reads files below .*/in"):
            held(path)


@pytest.mark.parametrize("path", ["nowhere", "", "nowhere/*.csv", "~nobody/x"])
def test_a_path_that_is_not_there_is_one_clear_line(path: str, tmp_path: Path) -> None:
    put(tmp_path, "a.json")
    with pytest.raises(SettingsError, match=r"there is nothing at .*nothing was done"):
        keys(tmp_path, str(tmp_path / path) if path.startswith("nowhere") else path)


def test_the_lakes_own_raw_data_is_not_imported_into_it(tmp_path: Path) -> None:
    put(tmp_path, "lake/raw_data/quarantine/x.json", "lake/history/y.json")
    for path in ("", "lake", "lake/raw_data", "lake/raw_data/quarantine", "lake/raw_data/quarantine/*", "*"):
        with pytest.raises(SettingsError, match=r"own .*raw_data, or has it inside"):
            keys(tmp_path / path, lake=tmp_path / "lake")
    assert keys(tmp_path / "lake/history", lake=tmp_path / "lake") == ["history/y.json"]
    for source in ("s3://a", "s3://a/lake", "s3://a/lake/raw_data/processed/x"):
        with pytest.raises(SettingsError, match="own s3://a/lake/raw_data"):
            keys(source, lake="s3://a/lake")


def test_what_is_no_regular_file_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    put(tmp_path, "x.json")
    assert keys(tmp_path) == [f"{tmp_path.name}/x.json"]


class Bucket(DirectoryLake):
    """A folder that stands for a bucket."""

    def list(self, folder: str) -> Iterator[Item]:
        return iter(sorted(super().list(folder)))

    def read(self, key: str) -> Stored | None:
        return None if (self.root / key).is_dir() else super().read(key)


def test_objects_of_a_bucket_are_found_by_name_folder_or_pattern(tmp_path: Path) -> None:
    bucket = Bucket(tmp_path / "b", create=True)
    for key in ("old/a.csv", "old/b/c.csv", "old/b/d.json", "older/e.csv"):
        bucket.write(key, key.encode())

    def keys_of(path: str) -> list[str]:
        [objects] = find([path], "/nowhere/lake", lambda _: bucket)
        assert all(found.read() for found in objects)
        return [found.key for found in objects]

    assert keys_of("s3://b/old/") == ["old/a.csv", "old/b/c.csv", "old/b/d.json"]
    assert keys_of("s3://b/old/b") == ["b/c.csv", "b/d.json"]
    assert keys_of("s3://b/old/a.csv") == ["a.csv"]
    assert keys_of("s3://b/old*/*.csv") == ["b/old/a.csv", "b/old/b/c.csv", "b/older/e.csv"]
    for path in ("s3://b/nowhere", "s3://b/old/*.txt", "s3://"):
        with pytest.raises(SettingsError, match=r"nothing at|without a bucket"):
            keys_of(path)


def test_a_bucket_that_refuses_is_one_clear_line_and_one_that_is_away_may_come_back(tmp_path: Path) -> None:
    class Broken(DirectoryLake):
        error: LakeError

        def list(self, folder: str) -> Iterator[Item]:
            del folder
            raise self.error

    bucket = Broken(tmp_path)
    bucket.error = LakeError("cannot list s3://b: AccessDenied", "Correct TOP50_LAKE.")
    with pytest.raises(SettingsError, match=r"AccessDenied\. Check the PATH and the AWS credentials"):
        find(["s3://b"], "/nowhere/lake", lambda _: bucket)
    bucket.error = LakeUnavailable("cannot list s3://b", "Check the network.")
    with pytest.raises(LakeUnavailable):
        find(["s3://b"], "/nowhere/lake", lambda _: bucket)
