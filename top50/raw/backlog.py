"""What lies in `raw_data/to_processed/`: land it, list it, read it, and move it on once it is done."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Literal

import msgspec

from top50.errors import LakeConflict, LakeError, OutOfReach
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Item, Lake
from top50.parallel import in_threads
from top50.raw import LARGEST, RawObject, answers_in
from top50.raw.keys import REASON, create, free_key, unique_key
from top50.raw.quarantine import put_back
from top50.read.merged_archive import BRING_IN
from top50.read.snapshot import SetAside

Landed = Literal["new", "pending", "processed", "requeued"]

BATCH_BYTES = LARGEST
"""How much of a backlog is read at once. Memory follows this, not the length of the backlog."""

_CLUTTER = {".DS_Store", "Thumbs.db", "desktop.ini"}

_LEFT_ALONE = re.compile(
    r"\._.*|Icon\r|~\$.*|\.~lock\..*#|_SUCCESS|.*\.crc"  # beside other files, by macOS, Office, Spark, Hadoop
    r"|(?:eh)?thumbs\.db|desktop\.ini|readme(?:\.(?:txt|md|rst))?"
    r"|\.[a-z][\w-]*|\..+\.sw[a-p]"  # .gitkeep, .env, .nfs0012ab; what an editor has open
    r"|.*\.(?:crdownload|opdownload|download|part|partial|filepart|tmp|temp|aria2)"  # half of a file, by
    r"|\..+\.\w+\.\w{6}",  # a browser or another program that still writes it; the last one is rsync's
    re.IGNORECASE,
)

_PROGRAMS_OWN = re.compile(
    r"\.(?:git|svn|hg|trash(?:es|-\d+)?|stversions|stfolder|ipynb_checkpoints|spotlight-v100|fseventsd)"
    r"|__macosx|\$recycle\.bin|system volume information|@eadir|lost\+found|_temporary|.+\.download",
    re.IGNORECASE,
)
"""Folders that programs have for themselves: a repository, a trash, old versions, half a download."""


class Pending(msgspec.Struct, frozen=True):
    """A pending object as it was read. (No dataclass: Prefect would look into each.)"""

    place: str
    """Where it lies, relative to the backlog's folder."""
    key: str
    """Its key from now on: another one where other content lies in the archive under its place."""
    version: str
    content: bytes | None = None
    """None: it is read once more when it is archived."""

    @property
    def raw(self) -> tuple[str, bytes]:
        """Its key and its content."""
        return self.key, self.content or b""


def land(lake: Lake, raw: RawObject) -> Landed:
    """Put a raw object into the backlog, unless the lake has it already under its key.

    One that lies in quarantine is put back, to be looked at again. Where another answer lies there, or in
    the backlog, this one gets a key of its own, by which the same answer is known the next time.
    """
    answers = answers_in(raw.content)
    for key in (raw.key, unique_key(raw.key, answers)):
        state = _land_as(lake, key, raw.content, answers)
        if state:
            return state
    return "pending"


def _land_as(lake: Lake, key: str, content: bytes, answers: bytes) -> Landed | None:
    """Return what became of it under this key; None when another answer lies there."""
    if lake.version(PROCESSED + key):
        return "processed"
    if lake.version(QUARANTINE + key):
        refused = lake.read(QUARANTINE + key)
        if refused is None or answers_in(refused.content) != answers:
            return None
        put_back(lake, key)
        return "requeued"
    try:
        lake.replace(TO_PROCESSED + key, content, None)
    except LakeConflict:
        pending = lake.read(TO_PROCESSED + key)
        return "pending" if pending is None or answers_in(pending.content) == answers else None
    return "new"


def list_pending(lake: Lake, left_alone: list[str] | None = None) -> list[Item]:
    """Return the backlog without what is left alone, sorted by key; keys are relative to its folder.

    The keys of what is left alone are added to `left_alone`.
    """
    items = [item._replace(key=item.key.removeprefix(TO_PROCESSED)) for item in lake.list(TO_PROCESSED)]
    if left_alone is not None:
        left_alone += sorted(item.key for item in items if is_left_alone(item.key))
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
    *folders, name = key.split("/")
    return _LEFT_ALONE.fullmatch(name) is not None or any(map(is_programs_own, folders))


def is_programs_own(folder: str) -> bool:
    """Whether a folder is one that a program has for itself, by its name."""
    return _PROGRAMS_OWN.fullmatch(folder) is not None


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


def read_pending(lake: Lake, keys: Iterable[str], strays: list[LakeError] | None = None) -> list[Pending]:
    """Return the pending objects that are still there, all read at the same time.

    What can be neither read nor moved is added to `strays` and left where it is; without them, raised.
    """
    asked = list(keys)
    found = in_threads(lambda key: _read_if_in_reach(lake, key, strays), asked)
    gone = {key for key, raw in zip(asked, found, strict=True) if raw is None}
    if gone and strays is not None:
        strays += _still_listed(lake, gone)
    return [raw for raw in found if isinstance(raw, Pending)]


