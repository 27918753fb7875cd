"""Land old raw objects group by group; what lies in the backlog already is never overwritten."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from top50.errors import LakeConflict
from top50.history.files import Found
from top50.history.known import Known
from top50.history.verdict import Verdict
from top50.lake import TO_PROCESSED, Item, Lake
from top50.parallel import in_threads
from top50.raw import LARGEST
from top50.raw.keys import create, unique_key
from top50.raw.quarantine import put_back

GROUP_BYTES = 32 * 2**20
"""How much is read and lands together; memory follows this."""

STRETCH_BYTES = 256 * 2**20
"""How much lands before it is built and published."""

ARCHIVE_STRETCH_BYTES = 8 * 2**20
"""The same once merged archives are among it, whose rows are dense."""

_MOST_FILES = 2000


def in_groups(found: Iterable[Found]) -> Iterator[list[Found]]:
    """Cut what is found into groups that are landed and processed together; memory follows these.

    What is too large to be read weighs nothing.
    """
    group: list[Found] = []
    size = 0
    for each in found:
        weight = each.size * each.weight if each.size <= LARGEST else 0
        if group and (size + weight > GROUP_BYTES or len(group) == _MOST_FILES):
            yield group
            group, size = [], 0
        group.append(each)
        size += weight
    if group:
        yield group


def land_all(lake: Lake, verdicts: Iterable[Verdict], known: Known) -> list[Item]:
    """Put what is new or refused into the backlog; what lies there already is never overwritten.

    Returns what landed, keys relative to the backlog's folder.
    """
    landing = [verdict for verdict in verdicts if verdict.lands]
    keys = in_threads(lambda each: _land(lake, each), landing)
    landed = [
        Item(key, len(verdict.content), version=version)
        for (key, version), verdict in zip(keys, landing, strict=True)
    ]
    for item in landed:
        known.add(TO_PROCESSED, item.key, item.size)
    return landed


def _land(lake: Lake, verdict: Verdict) -> tuple[str, str]:
    """Return the key under which it lies now, and its version."""
    key, content = verdict.key, verdict.content
    if verdict.again:
        free = put_back(lake, key)
        return free, lake.version(TO_PROCESSED + free) or ""
    for free in (key, unique_key(key, content)):
        with suppress(LakeConflict):
            return free, create(lake, TO_PROCESSED + free, content)
    raise LakeConflict(
        f"{lake.address}/{TO_PROCESSED}{key} is being written by somebody else", "Run it again."
    )
