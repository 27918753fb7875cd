"""Versions of files, and errors of a disk as ours, with remedies."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from top50.errors import LakeError, OutOfReach

_REMEDIES = {
    errno.ENOSPC: "Free some space there and run it again; nothing is half written.",
    errno.EDQUOT: "Free some of your quota there and run it again; nothing is half written.",
    errno.EFBIG: "Raise the limit on file sizes there and run it again; nothing is half written.",
    errno.EACCES: "Give this user the right to read and write there, or choose another TOP50_LAKE.",
    errno.EPERM: "Give this user the right to read and write there, or choose another TOP50_LAKE.",
    errno.EROFS: "Mount it writable, or choose another TOP50_LAKE.",
    # A rename puts a whole file in place, and works within one disk only.
    errno.EXDEV: "It is on another disk than the lake: move it to the lake's disk, or all of the lake to it.",
}
# The errors for which one file cannot be read, while others can.
_THIS_ONE = {
    errno.EACCES: "Give this user the right to read it.",
    errno.EPERM: "Give this user the right to read it.",
    errno.ELOOP: "Remove that link: it leads to itself.",
    errno.EISDIR: "Look at that path, and put a file there.",
    errno.ENOTDIR: "Look at that path: a file is in the place of a folder.",
    errno.ENXIO: "Look at that path, and put a file there.",
}

_OTHER_REMEDY = "Look at that path, or choose another TOP50_LAKE."


def version_of(status: os.stat_result) -> str:
    """Return the version of a file: its time, size and inode."""
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def sync(folder: Path) -> None:
    """Make a rename durable; https://lwn.net/Articles/457667/."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def status_of(file: str, *, dead: bool = False) -> os.stat_result:
    """Return the status of a file; of the link itself, where it leads to itself or (dead) to nothing."""
    try:
        return os.stat(file)  # noqa: PTH116 - a Path for each takes ten times as long
    except OSError as error:
        if error.errno != errno.ELOOP and not (dead and error.errno == errno.ENOENT):
            raise
        return os.lstat(file)


def without_waiting(path: str, flags: int) -> int:
    """Open a regular file, and nothing else: opening a pipe would wait for a writer."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.ENXIO, "it is not a regular file")
    return handle


@contextmanager
def out_of_reach(path: Path) -> Iterator[None]:
    """Raise OutOfReach for an error of this file alone."""
    try:
        yield
    except OSError as error:
        if error.errno not in _THIS_ONE:
            raise
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> LakeError:
    """Return the error to raise when a file cannot be read."""
    if error.errno in _THIS_ONE:
        return OutOfReach(f"cannot read {path}: {error.strerror}", _THIS_ONE[error.errno])
    return _refused("read", path, error)


def refuse_dead_link(path: Path) -> None:
    """Raise OutOfReach for a link to a missing target: it can be neither read nor replaced by a new file."""
    if path.is_symlink() and not path.exists():
        raise OutOfReach(f"{path} is a link to {path.readlink()}, which does not exist", "Remove that link.")


def refuse_other_disk(folder: Path, disk: int) -> None:
    """Raise LakeError for a folder on another disk: no file can be renamed into it."""
    with explained("write", folder):
        if folder.stat().st_dev != disk:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


def unless_missing(error: OSError) -> None:
    """Raise LakeError for an error of a listing, unless the folder is only missing."""
    if not isinstance(error, FileNotFoundError):
        raise _refused("list", Path(error.filename), error)


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Raise LakeError with a remedy in place of OSError. doing: a verb, as in 'cannot write /lake'."""
    try:
        yield
    except OSError as error:
        raise _refused(doing, path, error) from None


def _refused(doing: str, path: Path, error: OSError) -> LakeError:
    remedy = _REMEDIES.get(error.errno or 0, _OTHER_REMEDY)
    return LakeError(f"cannot {doing} {path}: {error.strerror}", remedy)
