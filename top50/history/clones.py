"""How is a clone of the public archive read? Each version of a chart's file in git, from the first on."""

import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, cast

from top50.charts import CHART_OF_PLAYLIST, PUBLIC_ARCHIVE
from top50.errors import SettingsError
from top50.history.find import Found
from top50.raw import envelope

# The archive's folder of files that have ranks.
FOLDER = "playlists/pretty"

_NO_GIT = "Install git, or name the files below playlists/pretty/, which are the newest charts."


class _Version(NamedTuple):
    """A content of a file: its id in git, and when the file first had it (UTC)."""

    blob: str
    at: datetime


@dataclass(frozen=True)
class Clone:
    """All versions of the charts' files in a clone of the archive, as the files of one PATH."""

    # The repository: its working tree, or itself if it is bare.
    root: Path
    # Playlist → the contents of its file, oldest first, each once.
    versions: dict[str, list[_Version]]

    def __len__(self) -> int:
        """Return the number of versions."""
        return sum(map(len, self.versions.values()))

    def __iter__(self) -> Iterator[Found]:
        """Yield each version in an envelope with the time of its commit: always the same bytes."""
        with _contents(self.root) as content_of:
            for playlist, versions in self.versions.items():
                for blob, at in versions:
                    content = envelope([content_of(blob)], source=PUBLIC_ARCHIVE, at=at, playlist=playlist)
                    key = f"{playlist}/{at:%Y-%m-%d}-{blob[:12]}.json"
                    yield Found(
                        f"{self.root}/{key}", key, len(content), partial(bytes, content), is_named=True
                    )


def find_clone(path: Path, playlists: Collection[str] = ()) -> Clone | None:
    """Return the archive if a folder is a clone of it, or a clone's folder of the charts' files; else None.

    playlists: further playlists that are charts. Raises SettingsError if git is missing or cannot read it.
    """
    is_bare = (path / "HEAD").is_file() and (path / "objects").is_dir()
    folders = [folder for folder in (path, *path.parents) if is_bare or (folder / ".git").exists()]
    if not folders or not Path(FOLDER).is_relative_to(path.relative_to(folders[0])):
        return None
    repository = folders[0]
    try:
        if shutil.which("git") is None:
            raise SettingsError(f"{path} is a git repository, but git is not installed", _NO_GIT)
        wanted = dict.fromkeys([*CHART_OF_PLAYLIST, *playlists])
        versions = _versions(repository, list(wanted))
    except SettingsError:
        if (repository / FOLDER).is_dir() or not (repository / ".git").exists():
            raise
        return None  # a folder like any other
    return Clone(repository, versions) if versions else None


def _versions(repository: Path, playlists: list[str]) -> dict[str, list[_Version]]:
    """Return playlist → the contents of its file, oldest first, each once. One pass over the history."""
    done = _git(repository, "rev-parse", "--verify", "--quiet", "HEAD")
    if done.returncode == 1:  # nothing is committed yet
        return {}
    options = ("--format=>%ct", "--raw", "--no-abbrev", "--no-renames")
    files = [f"{FOLDER}/{playlist}.json" for playlist in playlists]
    done = _git(repository, "log", "--reverse", *options, "--", *files)
    if done.returncode:
        raise SettingsError(
            f"git cannot read {repository}: {done.stderr}", "Run git log there to find the cause."
        )
    found: dict[str, dict[str, _Version]] = {playlist: {} for playlist in playlists}
    at = datetime.fromtimestamp(0, UTC)
    for line in done.stdout.splitlines():
        if line.startswith(">"):
            at = datetime.fromtimestamp(int(line[1:]), UTC)
        elif line.startswith(":"):
            facts, _, file = line.partition("\t")
            blob = facts.split()[3]
            if set(blob) != {"0"}:  # zeros: the file was removed
                found[Path(file).stem].setdefault(blob, _Version(blob, at))
    return {playlist: list(versions.values()) for playlist, versions in found.items() if versions}


def _git(repository: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - git, with arguments of ours
        _command(repository, *arguments),
        env=_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _command(repository: Path, *arguments: str) -> list[str]:
    return ["git", "-C", str(repository), "--no-pager", *arguments]


def _environment() -> dict[str, str]:
    """Return variables with which git uses no other repository and fetches nothing."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return own | {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


@contextmanager
def _contents(repository: Path) -> Iterator[Callable[[str], bytes]]:
    """Give a function that returns a content by its id, from one `git cat-file --batch`.

    It raises SettingsError for a content that is missing from the clone.
    """
    command = _command(repository, "cat-file", "--batch")
    with subprocess.Popen(  # noqa: S603 - git, with arguments of ours
        command, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        requests, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

        def content_of(blob: str) -> bytes:
            requests.write(f"{blob}\n".encode())
            requests.flush()
            _, _, size = answers.readline().decode().strip().rpartition(" ")
            if not size.isdecimal():
                raise SettingsError(
                    f"the clone {repository} lacks files of its history ({blob} is {size or 'missing'})",
                    "Clone the whole archive, without --filter.",
                )
            content = answers.read(int(size))
            answers.read(1)  # the line break after it
            return content

        try:
            yield content_of
        finally:
            requests.close()
            process.kill()
