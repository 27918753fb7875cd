"""A raw object: what a source answered, byte for byte, and the envelope around it.

keys.py: the key under which it is stored, and what the key says. backlog.py: what is pending in the lake, how
it lands there and moves on. quarantine.py: what was refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from top50.raw.keys import (
    chart_in_key,
    chart_playlists_in_key,
    date_in_key,
    midnight,
    name_raw,
    parse_day,
    playlist_in_key,
)

__all__ = [
    "IMPORT_IT",
    "LARGEST",
    "RawObject",
    "SetAside",
    "answers_in",
    "chart_in_key",
    "chart_playlists_in_key",
    "date_in_key",
    "envelope",
    "midnight",
    "name_raw",
    "parse_day",
    "playlist_in_key",
]

# Bytes of the largest object that is read: ten times the largest real answer.
LARGEST = 8 * 2**20

# The remedy for a merged archive in the lake. It has to be moved first, because an import refuses the lake's
# own raw objects: the lake would have the same rows twice.
IMPORT_IT = "Move it out of the lake, and import it with python -m flows.import_history"


@dataclass(frozen=True)
class RawObject:
    """What a source answered; `key` is relative to the folder: to_processed, processed or quarantine."""

    key: str
    content: bytes


@dataclass(frozen=True)
class SetAside:
    """What is not in the tables, and why: a whole raw object, one chart of it, or one row."""

    key: str
    reason: str
    # The row's rank; None if it is not a row.
    rank: int | None = None
    # Whether it is a chart that failed its checks, which makes the run fail.
    fails_check: bool = False
    # Which chart of the raw object it is, if the object has several and the others are in the tables.
    part: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole raw object."""
        return self.rank is None and not self.part


def envelope(
    answers: Sequence[bytes], *, source: str, at: datetime | None = None, **facts: str | list[str] | None
) -> bytes:
    """Return JSON that wraps answers (JSON texts, in order) byte for byte, with their source and time.

    at: when they were read; by default now.
    facts: other fields of the envelope: `playlist`, `snapshot_id`, or `asked`, the ids of the answers.
    """
    now = at or datetime.now(UTC)
    read_at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # Athena's timestamps have milliseconds
    about = {"top50_envelope": 1, "source": source, **facts, "observed_at": read_at}
    return msgspec.json.encode({**about, "answers": [msgspec.Raw(answer) for answer in answers]})


class _Envelope(msgspec.Struct):
    answers: list[msgspec.Raw]


def answers_in(content: bytes) -> bytes:
    """Return the answers in an envelope, without the time at which they were read; other content as it is."""
    try:
        return b"\n".join(msgspec.json.decode(content, type=_Envelope).answers)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return content
