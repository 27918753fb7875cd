"""Any JSON → Python objects, without our envelope and `{"body": …}`; and its values as reasons quote them."""

import json
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from top50.errors import RawError
from top50.read.spotify_types import Instant

TOO_DEEP = "invalid JSON: it is nested too deeply"
LONGEST_INTEGER = 30  # digits; Spotify sends no longer ones

FETCH_AGAIN = "Fetch it again, or correct it and put it back."
_SHORT = 60  # characters of a value in a message
_MOST_BODIES = 5  # {"body": …} around {"body": …}


class Opened(NamedTuple):
    """A raw object without its envelope: the answers as Python objects, and the envelope's fields."""

    answers: list[Any]
    source: str | None = None
    playlist: str | None = None
    observed_at: datetime | None = None
    asked: list[str] | None = None


def open_json(content: bytes) -> Opened:
    """Parse JSON and remove our envelope and `{"body": …}` around it; raises RawError."""
    found = _without_body(_parsed(content))
    if not isinstance(found, dict) or not isinstance(found.get("answers"), list):
        return Opened([found])
    observed_at = time_or_none(found.get("observed_at"))
    if observed_at is None and found.get("observed_at") is not None:
        raise RawError(f"its observed_at {shortened(found['observed_at'])} is not a valid time", FETCH_AGAIN)
    return Opened(
        [_without_body(answer) for answer in found["answers"]],
        text_or_none(found.get("source")),
        text_or_none(found.get("playlist")),
        observed_at,
        [str(song_id) for song_id in asked] if isinstance(asked := found.get("asked"), list) else None,
    )


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(
            content.decode(),
            # int() refuses thousands of digits
            parse_int=lambda digits: int(digits) if len(digits) < LONGEST_INTEGER else float("inf"),
        )
    except UnicodeDecodeError as error:
        raise RawError(f"invalid JSON: its byte {error.start + 1} is not UTF-8", FETCH_AGAIN) from None
    except json.JSONDecodeError as error:
        raise RawError(
            f"invalid JSON: it is truncated or damaged at character {error.pos + 1}", FETCH_AGAIN
        ) from None
    except RecursionError:
        raise RawError(TOO_DEEP, FETCH_AGAIN) from None


def _without_body(found: Any) -> Any:
    """Return what is inside `{"body": …}`, which may be a JSON text, as AWS Lambda returns it."""
    for _ in range(_MOST_BODIES):
        is_body = isinstance(found, dict) and "body" in found
        if not is_body or {"items", "tracks", "answers"} & found.keys():
            break
        found = found["body"]
        if isinstance(found, str):
            found = _parsed(found.encode(errors="replace"))
    return found


def wrong_field(found: Any, error: str) -> str:
    """Return a reason that names the field of a msgspec.ValidationError, and its value in `found`.

    The error has the field's path in its text alone: https://github.com/msgspec/msgspec/issues/264
    """
    path = error.rpartition("`$")[2].removesuffix("`")
    value = found
    for name in path.replace("[", ".").replace("]", "").split(".")[1:]:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal():
            value = value[int(name)]
    return f"its {path.removeprefix('.') or 'track'} is {shortened(value)}, which is not valid"


def shortened(value: object) -> str:
    """Return a value as JSON, cut to 60 characters."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except RecursionError:
        text = "something nested too deeply"
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def time_or_none(found: object) -> datetime | None:
    """Return a time with a time zone; None for anything else."""
    try:
        return msgspec.convert(found, Instant) if isinstance(found, str) else None
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def text_or_none(found: object) -> str | None:
    """Return a text that UTF-8 can encode; None for anything else."""
    return found if isinstance(found, str) and is_unicode(found) else None


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can encode a text: JSON can have half of a surrogate pair, UTF-8 cannot."""
    return text.encode(errors="replace").decode() == text
