"""The public archive in a local git repository: each version of a chart's file, from the first on."""

import os
import shutil
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, cast

from top50.charts import CHART_OF_PLAYLIST
from top50.errors import SettingsError
from top50.history.files import Found
from top50.raw import envelope
from top50.read.public_archive import SOURCE

FOLDER = "playlists/pretty"
"""Where the archive keeps the files that have ranks."""

_NO_GIT = "Install git, or name the files below playlists/pretty/ themselves, which are the newest charts."


class _Version(NamedTuple):
    """A content that a file had: its id in git, and when it first had it."""

    blob: str
    at: datetime


@dataclass(frozen=True)
class Clone:
    """The charts' files of the archive in a git repository, as one PATH stands for them."""

    root: Path
    """The repository: its folder of work, or itself when it is bare."""
    versions: dict[str, list[_Version]]
    """Playlist → the contents that its file had, oldest first, each once."""

    def __len__(self) -> int:
        """Count the versions."""
        return sum(map(len, self.versions.values()))

    def __iter__(self) -> Iterator[Found]:
        """Yield each version in an envelope that says when it was committed: the same bytes every time."""
        with _contents(self.root) as content_of:
            for playlist, versions in self.versions.items():
                for blob, at in versions:
                    content = envelope([content_of(blob)], source=SOURCE, at=at, playlist=playlist)
                    key = f"{playlist}/{at:%Y-%m-%d}-{blob[:12]}.json"
                    yield Found(
                        f"{self.root}/{key}", key, len(content), partial(bytes, content), is_named=True
                    )


def find_clone(path: Path, playlists: Collection[str] = ()) -> Clone | None:
    """Return the archive that a folder is the clone of, or the part of one that holds the charts' files.

    playlists: what else is a chart, besides the charts' own. Raises SettingsError when git is not there or
    cannot read the archive.
    """
    repository = _repository(path)
    if repository is None or not f"{FOLDER}/".startswith(_within(path, repository)):
        return None
    try:
        if shutil.which("git") is None:
            raise SettingsError(f"{path} is a git repository, and there is no git on this machine", _NO_GIT)
        wanted = dict.fromkeys([*CHART_OF_PLAYLIST, *playlists])
        held = {playlist: found for playlist in wanted if (found := _versions(repository, playlist))}
    except SettingsError:
        if (repository / FOLDER).is_dir() or not (repository / ".git").exists():
            raise
        return None  # a folder like any other
    return Clone(repository, held) if held else None


def _within(path: Path, repository: Path) -> str:
    within = path.relative_to(repository).as_posix()
    return "" if within == "." else f"{within}/"


def _versions(repository: Path, playlist: str) -> list[_Version]:
    done = _git(repository, "rev-parse", "--verify", "--quiet", "HEAD")
    if done.returncode == 1:  # nothing is committed yet
        return []
    form = ("--format=>%ct", "--raw", "--no-abbrev", "--no-renames")
    done = _git(repository, "log", "--reverse", *form, "--", f"{FOLDER}/{playlist}.json")
    if done.returncode:
        raise SettingsError(f"git cannot read {repository}: {done.stderr}", "See what git log says there.")
    found: dict[str, _Version] = {}
    at = datetime.fromtimestamp(0, UTC)
    for line in done.stdout.splitlines():
        if line.startswith(">"):
            at = datetime.fromtimestamp(int(line[1:]), UTC)
        elif line.startswith(":"):
            blob = line.split()[3]
            if set(blob) != {"0"}:  # which stands for a file that was removed
                found.setdefault(blob, _Version(blob, at))
    return list(found.values())


def _repository(path: Path) -> Path | None:
    """Return the repository that a folder is, or lies in."""
    if (path / "HEAD").is_file() and (path / "objects").is_dir():
        return path
    return next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)


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
    """Let nothing point git elsewhere, and let it fetch nothing."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return own | {"LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}


class _Contents:
    """Contents by their ids, from one `git cat-file --batch`."""

    def __init__(self, repository: Path, process: "subprocess.Popen[bytes]") -> None:
        self._repository = repository
        self._in, self._out = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

    def __call__(self, blob: str) -> bytes:
        """Return a content; raises SettingsError for one that the clone does not have."""
        self._in.write(f"{blob}\n".encode())
        self._in.flush()
        _, _, size = self._out.readline().decode().strip().rpartition(" ")
        if not size.isdecimal():
            raise SettingsError(
                f"the clone {self._repository} lacks contents of its history ({blob} is {size or 'missing'})",
                "Clone the archive whole, without --filter.",
            )
        content = self._out.read(int(size))
        self._out.read(1)  # the line break after it
        return content


@contextmanager
def _contents(repository: Path) -> Iterator[_Contents]:
    command = _command(repository, "cat-file", "--batch")
    with subprocess.Popen(  # noqa: S603 - git, with arguments of ours
        command, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield _Contents(repository, process)
        finally:
            cast("IO[bytes]", process.stdin).close()
            process.kill()
