"""What does the lake have already? Its raw objects by size and key, listed once."""

import hashlib
import re
from collections import defaultdict
from typing import NamedTuple

from top50.lake import PROCESSED, QUARANTINE, TO_PROCESSED, Lake
from top50.raw.backlog import is_clutter, is_left_alone

# An ETag may be an MD5: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')

_FOLDERS = (PROCESSED, TO_PROCESSED, QUARANTINE)


class _Place(NamedTuple):
    folder: str
    key: str
    # The ETag if it may be an MD5: it is one if the object was put in one piece without KMS encryption.
    md5: str


class LakeIndex:
    """The raw objects of a lake by size, and the keys that are taken.

    The size only selects candidates: then bytes are compared, or an MD5 that S3 made of them. Each object is
    read at most once for this, however many files have its size: its digest is remembered.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._by_size: dict[int, list[_Place]] = defaultdict(list)
        self._keys: set[str] = set()
        # The digest of what an object held when it was read: other contents need not be compared with it.
        self._digests: dict[_Place, bytes] = {}
        for folder in _FOLDERS:
            for item in lake.list(folder):
                key = item.key.removeprefix(folder)
                if not (is_left_alone(key) if folder == TO_PROCESSED else is_clutter(key)):
                    self.add(folder, key, item.size, item.version)

    def add(self, folder: str, key: str, size: int, version: str = "") -> None:
        """Add an object; `version` is the one in a listing."""
        md5 = _MD5.fullmatch(version)
        self._by_size[size].append(_Place(folder, key, md5[1] if md5 else ""))
        self._keys.add(key)

    def is_taken(self, key: str) -> bool:
        """Whether one of the folders has an object with this key."""
        return key in self._keys

    def find(self, content: bytes, key: str = "") -> str:
        """Return where the lake has this content, in quarantine only if nowhere else; "" if it does not.

        key: the most likely key; with it, most contents are found by one read.
        """
        places = self._by_size.get(len(content), [])
        likely, digest = key.rpartition("/")[2], hashlib.sha256(content).digest()
        found = ""
        for place in sorted(places, key=lambda place: not place.key.endswith(likely)):
            if self._digests.get(place, digest) != digest:
                continue
            address = self._address(content, place)
            if address and not address.startswith(QUARANTINE):
                return address
            found = found or address
        return found

    def _address(self, content: bytes, place: _Place) -> str:
        """Return where an object is now if it has this content: it may have moved since it was listed."""
        if place.md5 and place.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest():
            return place.folder + place.key
        # Another ETag proves nothing: that of an encrypted object, or of one put in parts, is not its MD5.
        for folder in dict.fromkeys((place.folder, *_FOLDERS)):
            stored = self._lake.read(folder + place.key)
            if stored is not None:
                self._digests[place] = hashlib.sha256(stored.content).digest()
                return folder + place.key if stored.content == content else ""
        return ""
