"""What lies in `raw_data/to_processed/`: land it, list it, read it, and move it on once it is done."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import Literal, TypeVar

import msgspec

from top50.errors import LakeConflict
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Item, Lake
from top50.raw import RawObject
from top50.snapshot import SetAside

Landed = Literal["new", "pending", "processed", "requeued"]

BATCH_BYTES = 8 * 2**20
"""How much of a backlog is read at once. Memory follows this, not the length of the backlog."""

_WORKERS = 8
_REASON = ".reason.json"
_LONGEST_NAME = 255  # bytes, on most disks
_LONGEST_STEM = 50
_CLUTTER = {".DS_Store", "Thumbs.db", "desktop.ini"}

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def land(lake: Lake, raw: RawObject) -> Landed:
    """Put a raw object into the backlog, unless the lake has it already under its key.

    One that lies in quarantine is put back, to be looked at again.
    """
    if lake.version(PROCESSED + raw.key):
        return "processed"
    if lake.version(QUARANTINE + raw.key):
        lake.move(QUARANTINE + raw.key, TO_PROCESSED + raw.key)
        return "requeued"
    try:
        lake.replace(TO_PROCESSED + raw.key, raw.content, None)
    except LakeConflict:
        return "pending"
    return "new"


def list_pending(lake: Lake) -> list[Item]:
    """Return the backlog, sorted by key; keys are relative to its folder."""
    items = [Item(item.key.removeprefix(TO_PROCESSED), item.size) for item in lake.list(TO_PROCESSED)]
    return sorted(items)


def list_processed(lake: Lake) -> list[Item]:
    """Return the archive, sorted by key; keys are relative to its folder.

    What file managers and consoles leave in a folder is no raw object, and an empty one never gets there.
    """
    items = [Item(item.key.removeprefix(PROCESSED), item.size) for item in lake.list(PROCESSED)]
    return sorted(item for item in items if item.size and not is_clutter(item.key))


def is_clutter(key: str) -> bool:
    """Whether an object is what file managers leave in folders, or the reason beside a refused object."""
    name = key.rpartition("/")[2]
    return name in _CLUTTER or name.endswith(_REASON)


def in_batches(items: Iterable[Item], limit: int = BATCH_BYTES) -> Iterator[list[str]]:
    """Cut a backlog into batches of at most `limit` bytes; a larger object is a batch of its own."""
    batch: list[str] = []
    size = 0
    for item in items:
        if batch and size + item.size > limit:
            yield batch
            batch, size = [], 0
        batch.append(item.key)
        size += item.size
    if batch:
        yield batch


def read_pending(lake: Lake, keys: Iterable[str]) -> list[tuple[str, bytes]]:
    """Return (key, content) of the pending objects that are still there, all read at the same time."""
    found = side_by_side(lambda key: _read_one(lake, key), keys)
    return [raw for raw in found if raw is not None]


def read_as_listed(lake: Lake, folder: str, keys: Iterable[str]) -> list[tuple[str, bytes]]:
    """Return (key, content) of listed objects and change nothing; LakeConflict when one has moved on."""
    return side_by_side(lambda key: read_listed(lake, folder, key), keys)


def read_listed(lake: Lake, folder: str, key: str) -> tuple[str, bytes]:
    """Return (key, content) of one listed object; LakeConflict when it has moved on."""
    stored = lake.read(folder + key)
    if stored is None:
        raise LakeConflict(
            f"{lake.address}/{folder}{key} was moved by somebody else meanwhile", "Run it again."
        )
    return key, stored.content


def _read_one(lake: Lake, key: str) -> tuple[str, bytes] | None:
    stored = lake.read(TO_PROCESSED + key)
    if stored is None:
        return None
    free = _free_key(lake, PROCESSED, key, stored.content)
    if free != key:  # another object was archived under this key: give this one a key of its own
        lake.move(TO_PROCESSED + key, TO_PROCESSED + free)
    return free, stored.content


def _free_key(lake: Lake, folder: str, key: str, content: bytes) -> str:
    """Return the key if nothing else lies there, now or later, else one made unique by the content."""
    there = lake.read(folder + key) if lake.version(folder + key) else None
    path = PurePosixPath(key)
    is_free = there is None or there.content == content
    if is_free and not (folder == QUARANTINE and _is_awkward(path)):
        return key
    return unique_key(key, content)


def unique_key(key: str, content: bytes) -> str:
    """Return a key beside this one that no other content has."""
    path, digest = PurePosixPath(key), hashlib.sha256(content).hexdigest()[:12]
    return str(path.with_name(f"{path.stem[:_LONGEST_STEM]}.{digest}{path.suffix[:_LONGEST_STEM]}"))


def _is_awkward(path: PurePosixPath) -> bool:
    """Whether a reason beside it could not be written, or could not be told from it."""
    return path.name.endswith(_REASON) or len(os.fsencode(path.name)) + len(_REASON) > _LONGEST_NAME


def archive(lake: Lake, keys: Iterable[str]) -> int:
    """Move raw objects to `processed`; call it when everything made from them is durable."""
    return len(side_by_side(lambda key: lake.move(TO_PROCESSED + key, PROCESSED + key), keys))


def quarantine(lake: Lake, refused: Iterable[SetAside]) -> int:
    """Move raw objects to `quarantine`, each with its reason beside it."""
    return len(side_by_side(lambda each: _quarantine_one(lake, each), refused))


def _quarantine_one(lake: Lake, refused: SetAside) -> None:
    stored = lake.read(TO_PROCESSED + refused.key)
    if stored is None:
        return
    key = _free_key(lake, QUARANTINE, refused.key, stored.content)
    name = refused.key.encode(errors="backslashreplace").decode()
    reason = {"raw_key": name, "reason": refused.reason, "bytes": len(stored.content)}
    lake.write(QUARANTINE + key + _REASON, msgspec.json.format(msgspec.json.encode(reason)) + b"\n")
    lake.move(TO_PROCESSED + refused.key, QUARANTINE + key)


def side_by_side(work: Callable[[_In], _Out], items: Iterable[_In]) -> list[_Out]:
    """Do the same to several objects at the same time; return what came of each, in order."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(work, items))
