"""A raw object: its key, its envelope, and what its key says."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import msgspec

from top50.charts import CHARTS, Chart
from top50.errors import RawError

LARGEST = 8 * 2**20
"""Bytes of the largest object that is read: ten times the largest real answer."""

_CHART_PART = re.compile(r"(?:^|/)chart=([^/]*)/(?:(\d{4}-\d\d-\d\d)/)?")
# 22 letters alone are a word, like spotifyplaylistarchive
_PLAYLIST_WORD = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-Za-z]{22}(?![0-9A-Za-z])")

_BASE_62 = re.compile(r"[0-9A-Za-z]+")
_SPOTIFY_S_OWN = re.compile(r"37i9dQZ[0-9A-Za-z]{15}")
"""A playlist of Spotify's own: 22 characters in a name that begin otherwise may be any word or hash."""


@dataclass(frozen=True)
class RawObject:
    """What a source answered; `key` is relative to its folder, whichever of the three that is."""

    key: str
    content: bytes


def envelope(
    answers: Sequence[bytes], *, source: str, at: datetime | None = None, **facts: str | list[str] | None
) -> bytes:
    """Wrap answers (JSON texts, in order) as they came, byte for byte, with where and when they were read.

    at: when that was, by default now.
    `facts`, what else is known of them: `playlist`, `snapshot_id`, or `asked`, ids in the answers' order.
    """
    now = at or datetime.now(UTC)
    read_at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # Athena shows no more than that
    about = {"top50_envelope": 1, "source": source, **facts, "observed_at": read_at}
    return msgspec.json.encode({**about, "answers": [msgspec.Raw(answer) for answer in answers]})


def answers_in(content: bytes) -> bytes:
    """Return what a source answered, without when that was; of anything but an envelope, all of it."""
    try:
        return b"\n".join(msgspec.json.decode(content, type=_Answers).answers)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return content


class _Answers(msgspec.Struct):
    answers: list[msgspec.Raw]


def name_raw(
    chart: Chart, chart_date: date | None, source: str, identity: bytes, suffix: str = "json"
) -> str:
    """Return the key of a raw object; `identity` is what all that say the same have in common."""
    digest = hashlib.sha256(identity).hexdigest()[:16]
    return f"chart={chart.name}/{chart_date or 'undated'}/{source}-{digest}.{suffix}"


def chart_in_key(key: str) -> Chart | None:
    """Return the chart that a `chart=<chart>/` part of the key names; raises RawError for an unknown one."""
    match = _CHART_PART.search(key)
    if match is None:
        return None
    if match[1] not in CHARTS:
        raise RawError(f"unknown chart {match[1]!r} in the key", f"Known charts: {', '.join(CHARTS)}.")
    return CHARTS[match[1]]


def date_in_key(key: str) -> date | None:
    """Return the date folder right behind a `chart=<chart>/` part of the key, if it is one."""
    match = _CHART_PART.search(key)
    if match is None or match[2] is None:
        return None
    return parse_day(match[2])


def playlist_in_key(key: str) -> str | None:
    """Return the playlist id in the object's name, or else in the folder nearest to it, if there is one."""
    words = (_PLAYLIST_WORD.search(part) for part in reversed(key.split("/")))
    return next((word[0] for word in words if word), None)


def chart_playlists_in_key(key: str, own: str | None) -> list[str]:
    """Return the ids of Spotify's own playlists, or `own`, in the name, or else in the nearest folder."""
    for part in reversed(key.split("/")):
        words = _BASE_62.findall(part)
        found = [word for word in words if word == own or _SPOTIFY_S_OWN.fullmatch(word)]
        if found:
            return found
    return []


def parse_day(text: str) -> date:
    """Parse YYYY-MM-DD; raises RawError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RawError(f"{text} in the key is no date", "Rename the object.") from None


def midnight(day: date) -> datetime:
    """Return the first instant of a day, UTC."""
    return datetime.combine(day, time(), UTC)
