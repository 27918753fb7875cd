"""Where are the old files? Files, folders and patterns on this machine, and objects on S3."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from glob import glob
from pathlib import Path
from typing import NamedTuple, Protocol

from top50.errors import LakeError, SettingsError
from top50.lake import Item, Lake
from top50.local_files import SYSTEM, is_outside, refuse_outside, resolved, unreadable_reason
from top50.printed_commands import module_command
from top50.raw.backlog import is_programs_own
from top50.raw.keys import RAW, key_of

# Opens a bucket by its name, as a lake without a prefix.
OpenBucket = Callable[[str], Lake]

_TO_FOLDER = "a link to a folder: name the folder"
_LEADS_OUT = "a link that leads out of the folder: name what it leads to"
_WILD = re.compile(r"[*?[]")


class Found(NamedTuple):
    """A file or an object: its name for the user, the key that it gets in the lake, its size in bytes."""

    name: str
    key: str
    size: int
    # Returns the content, or None if the file no longer exists; raises OSError or LakeError.
    read: Callable[[], bytes | None]
    # Whether the user named this very file, so that it is taken even if it is hidden.
    is_named: bool = False
    # The file on this machine; None for an object on S3 and for what was made in memory.
    path: Path | None = None
    # Why it cannot be read.
    problem: str = ""
    # Whether the problem is only that it has no chart of this lake.
    is_other: bool = False
    # The memory that its rows take, relative to a playlist of the same size.
    weight: int = 1


@dataclass(frozen=True)
class Files:
    """The files of one PATH on this machine: one file, or all below a folder."""

    root: Path

    def __len__(self) -> int:
        """Return their number, without a look at each file."""
        return sum(1 for _ in self._entries()) if self.root.is_dir() else 1

    def __iter__(self) -> Iterator[Found]:
        """Yield the files in order, without hidden folders and what is not a regular file.

        A link out of the folder is a problem: whoever fills the folder could have any file read.
        """
        if not self.root.is_dir():
            yield from _found(str(self.root), self.root.stat, self._key, is_named=True)
            return
        folder = resolved(self.root)
        for entry in self._entries():
            if entry.is_symlink() and os.path.isdir(entry.path):  # noqa: PTH112 - DirEntry raises in a circle
                key = self._key(entry.path)
                yield Found(entry.path, key, 0, bytes, problem=_TO_FOLDER, is_other=True)
                continue
            problem = _LEADS_OUT if entry.is_symlink() and is_outside(entry.path, folder) else ""
            yield from (each._replace(problem=problem) for each in _found(entry.path, entry.stat, self._key))

    def _entries(self) -> Iterator["os.DirEntry[str]"]:
        folders = [str(self.root)]
        while folders:
            try:
                with os.scandir(folders.pop()) as listed:
                    entries = sorted(listed, key=lambda entry: entry.name)
            except OSError as error:
                raise SettingsError(
                    f"cannot list {error.filename}: {error.strerror}", "Give this user the right to read it."
                ) from None
            below = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
            yield from filter(_is_file, entries)
            folders += [folder.path for folder in reversed(below) if not _is_passed_over(folder)]

    def _key(self, path: str) -> str:
        return key_of(path.replace(os.sep, "/"), self.root.as_posix())


def _is_file(entry: "os.DirEntry[str]") -> bool:
    """Whether it is a file or a link, wherever that leads: reading it raises the reason."""
    return entry.is_file(follow_symlinks=False) or entry.is_symlink()


def _is_passed_over(folder: "os.DirEntry[str]") -> bool:
    return folder.name.startswith(".") or is_programs_own(folder.name) or Path(folder.path) in SYSTEM


def _found(
    path: str, stat_of: Callable[[], os.stat_result], key: Callable[[str], str], *, is_named: bool = False
) -> Iterator[Found]:
    try:
        status = stat_of()
    except OSError:
        size = 0  # reading it will give the error
    else:
        if not stat.S_ISREG(status.st_mode):
            return
        size = status.st_size
    yield Found(path, key(path), size, Path(path).read_bytes, is_named, Path(path))


@dataclass(frozen=True)
class Objects:
    """The objects of one s3:// PATH: one object, all below a folder, or those that match a pattern."""

    bucket: Lake
    # bucket/key, without s3://
    path: str

    def __len__(self) -> int:
        """Return their number."""
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Found]:
        """Yield the objects, in S3's order."""
        name, _, key = self.path.partition("/")
        if key and (stored := self.bucket.read(key)):
            yield self._found(Item(key, len(stored.content)), self.path, is_named=True)
            return
        is_pattern = bool(_WILD.search(key))
        fixed = _WILD.split(key, maxsplit=1)[0]
        folder = fixed[: fixed.rfind("/") + 1] if is_pattern else f"{key}/" if key else ""
        for item in self.bucket.list(folder):
            if item.size and (not is_pattern or fnmatchcase(item.key, key)):
                yield self._found(item, f"{name}/{folder}", is_named=False)

    def _found(self, item: Item, root: str, *, is_named: bool) -> Found:
        path = f"{self.path.partition('/')[0]}/{item.key}"

        read = partial(_content, self.bucket, item.key)
        return Found(f"s3://{path}", key_of(path, root), item.size, read, is_named)


