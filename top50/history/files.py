"""Old raw objects, wherever a user has them: files, folders, patterns, S3."""

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
from top50.history.keys import RAW, key_of
from top50.lake import Item, Lake
from top50.local_files import SYSTEM, is_outside, refuse_outside, resolved, unreadable_reason
from top50.printed_commands import module_command
from top50.raw.backlog import is_programs_own

OpenBucket = Callable[[str], Lake]
"""Opens a bucket by its name, as a lake without a prefix."""

_TO_FOLDER = "a link to a folder: name the folder"
_LEADS_OUT = "a link that leads out of the folder: name what it leads to"
_WILD = re.compile(r"[*?[]")


class Found(NamedTuple):
    """A file or an object: what the user calls it, its key in the lake, its size, and how to read it."""

    name: str
    key: str
    size: int
    """Bytes."""
    read: Callable[[], bytes | None]
    """Returns None when it is gone; raises OSError or LakeError."""
    is_named: bool = False
    """Whether the user named this very file, so that it is meant even when it is hidden."""
    path: Path | None = None
    """Where it lies on this machine, if it does."""
    problem: str = ""
    """Why there is nothing to be read."""
    is_other: bool = False
    """Whether that is because it is no chart of this lake's, and nothing is wrong with it."""
    weight: int = 1
    """How much memory its bytes take once they are read, beside those of a playlist."""


@dataclass(frozen=True)
class Files:
    """What one PATH stands for."""

    root: Path

    def __len__(self) -> int:
        """Count them, without a look at each."""
        return sum(1 for _ in self._entries()) if self.root.is_dir() else 1

    def __iter__(self) -> Iterator[Found]:
        """Yield the files in order; hidden folders and what is no regular file are passed over.

        A link that leads out of the folder is a problem: whoever fills the folder could have any file read.
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
                raise _unlisted(error) from None
            below = [each for each in entries if each.is_dir(follow_symlinks=False)]
            yield from filter(_is_file, entries)
            folders += [each.path for each in reversed(below) if not _is_passed_over(each)]

    def _key(self, path: str) -> str:
        return key_of(path.replace(os.sep, "/"), self.root.as_posix())


def _is_file(entry: "os.DirEntry[str]") -> bool:
    """Whether it is a file or a link, wherever it leads: whoever reads that gets the reason."""
    return entry.is_file(follow_symlinks=False) or entry.is_symlink()


def _is_passed_over(folder: "os.DirEntry[str]") -> bool:
    return folder.name.startswith(".") or is_programs_own(folder.name) or Path(folder.path) in SYSTEM


def _found(
    path: str, stat_of: Callable[[], os.stat_result], key: Callable[[str], str], *, is_named: bool = False
) -> Iterator[Found]:
    try:
        status = stat_of()
    except OSError:
        size = 0  # reading it will say what is wrong
    else:
        if not stat.S_ISREG(status.st_mode):
            return
        size = status.st_size
    yield Found(path, key(path), size, Path(path).read_bytes, is_named, Path(path))


def _unlisted(error: OSError) -> SettingsError:
    return SettingsError(
        f"cannot list {error.filename}: {error.strerror}", "Give this user the right to read it."
    )


@dataclass(frozen=True)
class Objects:
    """What one s3:// PATH stands for: one object, or all below a folder, or those that fit a pattern."""

    bucket: Lake
    path: str
    """`bucket/key`, without s3://."""

    def __len__(self) -> int:
        """Count them."""
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Found]:
        """Yield the objects, in S3's order."""
        name, _, key = self.path.partition("/")
        if key and (stored := self.bucket.read(key)):
            yield self._found(Item(key, len(stored.content)), self.path, is_named=True)
            return
        is_pattern = bool(_WILD.search(key))
        folder = _folder(key) if is_pattern else f"{key}/" if key else ""
        for item in self.bucket.list(folder):
            if item.size and (not is_pattern or fnmatchcase(item.key, key)):
                yield self._found(item, f"{name}/{folder}", is_named=False)

    def _found(self, item: Item, root: str, *, is_named: bool) -> Found:
        path = f"{self.path.partition('/')[0]}/{item.key}"
        read = partial(_content, self.bucket, item.key)
        return Found(f"s3://{path}", key_of(path, root), item.size, read, is_named)


def _folder(key: str) -> str:
    """Return the folder that a key or pattern lies in, up to the first wildcard."""
    fixed = _WILD.split(key, maxsplit=1)[0]
    return fixed[: fixed.rfind("/") + 1]


def _content(bucket: Lake, key: str) -> bytes | None:
    stored = bucket.read(key)
    return stored.content if stored else None


class Root(Protocol):
    """What one PATH stands for: it can be counted, and gone through more than once."""

    def __len__(self) -> int:
        """Count what there is."""

    def __iter__(self) -> Iterator[Found]:
        """Yield it in order."""


def find(
    paths: Sequence[str],
    lake: str,
    bucket: OpenBucket,
    clone: Callable[[Path], Root | None] = lambda _: None,
    within: Path | None = None,
) -> list[Root]:
    """Return what each PATH stands for; `lake` is TOP50_LAKE, `clone` finds an archive in a git repository.

    within: the folder, as a real path, that every file on this machine must lie below.
    Raises SettingsError for a PATH that is not there, that is the lake's own raw data, that is no file or
    folder of a user's, or that leads elsewhere than `within`.
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
        if not absolute.intersection(root.parents):  # ** gives a folder and what is in it
            if why := unreadable_reason(root):
                raise SettingsError(
                    f"{root} is not read: {why}", "Name a file or a folder; nothing was done."
                )
            if within:
                refuse_outside([str(root)], str(within))
            _refuse_own(root.resolve().as_posix(), _own_folder(lake), path)
            normal = Path(os.path.normpath(root))
            yield (clone(normal) if normal.is_dir() else None) or Files(normal)


def _objects(path: str, lake: str, bucket: OpenBucket) -> Objects:
    name = path.partition("/")[0]
    if not name:
        raise SettingsError("s3:// names no bucket", "Write s3://bucket or s3://bucket/prefix.")
    _refuse_own(f"s3://{path}", _own_folder(lake), f"s3://{path}")
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


def _own_folder(lake: str) -> str:
    is_s3 = lake.startswith("s3://")
    root = lake.rstrip("/") if is_s3 else Path(lake).expanduser().resolve().as_posix()
    return f"{root}/{RAW}"


def _refuse_own(path: str, own: str, name: str) -> None:
    if f"{path}/".startswith(f"{own}/") or f"{own}/".startswith(f"{path}/"):
        raise SettingsError(
            f"{name} is this lake's own {own}, or holds it",
            "Name a folder beside it. A merged archive is moved to one out of the lake; other raw objects "
            f"are moved to {RAW}/to_processed/ and taken by {module_command('flows.process_pending')}.",
        )
