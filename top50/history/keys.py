"""The key that an old raw object gets: what matters of its path, and such that any lake can hold it."""

import hashlib
import re
from pathlib import PurePosixPath

from top50.charts import CHARTS

RAW = "raw_data"

_IN_A_LAKE = re.compile(rf"(?:.*/)?{RAW}/(?:to_processed|processed|quarantine)/", re.DOTALL)
_CHART_FOLDERS = {f"chart={name}" for name in CHARTS}
_LONGEST_PART = 200  # bytes; most disks take 255, and a reason's name is longer
_LONGEST_KEY = 700  # bytes; S3 takes 1024, the lake's prefix included
_LEFT_OF_A_PART = 50  # bytes, of each end of a stem


def key_of(path: str, root: str) -> str:
    """Return a raw object's key: of its path what another lake gave it, from `chart=` on, or below the root.

    Whatever the path is, the key lies within its folder, and any lake can hold it.
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
    return _fitting([_safe(part) for part in parts])


def _fitting(parts: list[str]) -> str:
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
    stem, suffix = path.stem.encode(), path.suffix[:_LEFT_OF_A_PART]
    # both ends: the official name, which says chart and date, is mostly one of them
    ends = (stem[:_LEFT_OF_A_PART], stem[-_LEFT_OF_A_PART:])
    first, last = (end.decode(errors="ignore") for end in ends)
    return f"{first}~{last}.{digest[:12]}{suffix}"