def _content(bucket: Lake, key: str) -> bytes | None:
    stored = bucket.read(key)
    return stored.content if stored else None


class Root(Protocol):
    """The files of one PATH, which can be counted, and iterated over more than once."""

    def __len__(self) -> int:
        """Return their number."""

    def __iter__(self) -> Iterator[Found]:
        """Yield them in order."""


def find(
    paths: Sequence[str],
    lake: str,
    bucket: OpenBucket,
    clone: Callable[[Path], Root | None] = lambda _: None,
    within: Path | None = None,
) -> list[Root]:
    """Return the files of each PATH; `lake` is TOP50_LAKE, `clone` finds an archive in a git repository.

    within: the folder, as a real path, that every file on this machine must be below.
    Raises SettingsError for a PATH that does not exist, that is the lake's own raw data, that is not a file
    or a folder, or that leads out of `within`.
    """
    return [root for path in paths for root in _roots(path, lake, bucket, clone, within)]


def _roots(
    path: str, lake: str, bucket: OpenBucket, clone: Callable[[Path], Root | None], within: Path | None
) -> Iterator[Root]:
    if path.startswith("s3://"):
        yield _objects(path.removeprefix("s3://").strip("/"), lake, bucket)
        return
    exact = Path(path).expanduser()
    is_there = bool(path) and exact.exists()
    matches = [str(exact)] if is_there else glob(str(exact), recursive=True)  # noqa: PTH207 - may be absolute
    if not path or not matches:
        raise SettingsError(f"there is nothing at {path!r}", "Correct the PATH; nothing was done.")
    absolute = {Path(match).absolute() for match in matches}
    for root in sorted(absolute):
        if absolute.intersection(root.parents):  # ** gives a folder and what is in it
            continue
        if why := unreadable_reason(root):
            raise SettingsError(f"{root} is not read: {why}", "Name a file or a folder; nothing was done.")
        if within:
            refuse_outside([str(root)], str(within))
        _refuse_own(root.resolve().as_posix(), lake, path)
        normal = Path(os.path.normpath(root))
        yield (clone(normal) if normal.is_dir() else None) or Files(normal)


def _objects(path: str, lake: str, bucket: OpenBucket) -> Objects:
    name = path.partition("/")[0]
    if not name:
        raise SettingsError("s3:// without a bucket", "Write s3://bucket or s3://bucket/prefix.")
    _refuse_own(f"s3://{path}", lake, f"s3://{path}")
    objects = Objects(bucket(name), path)
    try:
        is_empty = next(iter(objects), None) is None
    except LakeError as error:
        if error.passing:
            raise
        raise SettingsError(error.what, "Check the PATH and the AWS credentials; nothing was done.") from None
    if is_empty:
        raise SettingsError(f"there is nothing at s3://{path}", "Correct the PATH; nothing was done.")
    return objects


def _refuse_own(path: str, lake: str, name: str) -> None:
    """Raise SettingsError if a path is the lake's own raw data, is inside it, or has it inside."""
    is_s3 = lake.startswith("s3://")
    root = lake.rstrip("/") if is_s3 else Path(lake).expanduser().resolve().as_posix()
    own = f"{root}/{RAW}"
    if f"{path}/".startswith(f"{own}/") or f"{own}/".startswith(f"{path}/"):
        raise SettingsError(
            f"{name} is this lake's own {own}, or has it inside",
            "Name a folder outside the lake. Move a merged archive out of the lake to import it; move other "
            f"raw objects to {RAW}/to_processed/ and run {module_command('flows.process_pending')}.",
        )
