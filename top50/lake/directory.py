"""A lake in a directory.

The standard library, and not obstore's LocalStore: that refuses a whole listing when one name in it
holds a line break, leaves its half-written `name#1` beside the tables when it is killed, has no
conditional update and no fsync.
"""

import errno
import filecmp
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from top50.errors import LakeConflict, LakeError, OutOfReach
from top50.lake.base import Item, Stored
from top50.lake.disk import (
    explained,
    out_of_reach,
    refuse_dead_link,
    refuse_other_disk,
    status_of,
    sync,
    unless_missing,
    unreadable,
    version_of,
    without_waiting,
)
from top50.lake.lock import LakeLock
from top50.lake.presence import Presence

OWN = ".top50"
"""For the lock and for files that are being written: on the same disk, but never seen by a reader."""

_TABLES, _BACKLOG = "transformed_data", "raw_data/to_processed"

_LINKED = re.compile(rf"{_TABLES}(?:/\w+(?:/chart=[^/]+(?:/year=[^/]+)?)?)?")
"""Folders that may be links: those that hold a table's files, so that a circle of links has an end."""

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}
"""How a disk says that it has no links."""


class DirectoryLake:
    """A lake below `root`."""

    near = True

    def __init__(self, root: Path, *, create: bool = False, read_only: bool = False) -> None:
        """Open the folder; with `read_only` not a byte is written in it, as long as nobody asks for that."""
        self.root = root.absolute()
        self.address = str(self.root)
        self._read_only = read_only
        if not self.root.is_dir() and not create:
            raise LakeError(
                f"there is no lake at {self.root}",
                "Correct TOP50_LAKE, or run the weekly chart first.",
            )
        with explained("make", self.root):
            self.root.mkdir(exist_ok=True)
        self._lock = LakeLock(self.root / OWN / "lock", self.root)
        if read_only:
            return
        own = self.root / OWN
        with explained("write", own if own.exists() else self.root):
            own.mkdir(exist_ok=True)
            self._presence = Presence(self.root, self.root / OWN)
        with self._staged(b""):  # if it cannot be written, say so before a source is asked for nothing
            disk = own.stat().st_dev
        for folder in self._table_folders():
            refuse_other_disk(folder, disk)

    def __reduce__(self) -> "tuple[Callable[[Path], DirectoryLake], tuple[Path]]":
        """Travel to another process as the place that it is; the lock is opened there."""
        return partial(type(self), read_only=self._read_only), (self.root,)

    def _table_folders(self) -> Iterator[Path]:
        """Yield the folders of the tables' files that are there; each may be a link, or another disk."""
        tables = self.root / _TABLES
        if tables.is_dir():
            yield tables
            for pattern in ("*/", "*/chart=*/", "*/chart=*/year=*/"):
                yield from tables.glob(pattern)

    def list(self, folder: str) -> Iterator[Item]:
        """Yield the files below a folder.

        Links to folders are followed among the tables alone, where a whole table may lie elsewhere. A folder
        in the place of a table's file, and in the backlog a link to a folder or to nothing, is listed like a
        file: whoever reads it gets the reason.
        """
        with explained("list", self.root / folder):
            start = len(str(self.root).rstrip(os.sep)) + 1
            for path, folders, names in os.walk(self.root / folder, onerror=unless_missing):
                below = path[start:].replace(os.sep, "/")
                of_tables = below.startswith(_TABLES)
                if of_tables:
                    names += [name for name in folders if name.endswith(".parquet")]
                if of_tables or (not below and _TABLES in folders):
                    yield from self._list_linked(f"{below}/{name}".lstrip("/") for name in folders)
                in_backlog = below.startswith(_BACKLOG)
                if in_backlog:
                    names += [name for name in folders if os.path.islink(f"{path}{os.sep}{name}")]  # noqa: PTH114
                for name in names:
                    file = f"{path.rstrip(os.sep)}{os.sep}{name}"
                    with suppress(FileNotFoundError):  # moved by somebody else meanwhile
                        status = status_of(file, dead=of_tables or in_backlog)
                        key = file[start:].replace(os.sep, "/")
                        yield Item(key, status.st_size, status.st_mtime, version_of(status))

    def _list_linked(self, folders: Iterable[str]) -> Iterator[Item]:
        for folder in folders:
            if _LINKED.fullmatch(folder) and (self.root / folder).is_symlink():
                yield from self.list(f"{folder}/")

    def version(self, key: str) -> str | None:
        """Return what tells a file from the one before it; None when there is none."""
        path = self._at(key)
        with explained("look for", path), out_of_reach(path), suppress(FileNotFoundError):
            return version_of(path.stat())
        return None

    def read(self, key: str) -> Stored | None:
        """Return a file; None when there is none."""
        path = self._at(key)
        try:  # and no context managers: an archive is read ten thousand times
            with open(path, "rb", buffering=0, opener=without_waiting) as file:
                return Stored(file.read(), version_of(os.fstat(file.fileno())))
        except FileNotFoundError:
            refuse_dead_link(path)
            return None
        except OSError as error:
            raise unreadable(path, error) from None

    def write(self, key: str, content: bytes) -> None:
        """Write a file aside and rename it into place."""
        with self._staged(content) as staged:
            self._place(staged, self._at(key))

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        """Write a file if it is still `old`; a lock keeps the look and the rename together.

        A new file needs no lock, which threads would wait for: a link is never made over another file.
        """
        path = self._at(key)
        with self._staged(content) as staged:
            version = version_of(staged.stat())
            if old is None and self._put(os.link, staged, path):
                return version
            with self._lock.held():
                if self.version(key) != (old and old.version):
                    raise _conflict(path)
                self._place(staged, path)
        return version

    def tail(self, key: str, version: str, count: int) -> bytes | None:
        """Return a file's last bytes; None when it has another version."""
        with explained("read", self.root / key), suppress(FileNotFoundError):
            with self._at(key).open("rb") as file:
                if version_of(os.fstat(file.fileno())) == version:
                    file.seek(-count, os.SEEK_END)
                    return file.read()
        return None

    def move(self, source: str, target: str, version: str) -> bool:
        """Link a file to its new place, where a link is never made over another file, and drop the old name.

        The lock is for disks without links, and keeps our own runs apart.
        """
        path, to = self._at(source), self._at(target)
        with explained("move", path), self._locked():
            if self.version(source) != version:
                return False
            self._link(path, to)
            path.unlink(missing_ok=True)
        self._drop_empty(source)
        return True

    def copy(self, source: str, target: str, version: str) -> bool:
        """Copy nothing: a file has nothing besides its content, and a link changes with the file."""
        del source, target, version
        return False

    def remove(self, key: str, version: str | None = None, content: bytes | None = None) -> bool:
        """Remove a file; of one that is not our own, the bytes count too: a clock ticks in milliseconds."""
        path = self._at(key)
        if version is None:
            with explained("remove", path):
                path.unlink(missing_ok=True)
            return True
        with explained("remove", path), self._locked():
            is_there = path.exists()  # not where a link's target has been taken before the link
            if content is not None and is_there and (now := self.read(key)) and now.content != content:
                return False
            if self.version(key) not in (version, None):
                return False
            path.unlink(missing_ok=True)
        self._drop_empty(key)
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        (self.root / OWN).mkdir(exist_ok=True)
        with self._lock.held():
            yield

    def _link(self, path: Path, target: Path) -> None:
        """Give a file a second name, or its only one on a disk without links; never another file's."""
        try:
            if not self._put(os.link, path, target):
                if target.exists():
                    raise _conflict(target)
                self._place(path, target)
        except LakeConflict:
            if not filecmp.cmp(path, target, shallow=False):
                raise

    def _drop_empty(self, key: str) -> None:
        """Remove the folders that a raw object leaves empty."""
        with suppress(OSError):  # not empty: the rule, not the exception
            for folder in self._at(key).parents[: key.count("/") - 2]:
                folder.rmdir()

    def _at(self, key: str) -> Path:
        """Return where a key lies, which is never outside the lake."""
        if key.startswith("/") or ".." in key.split("/"):
            raise OutOfReach(f"{key} leads out of the lake {self.root}", "Give it another name.")
        return self.root / key

    @contextmanager
    def _staged(self, content: bytes) -> Iterator[Path]:
        staged = self.root / OWN / secrets.token_hex(8)
        with explained("write", self.root):
            try:
                staged.parent.mkdir(exist_ok=True)
                with staged.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                yield staged
            finally:
                staged.unlink(missing_ok=True)

    def _place(self, path: Path, target: Path) -> None:
        self._put(os.replace, path, target)

    def _put(self, put: Callable[[Path, Path], None], path: Path, target: Path) -> bool:
        """Put a file in its place and make that durable; return whether this disk can do it that way."""
        with explained("write", target):
            for attempt in range(3):
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    put(path, target)
                    break
                except FileExistsError:
                    refuse_dead_link(target)
                    raise _conflict(target) from None
                except FileNotFoundError:
                    # Either somebody else moved it, or dropped the folder while it was empty.
                    if not path.exists():
                        return True
                    if attempt == 2:
                        raise
                except OSError as error:
                    if put is os.link and error.errno in _NO_LINKS:
                        return False
                    raise
            sync(target.parent)
        return True


def _conflict(path: Path) -> LakeConflict:
    return LakeConflict(f"{path} was written by somebody else meanwhile", "Run it again.")
