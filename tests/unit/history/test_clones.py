"""A local clone of the public archive: every version of a chart's file comes in, and nothing else."""

import os
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.unit.builders import WEEKLY
from top50.errors import SettingsError
from top50.history.clones import Clone, find_clone
from top50.history.find import Files, find
from top50.history.judge import judge
from top50.history.lake_index import LakeIndex
from top50.history.land import land_all
from top50.lake import TO_PROCESSED, Lake
from top50.lake.directory import DirectoryLake
from top50.read import read_snapshot
from top50.read.snapshot import Wanted
from top50.simulator.public_archive import archived
from top50.simulator.world.calendars import CHARTS

SATURDAY = datetime(2024, 2, 3, 0, 5, tzinfo=UTC)
OTHER = "0otherPlaylist00000000"
WANTED = Wanted(today=date(2026, 11, 22))


def git(folder: Path, *arguments: str, at: datetime = SATURDAY) -> None:
    own = {
        "GIT_AUTHOR_DATE": at.isoformat(),
        "GIT_COMMITTER_DATE": at.isoformat(),
        "PATH": os.environ["PATH"],
    }
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, "-C", str(folder), *arguments], env=own, check=True, capture_output=True)


def page(at: datetime, playlist: str = WEEKLY) -> bytes:
    chart = next(
        (chart for chart in CHARTS.values() if chart.playlist_id == playlist), CHARTS["global-weekly"]
    )
    return archived(chart, at, 50)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks, each copied on Saturday and on Sunday, with other followers on Sunday."""
    root = tmp_path_factory.mktemp("archive")
    git(root, "init", "--quiet")
    pretty, cumulative = root / "playlists/pretty", root / "playlists/cumulative"
    pretty.mkdir(parents=True)
    cumulative.mkdir()
    for day in (timedelta(days=7 * week + extra) for week in range(4) for extra in (0, 1)):
        at = SATURDAY + day
        for playlist in (WEEKLY, OTHER):
            (pretty / f"{playlist}.json").write_bytes(page(at, playlist))
        (cumulative / f"{WEEKLY}.json").write_bytes(b'{"date_first_scraped": "%d"}' % day.days)
        git(root, "add", ".")
        git(root, "commit", "--quiet", "-m", "x", at=at)
    return root


def test_every_version_is_found_with_the_time_of_its_commit(clone: Path) -> None:
    found = find_clone(clone)
    assert found is not None
    assert list(found.versions) == [WEEKLY]
    all_found = list(found)
    assert len(all_found) == len(found) == 8
    days = [SATURDAY + timedelta(days=7 * week + extra) for week in range(4) for extra in (0, 1)]
    for each, at in zip(all_found, days, strict=True):
        content = each.read()
        assert content is not None
        assert each.size == len(content)
        assert each.key.startswith(f"{WEEKLY}/{at:%Y-%m-%d}-")
        document = msgspec.json.decode(content)
        assert document["playlist"] == WEEKLY
        assert msgspec.json.encode(document["answers"][0]) == page(at)
        snapshot = read_snapshot(each.key, content, WANTED)
        assert (snapshot.observed_at, snapshot.chart_date) == (
            at,
            at.date() - timedelta(days=2 if at.weekday() == 5 else 3),
        )


def test_it_is_the_same_every_time_and_by_whatever_folder(clone: Path, tmp_path: Path) -> None:
    first = find_clone(clone)
    assert first is not None
    contents = [each.read() for each in first]
    for folder in ("playlists", "playlists/pretty"):
        found = find_clone(clone / folder)
        assert found is not None
        assert [each.read() for each in found] == contents
    git(tmp_path, "clone", "--quiet", "--bare", str(clone), str(tmp_path / "bare.git"))
    bare = find_clone(tmp_path / "bare.git")
    assert bare is not None
    assert [each.read() for each in bare] == contents


def test_a_playlist_that_mirrors_the_chart_comes_too(clone: Path) -> None:
    found = find_clone(clone, [OTHER])
    assert found is not None
    assert list(found.versions) == [WEEKLY, OTHER]


def test_other_folders_and_repositories_are_folders(clone: Path, tmp_path: Path) -> None:
    assert find_clone(clone / "playlists/cumulative") is None
    assert find_clone(tmp_path) is None
    git(tmp_path, "init", "--quiet")
    assert find_clone(tmp_path) is None, "nothing is committed"
    (tmp_path / "a.json").write_bytes(b"{}")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "x")
    assert find_clone(tmp_path) is None


def test_a_path_that_is_a_clone_stands_for_its_versions_and_a_file_in_it_for_itself(clone: Path) -> None:
    def no_bucket(name: str) -> Lake:
        raise AssertionError(name)

    [root] = find([str(clone)], "/nowhere/lake", no_bucket, find_clone)
    assert isinstance(root, Clone)
    [file] = find([str(clone / f"playlists/pretty/{WEEKLY}.json")], "/nowhere/lake", no_bucket, find_clone)
    assert isinstance(file, Files)


def test_without_git_it_is_one_clear_line(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match=r"git is not installed\. Install git"):
        find_clone(clone)
    (tmp_path / ".git").mkdir()
    assert find_clone(tmp_path) is None, "no archive: git is not needed"


def test_a_clone_that_git_does_not_read_is_told_in_gits_words(tmp_path: Path) -> None:
    (tmp_path / "playlists/pretty").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    with pytest.raises(SettingsError, match="not a git repository"):
        find_clone(tmp_path)


def test_a_clone_without_its_contents_is_told(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(clone), "copy")
    copy = find_clone(tmp_path / "copy")
    assert copy is not None
    for file in (tmp_path / "copy/.git/objects").rglob("*"):
        if file.is_file():
            file.unlink()
    with pytest.raises(SettingsError, match="Clone the whole archive"):
        list(copy)


def test_the_versions_land_by_chart_and_date_once(clone: Path, lake: DirectoryLake) -> None:
    found = find_clone(clone)
    assert found is not None
    for expected in (8, 0):
        known = LakeIndex(lake)
        assert len(land_all(lake, judge(lake, found, known, WANTED), known)) == expected
    dates = {key.key.removeprefix(TO_PROCESSED).split("/")[1] for key in lake.list(TO_PROCESSED)}
    assert dates == {"2024-02-01", "2024-02-08", "2024-02-15", "2024-02-22"}


def test_a_folder_of_the_archive_without_git_gives_its_charts(
    clone: Path, lake: DirectoryLake, tmp_path: Path
) -> None:
    for kind in ("pretty", "cumulative"):
        folder = tmp_path / "playlists" / kind
        folder.mkdir(parents=True)
        for file in (clone / "playlists" / kind).iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
    gone = tmp_path / "playlists/cumulative" / f"{WEEKLY}.json"
    gone.write_bytes(
        b'{"date_first_scraped": "2024-01-30", "tracks": [{"url": "https://open.spotify.com/track/x"}]}'
    )
    verdicts = judge(lake, Files(tmp_path), LakeIndex(lake), WANTED)
    whys = {
        Path(each.found.name).relative_to(tmp_path).as_posix(): (each.state, each.why) for each in verdicts
    }
    assert whys == {
        f"playlists/pretty/{WEEKLY}.json": ("new", ""),
        f"playlists/pretty/{OTHER}.json": (
            "skipped",
            "a playlist of the public archive that is not a known chart",
        ),
        f"playlists/cumulative/{WEEKLY}.json": (
            "skipped",
            "a cumulative file of the public archive, which has no ranks",
        ),
    }
