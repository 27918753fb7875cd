"""Keys of raw objects: which are free, and what lies beside them."""

import hashlib
import os
from pathlib import PurePosixPath

from top50.errors import LakeConflict, OutOfReach
from top50.lake import QUARANTINE, Lake

REASON = ".reason.json"
"""What the name of a reason ends in, after that of the object beside which it lies."""

_LONGEST_NAME = 255  # bytes, on most disks
_LONGEST_STEM = 50


def free_key(lake: Lake, folder: str, key: str, content: bytes) -> str:
    """Return the key if nothing else lies there, now or later, else one made unique by the content."""
    try:
        there = lake.read(folder + key) if lake.version(folder + key) else None
    except OutOfReach:  # a folder lies there, or a file where its folder would be
        return f"{_digest(content)}/{key}"
    is_free = there is None or there.content == content
    # one that is called like a reason is told from one in quarantine, and is not counted in the archive
    is_odd = is_awkward(key) if folder == QUARANTINE else key.endswith(REASON)
    if is_free and not is_odd:
        return key
    return unique_key(key, content)


def unique_key(key: str, content: bytes) -> str:
    """Return a key beside this one that no other content has."""
    path = PurePosixPath(key)
    stem, suffix = path.stem[:_LONGEST_STEM], path.suffix[:_LONGEST_STEM]
    return str(path.with_name(f"{stem}.{_digest(content)}{suffix}"))


def create(lake: Lake, key: str, content: bytes) -> str:
    """Write an object where no other content lies; return its version. Raises LakeConflict."""
    try:
        return lake.replace(key, content, None)
    except LakeConflict:
        there = lake.read(key)
        if there is None or there.content != content:
            raise
        return there.version


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def is_awkward(key: str) -> bool:
    """Whether a reason beside it could not be written, or could not be told from it."""
    path = PurePosixPath(key)
    return path.name.endswith(REASON) or len(os.fsencode(path.name)) + len(REASON) > _LONGEST_NAME
