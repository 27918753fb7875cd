"""The interface of every lake. Keys are relative to the lake and use `/`."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Item(NamedTuple):
    """A listed object."""

    key: str
    size: int  # bytes
    written: float = 0.0  # when, in seconds since 1970
    version: str = ""  # empty where a listing has none


class Stored(NamedTuple):
    """An object's content, and the version that it had when it was read."""

    content: bytes
    version: str


class Lake(Protocol):
    """A place for objects. Every method raises LakeError or LakeUnavailable.

    Raises OutOfReach for an object that is listed but cannot be accessed because of its name or type; it
    needs manual repair.
    """

    address: str  # as the user writes it: a path or an s3:// address
    near: bool  # whether it is on a disk, and not behind a network

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
        """Return an object's last `count` bytes as stored; None when it has another version."""

    def move(self, source: str, target: str, version: str) -> bool:
        """Move an object of this version to another key; return False if it no longer has this version.

        Raises LakeConflict when an object with other content has the target key.
        """

    def copy(self, source: str, target: str, version: str) -> bool:
        """Copy an object of this version, with its tags, to an unused key; return whether it was copied.

        Returns False, too, where objects have nothing but content: then the caller writes the content.
        """

    def remove(self, key: str, version: str | None = None, content: bytes | None = None) -> bool:
        """Remove an object that exists elsewhere, if it still has this version; return whether it is gone.

        content: its content when it was read, if the caller has it. Without a version any version is removed:
        for objects that only we write, such as the reason of a quarantined object.
        """
