"""What every lake can do. Keys are relative to the lake and use `/`."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Item(NamedTuple):
    """A listed object."""

    key: str
    size: int
    """Bytes."""
    written: float = 0.0
    """When it was, in seconds since 1970."""
    version: str = ""
    """Its version, where a listing says it."""


class Stored(NamedTuple):
    """An object's content, and the version that it had when it was read."""

    content: bytes
    version: str


class Lake(Protocol):
    """A place for objects. Every method raises LakeError or LakeUnavailable.

    One that is listed and that only a person can put right, by its name or its kind, is OutOfReach.
    """

    address: str
    """What the user calls it: a path or an s3:// address."""
    near: bool
    """Whether reading it waits for a disk, and not for a network."""

    def list(self, folder: str) -> Iterator[Item]:
        """Yield the objects below a folder (which ends with /), at any depth, in no order."""

    def version(self, key: str) -> str | None:
        """Return the version that an object has now; None when there is none."""

    def read(self, key: str) -> Stored | None:
        """Return an object; None when there is none."""

    def write(self, key: str, content: bytes) -> None:
        """Write an object, whole or not at all, over whatever is there."""

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        """Write an object that is still as it was read (None: not there), whole or not at all.

        Returns the new version. Raises LakeConflict when somebody else wrote it meanwhile.
        """

    def tail(self, key: str, version: str, count: int) -> bytes | None:
        """Return an object's last `count` bytes as the lake has them; None when it has another version."""

    def move(self, source: str, target: str, version: str) -> bool:
        """Move an object of this version to where no other content lies; return whether it was still there.

        Raises LakeConflict when other content lies at the target.
        """

    def copy(self, source: str, target: str, version: str) -> bool:
        """Copy an object of this version, with its tags, to where nothing lies; return whether it did.

        False, too, where a storage keeps nothing besides the content: then that is to be written.
        """

    def remove(self, key: str, version: str | None = None, content: bytes | None = None) -> bool:
        """Remove an object that exists elsewhere, if it still has this version; return whether it is gone.

        content: what it was when it was read, where the caller still has it.
        Without a version it is an object that we made ourselves, like a reason.
        """