def _read_if_in_reach(lake: Lake, key: str, strays: list[LakeError] | None) -> Pending | OutOfReach | None:
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
    return in_threads(lambda key: read_listed(lake, folder, key), keys)


def read_listed(lake: Lake, folder: str, key: str) -> tuple[str, bytes]:
    """Return (key, content) of one listed object; LakeConflict when it has moved on."""
    stored = lake.read(folder + key)
    if stored is None:
        raise LakeConflict(
            f"{lake.address}/{folder}{key} was moved by somebody else meanwhile", "Run it again."
        )
    return key, stored.content


def _read_one(lake: Lake, key: str) -> Pending | None:
    stored = lake.read(TO_PROCESSED + key)
    if stored is None:
        return None
    # another object may have been archived under this key
    free = free_key(lake, PROCESSED, key, stored.content)
    return Pending(key, free, stored.version, stored.content)


def archive(lake: Lake, raws: Iterable[Pending]) -> None:
    """Put raw objects into `processed` as they were read; call it before their rows are published.

    Raises LakeConflict when one has changed that has to be read again, or when somebody else has archived
    other content under a key meanwhile: whoever reads the batch once more finds that.
    """
    in_threads(partial(_archive_one, lake), raws)


def _archive_one(lake: Lake, raw: Pending) -> None:
    if lake.copy(TO_PROCESSED + raw.place, PROCESSED + raw.key, raw.version):
        return
    content = raw.content if raw.content is not None else _read_again(lake, raw)
    if content is not None:
        create(lake, PROCESSED + raw.key, content)


def _read_again(lake: Lake, raw: Pending) -> bytes | None:
    stored = lake.read(TO_PROCESSED + raw.place)
    if stored and stored.version != raw.version:
        raise LakeConflict(
            f"{lake.address}/{TO_PROCESSED}{raw.place} has changed since it was read", "Run it again."
        )
    return stored.content if stored else None  # else somebody else has archived it


def remove_archived(lake: Lake, raws: Iterable[Pending]) -> list[str]:
    """Remove from the backlog what lies in the archive; call it when everything made from it is durable.

    Returns of each that has changed since it was read, and stays, which one it is.
    """
    return [changed for changed in in_threads(partial(_remove_one, lake), raws) if changed]


def _remove_one(lake: Lake, raw: Pending) -> str:
    place = TO_PROCESSED + raw.place
    return "" if lake.remove(place, raw.version, raw.content) else _changed(lake, place)


def _changed(lake: Lake, place: str) -> str:
    return f"{lake.address}/{place} has changed since it was read. The next run takes it"


def quarantine(lake: Lake, refused: Iterable[SetAside], raws: Iterable[Pending] = ()) -> list[str]:
    """Move raw objects to `quarantine` as they were read, each with its reason beside it.

    raws: what was read of them; others are read now. Returns of each that has changed since and stays, which.
    """
    read = {raw.key: raw for raw in raws}
    changed = in_threads(lambda each: _quarantine_one(lake, each, read.get(each.key)), refused)
    return [each for each in changed if each]


def _quarantine_one(lake: Lake, refused: SetAside, raw: Pending | None) -> str:
    place = raw.place if raw else refused.key
    if raw is None or raw.content is None:
        stored = lake.read(TO_PROCESSED + place)
        if stored is None:
            return ""
        if raw and raw.version != stored.version:
            return _changed(lake, TO_PROCESSED + place)
        raw = Pending(place, refused.key, stored.version, stored.content)
    _, content = raw.raw
    key = free_key(lake, QUARANTINE, refused.key, content)
    create(lake, QUARANTINE + key, content)
    _write_reason(lake, refused, key, len(content))
    return _remove_one(lake, raw)


def quarantine_unread(lake: Lake, items: Iterable[Item]) -> list[SetAside]:
    """Move pending objects that are too large to `quarantine` by what the listing says; say why of each."""
    return [each for each in in_threads(lambda item: _quarantine_unread(lake, item), items) if each]


def _quarantine_unread(lake: Lake, item: Item) -> SetAside | None:
    size = f"{item.size:,} bytes, and no chart has more than {LARGEST:,}"
    refused = SetAside(item.key, f"{size}. Is it a merged archive? {BRING_IN}.")
    # its version stands for its content, and what is there already counts as another
    key = free_key(lake, QUARANTINE, item.key, item.version.encode())
    if lake.version(TO_PROCESSED + item.key) != item.version:
        return None
    _write_reason(lake, refused, key, item.size)
    if lake.move(TO_PROCESSED + item.key, QUARANTINE + key, item.version):
        return refused
    if lake.version(QUARANTINE + key) is None:
        lake.remove(QUARANTINE + key + REASON)
    return None


def _write_reason(lake: Lake, refused: SetAside, key: str, size: int) -> None:
    name = refused.key.encode(errors="backslashreplace").decode()
    reason = {"raw_key": name, "reason": refused.reason, "bytes": size}
    lake.write(QUARANTINE + key + REASON, msgspec.json.format(msgspec.json.encode(reason)) + b"\n")
