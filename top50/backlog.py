"""What lies in `raw_data/to_processed/`: land it, list it, read it, and move it on once it is done."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from top50.errors import LakeConflict, LakeError, OutOfReach
from top50.keys import REASON, free_key
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Item, Lake
from top50.lake.together import side_by_side
from top50.quarantine import put_back
from top50.raw import RawObject
from top50.snapshot import SetAside

Landed = Literal["new", "pending", "processed", "requeued"]

BATCH_BYTES = 8 * 2**20
"""How much of a backlog is read at once. Memory follows this, not the length of the backlog."""

LARGEST = BATCH_BYTES
"""Bytes of the largest object that is read: ten times the largest real answer."""

_CLUTTER = {".DS_Store", "Thumbs.db", "desktop.ini"}

_LEFT_ALONE = re.compile(
    r"\._.*|~\$.*|_SUCCESS|.*\.crc"  # beside other files, by macOS, Office, Spark and Hadoop
    r"|.*\.(?:crdownload|part|download|tmp)"  # half of a file that a browser or another program still writes
)


def land(lake: Lake, raw: RawObject) -> Landed:
    """Put a raw object into the backlog, unless the lake has it already under its key.

    One that lies in quarantine is put back, to be looked at again.
    """
    if lake.version(PROCESSED + raw.key):
        return "processed"
    if lake.version(QUARANTINE + raw.key):
        put_back(lake, raw.key)
        return "requeued"
    try:
        lake.replace(TO_PROCESSED + raw.key, raw.content, None)
    except LakeConflict:
        return "pending"
    return "new"


def list_pending(lake: Lake) -> list[Item]:
    """Return the backlog without what is left alone, sorted by key; keys are relative to its folder."""
    items = [Item(item.key.removeprefix(TO_PROCESSED), item.size) for item in lake.list(TO_PROCESSED)]
    return sorted(item for item in items if not is_left_alone(item.key))


def list_processed(lake: Lake) -> list[Item]:
    """Return the archive, sorted by key; keys are relative to its folder.

    What file managers and consoles leave in a folder is no raw object, and an empty one never gets there.
    """
    items = [Item(item.key.removeprefix(PROCESSED), item.size) for item in lake.list(PROCESSED)]
    return sorted(item for item in items if item.size and not is_clutter(item.key))


def is_clutter(key: str) -> bool:
    """Whether an object is what file managers leave in folders, or the reason beside a refused object."""
    name = key.rpartition("/")[2]
    return name in _CLUTTER or name.endswith(REASON)


def is_left_alone(key: str) -> bool:
    """Whether a pending file is no raw object, by its name: other programs' own, or half a download."""
    name = key.rpartition("/")[2]
    return name in _CLUTTER or _LEFT_ALONE.fullmatch(name) is not None


def too_large(items: Iterable[Item]) -> list[Item]:
    """Return what is larger than any chart, and goes to quarantine without being read."""
    return [item for item in items if item.size > LARGEST]


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


def read_pending(
    lake: Lake, keys: Iterable[str], strays: list[LakeError] | None = None
) -> list[tuple[str, bytes]]:
    """Return (key, content) of the pending objects that are still there, all read at the same time.

    What can be neither read nor moved is added to `strays` and left where it is; without them, raised.
    """
    asked = list(keys)
    found = side_by_side(lambda key: _read_if_in_reach(lake, key, strays), asked)
    gone = {key for key, raw in zip(asked, found, strict=True) if raw is None}
    if gone and strays is not None:
        strays += _still_listed(lake, gone)
    return [raw for raw in found if isinstance(raw, tuple)]


def _read_if_in_reach(
    lake: Lake, key: str, strays: list[LakeError] | None
) -> tuple[str, bytes] | OutOfReach | None:
    try:
        return _read_one(lake, key)
    except OutOfReach as error:
        if strays is None:
            raise
        strays.append(error)
        return error


def _still_listed(lake: Lake, gone: set[str]) -> list[LakeError]:
    """Tell what somebody else took from what lies there under another name than the listing's."""
    return [
        OutOfReach(f"{lake.address}/{item.key} is listed but not found", "Rename it, or remove it.")
        for item in lake.list(TO_PROCESSED)
        if item.key.removeprefix(TO_PROCESSED) in gone
    ]


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
    free = free_key(lake, PROCESSED, key, stored.content)
    if free != key:  # another object was archived under this key: give this one a key of its own
        lake.move(TO_PROCESSED + key, TO_PROCESSED + free)
    return free, stored.content


def archive(lake: Lake, keys: Iterable[str]) -> int:
    """Move raw objects to `processed`; call it when everything made from them is durable."""
    return len(side_by_side(lambda key: lake.move(TO_PROCESSED + key, PROCESSED + key), keys))


def quarantine(lake: Lake, refused: Iterable[SetAside]) -> int:
    """Move raw objects to `quarantine`, each with its reason beside it."""
    return len(side_by_side(lambda each: _quarantine_one(lake, each), refused))


def _quarantine_one(lake: Lake, refused: SetAside) -> None:
    stored = lake.read(TO_PROCESSED + refused.key)
    if stored is not None:
        key = free_key(lake, QUARANTINE, refused.key, stored.content)
        _put_aside(lake, refused, key, len(stored.content))


def quarantine_unread(lake: Lake, items: Iterable[Item]) -> list[SetAside]:
    """Move pending objects that are too large to `quarantine` by what the listing says; say why of each."""
    return [each for each in side_by_side(lambda item: _quarantine_unread(lake, item), items) if each]


def _quarantine_unread(lake: Lake, item: Item) -> SetAside | None:
    version = lake.version(TO_PROCESSED + item.key)
    if version is None:
        return None
    size = f"{item.size:,} bytes, and no chart has more than {LARGEST:,}"
    refused = SetAside(item.key, f"{size}. If it is a merged archive, bring it in with flows.import_history.")
    # its version stands for its content, and what is there already counts as another
    key = free_key(lake, QUARANTINE, item.key, version.encode())
    _put_aside(lake, refused, key, item.size)
    return refused


def _put_aside(lake: Lake, refused: SetAside, key: str, size: int) -> None:
    name = refused.key.encode(errors="backslashreplace").decode()
    reason = {"raw_key": name, "reason": refused.reason, "bytes": size}
    lake.write(QUARANTINE + key + REASON, msgspec.json.format(msgspec.json.encode(reason)) + b"\n")
    lake.move(TO_PROCESSED + refused.key, QUARANTINE + key)
