"""What is pending in `raw_data/to_processed/`: land it, list it, read it, and move it on when it is done."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Literal

import msgspec

from top50.errors import LakeConflict, LakeError, OutOfReach
from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Item, Lake
from top50.parallel import in_threads
from top50.raw import IMPORT_IT, LARGEST, RawObject, SetAside, answers_in
from top50.raw.keys import REASON, create, free_key, unique_key
from top50.raw.quarantine import put_back

Landed = Literal["new", "pending", "processed", "requeued"]

# Bytes of the backlog that are read at once. Memory follows this, not the length of the backlog.
BATCH_BYTES = LARGEST

# What file managers leave in folders.
_CLUTTER = {".DS_Store", "Thumbs.db", "desktop.ini"}

# Files of other programs, and files that are not yet complete.
_LEFT_ALONE = re.compile(
    r"\._.*|Icon\r|~\$.*|\.~lock\..*#|_SUCCESS|.*\.crc"  # beside other files, by macOS, Office, Spark, Hadoop
    r"|(?:eh)?thumbs\.db|desktop\.ini|readme(?:\.(?:txt|md|rst))?"
    r"|\.[a-z][\w-]*|\..+\.sw[a-p]"  # .gitkeep, .env, .nfs0012ab; what an editor has open
    r"|.*\.(?:crdownload|opdownload|download|part|partial|filepart|tmp|temp|aria2)"  # half of a file, by
    r"|\..+\.\w+\.\w{6}",  # a browser or another program that still writes it; the last one is rsync's
    re.IGNORECASE,
)

# Folders of other programs: repositories, trash folders, old versions, half downloads.
_PROGRAMS_OWN = re.compile(
    r"\.(?:git|svn|hg|trash(?:es|-\d+)?|stversions|stfolder|ipynb_checkpoints|spotlight-v100|fseventsd)"
    r"|__macosx|\$recycle\.bin|system volume information|@eadir|lost\+found|_temporary|.+\.download",
    re.IGNORECASE,
)


class Pending(msgspec.Struct, frozen=True):
    """A pending object as it was read. (It is not a dataclass, because Prefect would traverse each one.)"""

    # Its present key, relative to to_processed.
    place: str
    # Its key in the archive; not `place`, if the archive has other content under that.
    key: str
    version: str
    # None: it is read again when it is archived.
    content: bytes | None = None

    @property
    def raw(self) -> tuple[str, bytes]:
        """Its key and its content."""
        return self.key, self.content or b""


def land(lake: Lake, raw: RawObject) -> Landed:
    """Put a raw object into the backlog, unless the lake has its answers under its key; return which it was.

    "requeued": it was in quarantine and is pending again. If the backlog or quarantine has other answers
    under the key, this object gets a unique key, the same one for the same answers.
    """
    answers = answers_in(raw.content)
    for key in (raw.key, unique_key(raw.key, answers)):
        if lake.version(PROCESSED + key):
            return "processed"
        if lake.version(QUARANTINE + key):
            refused = lake.read(QUARANTINE + key)
            if refused and answers_in(refused.content) == answers:
                put_back(lake, key)
                return "requeued"
            continue
        try:
            lake.replace(TO_PROCESSED + key, raw.content, None)
        except LakeConflict:
            pending = lake.read(TO_PROCESSED + key)
            if pending is None or answers_in(pending.content) == answers:
                return "pending"
        else:
            return "new"
    return "pending"


def list_pending(lake: Lake, left_alone: list[str] | None = None) -> list[Item]:
    """Return the backlog sorted by key, without what `is_left_alone`; keys are relative to its folder.

    The keys of files that are left alone are added to `left_alone`.
    """
    items = [item._replace(key=item.key.removeprefix(TO_PROCESSED)) for item in lake.list(TO_PROCESSED)]
    if left_alone is not None:
        left_alone += sorted(item.key for item in items if is_left_alone(item.key))
    return sorted(item for item in items if not is_left_alone(item.key))


def list_processed(lake: Lake) -> list[Item]:
    """Return the archive sorted by key, without clutter and empty objects; keys are relative to it."""
    items = [Item(item.key.removeprefix(PROCESSED), item.size) for item in lake.list(PROCESSED)]
    return sorted(item for item in items if item.size and not is_clutter(item.key))


def is_clutter(key: str) -> bool:
    """Whether an object is what file managers leave in folders, or the reason of a refused object."""
    name = key.rpartition("/")[2]
    return name in _CLUTTER or name.endswith(REASON)


def is_left_alone(key: str) -> bool:
    """Whether a pending file is another program's or not yet complete, judged by its name."""
    *folders, name = key.split("/")
    return _LEFT_ALONE.fullmatch(name) is not None or any(map(is_programs_own, folders))


