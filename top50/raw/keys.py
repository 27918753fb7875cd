"""Keys of raw objects: which key one gets, which keys are free in the lake, and what a key says."""

import hashlib
import os
import re
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath

from top50.charts import CHARTS, Chart, nearest_chart
from top50.errors import LakeConflict, OutOfReach, RawError
from top50.lake import QUARANTINE, Lake

# The folder of raw objects in every lake.
RAW = "raw_data"

# A refused object's key and this are the key of its reason.
REASON = ".reason.json"

_CHART_PART = re.compile(r"(?:^|/)chart=([^/]*)/(?:(\d{4}-\d\d-\d\d)/)?")
# 22 letters alone are a word, such as spotifyplaylistarchive
_PLAYLIST_WORD = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-Za-z]{22}(?![0-9A-Za-z])")
_BASE_62 = re.compile(r"[0-9A-Za-z]+")
# Spotify's own playlists. Any other 22 characters in a name may be a word or a hash.
_SPOTIFY_PLAYLIST = re.compile(r"37i9dQZ[0-9A-Za-z]{15}")

_IN_A_LAKE = re.compile(rf"(?:.*/)?{RAW}/(?:to_processed|processed|quarantine)/", re.DOTALL)
_CHART_FOLDERS = {f"chart={name}" for name in CHARTS}
_LONGEST_NAME = 255  # bytes, on most disks
_LONGEST_PART = 200  # bytes of a file's or folder's name; the name of a reason is longer
_LONGEST_KEY = 700  # bytes; S3 takes 1024, the lake's prefix included
_LONGEST_STEM = 50


def name_raw(
    chart: Chart, chart_date: date | None, source: str, identity: bytes, suffix: str = "json"
) -> str:
    """Return the key of a fetched raw object; equal answers of a source have the same `identity`."""
    digest = hashlib.sha256(identity).hexdigest()[:16]
    return f"chart={chart.name}/{chart_date or 'undated'}/{source}-{digest}.{suffix}"


def key_of(path: str, root: str) -> str:
    """Return the key that an imported file gets; it never leads out of its folder, and any lake can hold it.

    It is the part of the path below another lake's folder of raw objects, and of that, or else of the whole
    path, the part from `chart=<chart>/` on; else the path relative to `root`, with the root's own name.
    """
    lake = _IN_A_LAKE.match(path)
    below = path[lake.end() :] if lake else path
    parts = [part for part in below.split("/") if part not in ("", ".", "..")]
    chart = next((number for number, part in enumerate(parts) if part in _CHART_FOLDERS), None)
    if chart is not None:
        parts = parts[chart:]
    elif not lake:
        above = [part for part in root.split("/") if part not in ("", ".", "..")]
        parts = parts[-1:] if parts == above else parts[max(len(above) - 1, 0) :]
    parts = [_safe(part) for part in parts]
    key = "/".join(parts)
    if len(key.encode()) <= _LONGEST_KEY:
        return key
    return "/".join([*(part for part in parts[:1] if part in _CHART_FOLDERS), parts[-1]])


def _safe(part: str) -> str:
    """Return a part of a path as any lake can hold it: printable UTF-8, and not too long."""
    if len(part) <= _LONGEST_PART and part.isascii() and part.isprintable() and "\\" not in part:
        return part
    text = part.encode(errors="backslashreplace").decode().replace("\\", "_")
    text = "".join(character if character.isprintable() else "_" for character in text)
    if len(text.encode()) <= _LONGEST_PART:
        return text
    path, digest = PurePosixPath(text), hashlib.sha256(part.encode(errors="backslashreplace")).hexdigest()
    stem, suffix = path.stem.encode(), path.suffix[:_LONGEST_STEM]
    # Both ends of the stem: one of them is mostly the official name, which says chart and date.
    first, last = (end.decode(errors="ignore") for end in (stem[:_LONGEST_STEM], stem[-_LONGEST_STEM:]))
    return f"{first}~{last}.{digest[:12]}{suffix}"


def free_key(lake: Lake, folder: str, key: str, content: bytes) -> str:
    """Return the key if the folder has no other content under it, else one made unique by the content."""
    try:
        stored = lake.read(folder + key) if lake.version(folder + key) else None
    except OutOfReach:  # the key is a folder, or a file is where its folder would be
        return f"{_digest(content)}/{key}"
    is_free = stored is None or stored.content == content
    # In quarantine, an object that is named like a reason could not be distinguished from one; in the
    # archive, it would not be counted. In quarantine, the key's own reason needs a name, too.
    reason = PurePosixPath(key + REASON).name
    has_no_reason = folder == QUARANTINE and len(os.fsencode(reason)) > _LONGEST_NAME
    if is_free and not key.endswith(REASON) and not has_no_reason:
        return key
    return unique_key(key, content)


def unique_key(key: str, content: bytes) -> str:
    """Return a key beside this one that no other content gets."""
    path = PurePosixPath(key)
    stem, suffix = path.stem[:_LONGEST_STEM], path.suffix[:_LONGEST_STEM]
    return str(path.with_name(f"{stem}.{_digest(content)}{suffix}"))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def create(lake: Lake, key: str, content: bytes) -> str:
    """Write an object and return its version; raises LakeConflict if other content has this key."""
    try:
        return lake.replace(key, content, None)
    except LakeConflict:
        stored = lake.read(key)
        if stored is None or stored.content != content:
            raise
        return stored.version


def chart_in_key(key: str) -> Chart | None:
    """Return the chart that a `chart=<chart>/` part of the key names; raises RawError for an unknown one."""
    match = _CHART_PART.search(key)
    if match is None:
        return None
    if match[1] not in CHARTS:
        raise RawError(
            f"there is no chart {match[1]!r}, which the key names; {nearest_chart(match[1])}",
            "Rename the folder.",
        )
    return CHARTS[match[1]]


def date_in_key(key: str) -> date | None:
    """Return the date folder behind a `chart=<chart>/` part of the key, or None; raises RawError."""
    match = _CHART_PART.search(key)
    return parse_day(match[2]) if match and match[2] else None


def parse_day(text: str) -> date:
    """Return the date of a text YYYY-MM-DD; raises RawError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RawError(f"{text} in the key is not a valid date", "Rename the object.") from None


def midnight(day: date) -> datetime:
    """Return the first instant of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def playlist_in_key(key: str) -> str | None:
    """Return the playlist id in the object's name, else in the nearest folder's; None without one."""
    words = (_PLAYLIST_WORD.search(part) for part in reversed(key.split("/")))
    return next((word[0] for word in words if word), None)


def chart_playlists_in_key(key: str, own: str | None) -> list[str]:
    """Return the ids of Spotify's own playlists, and `own`, in the name, else in the nearest folder."""
    for part in reversed(key.split("/")):
        words = _BASE_62.findall(part)
        found = [word for word in words if word == own or _SPOTIFY_PLAYLIST.fullmatch(word)]
        if found:
            return found
    return []
