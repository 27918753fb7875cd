"""What is in `raw_data/quarantine/`: which objects, why each was refused, and how one is put back."""

import glob
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from top50.errors import LakeError
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake
from top50.parallel import in_threads
from top50.printed_commands import module_command
from top50.raw.keys import REASON, free_key
from top50.text import as_code, clipped, one_line

# Rows of the table in a run's report; `make quarantine` lists all objects.
_TABLE_ROWS = 50

_NO_REASON = "it has no reason file"


class Quarantined(NamedTuple):
    """A refused object: its key relative to the folder, its size in bytes, and when it was refused (UTC)."""

    key: str
    size: int
    since: datetime


def list_quarantine(lake: Lake) -> list[Quarantined]:
    """Return the refused objects, the newest first."""
    found = {item.key.removeprefix(QUARANTINE): item for item in lake.list(QUARANTINE)}
    raws = [(key, item) for key, item in found.items() if not key.endswith(REASON)]
    # a file keeps its time when it is moved; its reason is written when it is refused
    times = [datetime.fromtimestamp(found.get(key + REASON, item).written, UTC) for key, item in raws]
    listed = [Quarantined(key, item.size, since) for (key, item), since in zip(raws, times, strict=True)]
    return sorted(listed, key=lambda refused: (-refused.since.timestamp(), refused.key))


class _Reason(msgspec.Struct):
    reason: str = _NO_REASON


def read_reasons(lake: Lake, keys: Iterable[str]) -> list[str]:
    """Return why each object was refused, in the order of the keys. An unreadable reason raises nothing."""
    return in_threads(lambda key: _read_reason(lake, key), keys)


def _read_reason(lake: Lake, key: str) -> str:
    try:
        stored = lake.read(QUARANTINE + key + REASON)
    except LakeError as error:
        if error.passing:
            raise
        return f"its reason cannot be read: {error.what}"
    if stored is None:
        return _NO_REASON
    try:
        return one_line(msgspec.json.decode(stored.content, type=_Reason).reason)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # anybody may have written it
        return "its reason cannot be read"


def quarantine_table(lake: Lake) -> list[dict[str, str | int]]:
    """Return the rows of a table artifact for the newest refused objects; its cells are Markdown."""
    newest = list_quarantine(lake)[:_TABLE_ROWS]
    reasons = read_reasons(lake, [refused.key for refused in newest])
    return [
        {
            "key": as_code(refused.key),
            "reason": as_code(reason),
            "bytes": refused.size,
            "since": f"{refused.since:%Y-%m-%d %H:%M} UTC",
            "put back": as_code(command(refused.key)),
        }
        for refused, reason in zip(newest, reasons, strict=True)
    ]


def command(key: str) -> str:
    """Return the command that puts an object back into the backlog and processes it."""
    return module_command("flows.process_pending", "--requeue", as_pattern(key))


def as_pattern(key: str) -> str:
    """Return a pattern that can be typed and matches this key: the key itself, if it can be typed."""
    if key.isprintable() and "`" not in key:  # a backtick would end the code in a Markdown cell
        return key
    return "".join(mark if mark.isprintable() and mark != "`" else "?" for mark in glob.escape(key))


def find_quarantined(lake: Lake, wanted: Sequence[str]) -> list[str]:
    """Return the quarantined keys that `wanted` names, by keys or patterns, each once.

    A key that is pending or processed is no error: the command may be repeated after a run that was killed.
    Raises LakeError for a key or pattern that matches nothing.
    """
    keys = sorted(refused.key for refused in list_quarantine(lake))
    found: dict[str, None] = {}
    for name in wanted:
        matching = [name] if name in keys else [key for key in keys if fnmatchcase(key, name)]
        if not matching and not _was_put_back(lake, name):
            raise LakeError(
                f"no object in quarantine matches {clipped(name, 120)!r}",
                "List them with make quarantine; a key is the part after raw_data/quarantine/.",
            )
        found |= dict.fromkeys(matching)
    return list(found)


def _was_put_back(lake: Lake, key: str) -> bool:
    # listed, not looked up: a pattern, or a key that leads out of the folder, has no version to ask for
    folders = (TO_PROCESSED, PROCESSED)
    return any(item.key == folder + key for folder in folders for item in lake.list(folder))


def put_back(lake: Lake, key: str) -> str:
    """Move a quarantined object to the backlog and return its key there; its reason is removed.

    The reason is removed first: after an interruption the object is still in quarantine.
    """
    free = key
    if lake.version(TO_PROCESSED + key) and (stored := lake.read(QUARANTINE + key)):
        free = free_key(lake, TO_PROCESSED, key, stored.content)
    lake.remove(QUARANTINE + key + REASON)
    version = lake.version(QUARANTINE + key)
    if version is not None:  # None: somebody else has put it back
        lake.move(QUARANTINE + key, TO_PROCESSED + free, version)
    return free