def is_programs_own(folder: str) -> bool:
    """Whether a program keeps this folder for itself, judged by its name."""
    return _PROGRAMS_OWN.fullmatch(folder) is not None


def too_large(items: Iterable[Item]) -> list[Item]:
    """Return the items that are larger than any chart; they go to quarantine unread."""
    return [item for item in items if item.size > LARGEST]


def in_batches(items: Iterable[Item], limit: int = BATCH_BYTES) -> Iterator[list[str]]:
    """Yield the keys in batches of at most `limit` bytes; a larger object is a batch of its own."""
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
    """Return the pending objects that still exist, read in parallel.

    Errors for what can be neither read nor moved are added to `strays`; without `strays`, they are raised.
    """

    def read(key: str) -> Pending | OutOfReach | None:
        try:
            stored = lake.read(TO_PROCESSED + key)
            if stored is None:
                return None
            # the archive may have other content under this key
            free = free_key(lake, PROCESSED, key, stored.content)
        except OutOfReach as error:
            if strays is None:
                raise
            strays.append(error)
            return error
        return Pending(key, free, stored.version, stored.content)

    asked = list(keys)
    found = in_threads(read, asked)
    gone = {key for key, raw in zip(asked, found, strict=True) if raw is None}
    if gone and strays is not None:
        # Another run may have moved them on. What is listed still has a name that the lake cannot read.
        strays += [
            OutOfReach(f"{lake.address}/{item.key} is listed but not found", "Rename it, or remove it.")
            for item in lake.list(TO_PROCESSED)
            if item.key.removeprefix(TO_PROCESSED) in gone
        ]
    return [raw for raw in found if isinstance(raw, Pending)]


def read_as_listed(lake: Lake, folder: str, keys: Iterable[str]) -> list[tuple[str, bytes]]:
    """Return (key, content) of listed objects, read in parallel; raises LakeConflict if one was moved."""
    return in_threads(lambda key: read_listed(lake, folder, key), keys)


def read_listed(lake: Lake, folder: str, key: str) -> tuple[str, bytes]:
    """Return (key, content) of one listed object; raises LakeConflict if it was moved."""
    stored = lake.read(folder + key)
    if stored is None:
        raise LakeConflict(f"{lake.address}/{folder}{key} was moved by somebody else", "Run it again.")
    return key, stored.content


def archive(lake: Lake, raws: Iterable[Pending]) -> None:
    """Put raw objects into `processed` as they were read; call it before their rows are published.

    Raises LakeConflict if an object has changed that has to be read again, or if another run has archived
    other content under a key: `read_pending` then gives the object another key.
    """
    in_threads(partial(_archive_one, lake), raws)


def _archive_one(lake: Lake, raw: Pending) -> None:
    place = TO_PROCESSED + raw.place
    if lake.copy(place, PROCESSED + raw.key, raw.version):
        return
    content = raw.content
    if content is None:
        stored = lake.read(place)
        if stored is None:
            return  # another run has archived it
        if stored.version != raw.version:
            raise LakeConflict(f"{lake.address}/{place} has changed since it was read", "Run it again.")
        content = stored.content
    create(lake, PROCESSED + raw.key, content)


def remove_archived(lake: Lake, raws: Iterable[Pending]) -> list[str]:
    """Remove archived objects from the backlog; call it when everything made from them is durable.

    Returns a line for each object that has changed since it was read, and so stays pending.
    """
    return [changed for changed in in_threads(partial(_remove_one, lake), raws) if changed]


def _remove_one(lake: Lake, raw: Pending) -> str:
    place = TO_PROCESSED + raw.place
    return "" if lake.remove(place, raw.version, raw.content) else _changed(lake, place)


def _changed(lake: Lake, place: str) -> str:
    return f"{lake.address}/{place} has changed since it was read; the next run processes it"


def quarantine(lake: Lake, refused: Iterable[SetAside], raws: Iterable[Pending] = ()) -> list[str]:
    """Move raw objects to `quarantine` as they were read, each with its reason beside it.

    raws: the objects that were read before; others are read now.
    Returns a line for each object that has changed since it was read, and so stays pending.
    """
    read = {raw.key: raw for raw in raws}
    changed = in_threads(lambda one: _quarantine_one(lake, one, read.get(one.key)), refused)
    return [line for line in changed if line]


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
    """Move pending objects that are too large to `quarantine`, unread; return those moved, with their reason.

    One that has changed since it was listed stays pending.
    """
    return [refused for refused in in_threads(partial(_quarantine_unread, lake), items) if refused]


def _quarantine_unread(lake: Lake, item: Item) -> SetAside | None:
    too_much = f"{item.size:,} bytes, but no chart has more than {LARGEST:,}"
    refused = SetAside(item.key, f"{too_much}. If it is a merged archive: {IMPORT_IT}.")
    # The version stands for the content, so anything that has the key already counts as other content.
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
