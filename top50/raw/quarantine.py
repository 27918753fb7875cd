"""What lies in `raw_data/quarantine/`: what it is, why it is there, and how it gets out again."""

import glob
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import NamedTuple

import msgspec

from top50.errors import LakeError
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Item, Lake
from top50.parallel import in_threads
from top50.printed_commands import module_command
from top50.raw.keys import REASON, free_key
from top50.text import as_code, clipped, one_line

SHOWN = 50
"""How many a page lists; the command lists them all."""

_LONGEST_KEY = 120
_UNKNOWN = "no reason lies beside it"


class Quarantined(NamedTuple):
    """A refused object: its key relative to the folder, its size in bytes, since when it lies there."""

    key: str
    size: int
    since: datetime


def list_quarantine(lake: Lake) -> list[Quarantined]:
    """Return the refused objects, those that came last first."""
    found = {item.key.removeprefix(QUARANTINE): item for item in lake.list(QUARANTINE)}
    raws = [(key, item) for key, item in found.items() if not key.endswith(REASON)]
    # a file that is moved keeps its time of writing, and its reason is written when it is refused
    listed = [Quarantined(key, item.size, _since(found.get(key + REASON, item))) for key, item in raws]
    return sorted(listed, key=lambda each: (-each.since.timestamp(), each.key))


def _since(item: Item) -> datetime:
    return datetime.fromtimestamp(item.written, UTC)


class _Reason(msgspec.Struct):
    reason: str = _UNKNOWN


def read_reasons(lake: Lake, keys: Iterable[str]) -> list[str]:
    """Return why each object was refused, in order."""
    return in_threads(lambda key: _read_reason(lake, key), keys)


def _read_reason(lake: Lake, key: str) -> str:
    try:
        stored = lake.read(QUARANTINE + key + REASON)
    except LakeError as error:
        if error.passing:
            raise
        return f"its reason cannot be read: {error.what}"  # the others can
    if stored is None:
        return _UNKNOWN
    try:
        return one_line(msgspec.json.decode(stored.content, type=_Reason).reason)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # anybody may have written it
        return "its reason cannot be read"


def quarantine_table(lake: Lake) -> list[dict[str, str | int]]:
    """Return a row for each of those that came last: what it is, why it was refused, how it gets out."""
    newest = list_quarantine(lake)[:SHOWN]
    return [
        {
            "key": as_code(each.key),
            "reason": as_code(reason),
            "bytes": each.size,
            "since": f"{each.since:%Y-%m-%d %H:%M} UTC",
            "put back": as_code(command(each.key)),
        }
        for each, reason in zip(newest, read_reasons(lake, [each.key for each in newest]), strict=True)
    ]


def command(key: str) -> str:
    """Return the command that puts an object back and processes it."""
    return module_command("flows.process_pending", "--requeue", as_pattern(key))


def as_pattern(key: str) -> str:
    """Return what stands for this key on a command line: a key that can be typed stands for itself."""
    if key.isprintable() and "`" not in key:  # which would end the code in which it is shown
        return key
    return "".join(mark if mark.isprintable() and mark != "`" else "?" for mark in glob.escape(key))


def find_quarantined(lake: Lake, wanted: Sequence[str]) -> list[str]:
    """Return the keys that are meant, by their names or by patterns.

    One that is pending or processed already counts as found: the command may be given again after a run that
    was killed. Raises LakeError for one that is in none of them.
    """
    keys = sorted(each.key for each in list_quarantine(lake))
    found: dict[str, None] = {}
    for each in wanted:
        matching = [each] if each in keys else [key for key in keys if fnmatchcase(key, each)]
        if not matching and not _was_put_back(lake, each):
            raise LakeError(
                f"nothing in quarantine is called {clipped(each, _LONGEST_KEY)!r}",
                "Look with make quarantine; a key is what comes after raw_data/quarantine/.",
            )
        found |= dict.fromkeys(matching)
    return list(found)


def _was_put_back(lake: Lake, key: str) -> bool:
    folders = (TO_PROCESSED, PROCESSED)
    return any(item.key == folder + key for folder in folders for item in lake.list(folder))


def put_back(lake: Lake, key: str) -> str:
    """Move a quarantined object to the backlog, without its reason; return its key there.

    The reason goes first: stopped in between, the object is still in quarantine, to be put back again.
    """
    free = key
    if lake.version(TO_PROCESSED + key) and (stored := lake.read(QUARANTINE + key)):
        free = free_key(lake, TO_PROCESSED, key, stored.content)
    lake.remove(QUARANTINE + key + REASON)
    version = lake.version(QUARANTINE + key)
    if version is not None:  # else somebody else has put it back
        lake.move(QUARANTINE + key, TO_PROCESSED + free, version)
    return free
