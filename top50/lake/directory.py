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
from collections.abc import Callable, Iterator
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
from top50.lake.lock import LakeLock, Presence

# The folder of the lock and of files that are being written: on the same disk, but hidden from readers.
OWN = ".top50"

_TABLES, _BACKLOG = "transformed_data", "raw_data/to_processed"

# The folders that may be links: those of a table's files, and no others, since links may form a circle.
_LINKED = re.compile(rf"{_TABLES}(?:/\w+(?:/chart=[^/]+(?:/year=[^/]+)?)?)?")

# The errors of a disk that does not support hard links.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


class DirectoryLake:
    """A lake below `root`."""

    near = True

    def __init__(self, root: Path, *, create: bool = False, read_only: bool = False) -> None:
        """Open the folder. read_only: opening it writes nothing there.

        Raises LakeError when it does not exist (unless `create`), or cannot be written.
        """
        self.root = root.absolute()
        self.address = str(self.root)
        self._read_only = read_only
        if not self.root.is_dir() and not create:
            raise LakeError(
                f"there is no lake at {self.root}",
                "Correct TOP50_LAKE, or run the weekly chart first.",
            )
        with explained("create", self.root):
            self.root.mkdir(exist_ok=True)
        self._lock = LakeLock(self.root / OWN / "lock", self.root)
        if read_only:
            return
        own = self.root / OWN
        with explained("write", own if own.exists() else self.root):
            own.mkdir(exist_ok=True)
            self._presence = Presence(self.root, self.root / OWN)
        with self._staged(b""):  # fails where the lake cannot be written, before anything is fetched
            disk = own.stat().st_dev
        for pattern in ("", "*/", "*/chart=*/", "*/chart=*/year=*/"):
            for folder in self.root.glob(f"{_TABLES}/{pattern}"):  # may be a link, or on another disk
                refuse_other_disk(folder, disk)

    def __reduce__(self) -> "tuple[Callable[[Path], DirectoryLake], tuple[Path]]":
        """Be sent to another process as its path; that process opens the lock itself."""
        return partial(type(self), read_only=self._read_only), (self.root,)

    def list(self, folder: str) -> Iterator[Item]:
        """Yield the files below a folder.

        Links to folders are followed only among the tables, where a whole table may be stored elsewhere. A
        folder with the name of a table's file, and in the backlog a link to a folder or to nothing, is listed
        like a file: reading it raises the reason.
        """
        with explained("list", self.root / folder):
            start = len(str(self.root).rstrip(os.sep)) + 1
            for path, folders, names in os.walk(self.root / folder, onerror=unless_missing):
                below = path[start:].replace(os.sep, "/")
                of_tables = below.startswith(_TABLES)
                if of_tables:
                    names += [name for name in folders if name.endswith(".parquet")]
                if of_tables or (not below and _TABLES in folders):
                    for linked in (f"{below}/{name}".lstrip("/") for name in folders):
                        if _LINKED.fullmatch(linked) and (self.root / linked).is_symlink():
                            yield from self.list(f"{linked}/")
                in_backlog = below.startswith(_BACKLOG)
                if in_backlog:
                    names += [name for name in folders if os.path.islink(f"{path}{os.sep}{name}")]  # noqa: PTH114
                for name in names:
                    file = f"{path.rstrip(os.sep)}{os.sep}{name}"
                    with suppress(FileNotFoundError):  # moved by somebody else meanwhile
                        status = status_of(file, dead=of_tables or in_backlog)
                        key = file[start:].replace(os.sep, "/")
                        yield Item(key, status.st_size, status.st_mtime, version_of(status))

    def version(self, key: str) -> str | None:
        """Return the version of a file; None when there is none."""
        path = self._at(key)
        with explained("look for", path), out_of_reach(path), suppress(FileNotFoundError):
            return version_of(path.stat())
        return None

    def read(self, key: str) -> Stored | None:
        """Return a file; None when there is none."""
        path = self._at(key)
        try:  # no context managers here, for speed: an archive has ten thousand files
            with open(path, "rb", buffering=0, opener=without_waiting) as file:
                return Stored(file.read(), version_of(os.fstat(file.fileno())))
        except FileNotFoundError:
            refuse_dead_link(path)
            return None
        except OSError as error:
            raise unreadable(path, error) from None

    def write(self, key: str, content: bytes) -> None:
        """Write a file under another name and rename it into place."""
        with self._staged(content) as staged:
            self._place(staged, self._at(key))

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        """Write a file if it is still `old`, which a lock makes one step with the rename.

        A new file needs no lock, for which threads would wait: a hard link never replaces another file.
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
        """Rename a file by a hard link, which never replaces another file, and the removal of the old name.

        The lock is for disks without hard links, and keeps our own runs apart.
        """
        path, to = self._at(source), self._at(target)
        with explained("move", path), self._locked():
            if self.version(source) != version:
                return False
            try:
                if not self._put(os.link, path, to):
                    if to.exists():
                        raise _conflict(to)
                    self._place(path, to)
            except LakeConflict:  # the same content is not a conflict
                if not filecmp.cmp(path, to, shallow=False):
                    raise
            path.unlink(missing_ok=True)
        self._drop_empty(source)
        return True

    def copy(self, source: str, target: str, version: str) -> bool:
        """Copy nothing and return False: a file has no tags, and a hard link would change with the file."""
        del source, target, version
        return False

    def remove(self, key: str, version: str | None = None, content: bytes | None = None) -> bool:
        """Remove a file; with a version, only if its bytes are unchanged: clocks tick in milliseconds."""
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

    def _drop_empty(self, key: str) -> None:
        """Remove the folders that a raw object leaves empty."""
        with suppress(OSError):  # most are not empty
            for folder in self._at(key).parents[: key.count("/") - 2]:
                folder.rmdir()

    def _at(self, key: str) -> Path:
        """Return the path of a key; raises OutOfReach for one outside the lake."""
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
        """Put a file in its place, durably; return whether this disk supports `put`."""
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
                    # Somebody else has moved the file, or removed the folder while it was empty.
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
