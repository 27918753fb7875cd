"""JSON that is not quite as Spotify sends it → the shapes of decode.py, row by row.

Slow and patient, for what strict decoding refuses: numbers as floats, a field of a wrong type in one
row, rows without a paging object around them, `{"body": …}` around anything. Something strange sets its
own rank aside and no other. Nothing is guessed: a list of something else than tracks is refused by name.
"""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from top50.errors import RawError
from top50.read.spotify_types import (
    Addresses,
    Answers,
    Document,
    Instant,
    Page,
    Row,
    Strange,
    Track,
    UntimedRow,
    is_listed_track,
)

_ONLY = "Only charts and tracks belong here."
_AGAIN = "Fetch it again, or mend it and put it back."
_SHORT = 60  # characters of a value in a reason
_DIGITS = 30  # of a whole number; a longer one is nothing that Spotify sends
_MOST_ROWS = 11_000  # of a playlist of Spotify's
_ONLY_OF_ALBUMS = ("album_type", "album_group", "total_tracks", "release_date")
_ONLY_OF_ARTISTS = ("genres", "followers")
_INSIDE = 5  # how often {"body": …} may stand around something


class Opened(NamedTuple):
    """A raw object without its envelope: what the envelope says, and the answers as Python objects."""

    answers: list[Any]
    source: str | None = None
    playlist: str | None = None
    observed_at: datetime | None = None
    asked: list[str] | None = None


def open_json(content: bytes) -> Opened:
    """Parse JSON and take it out of `{"body": …}` and of our envelope; raises RawError."""
    found = _without_body(_parsed(content))
    if not isinstance(found, dict) or not isinstance(found.get("answers"), list):
        return Opened([found])
    observed_at = _instant(found.get("observed_at"))
    if observed_at is None and found.get("observed_at") is not None:
        raise RawError(f"its observed_at is {shortened(found['observed_at'])}, which is no time", _AGAIN)
    return Opened(
        [_without_body(answer) for answer in found["answers"]],
        _text(found.get("source")),
        _text(found.get("playlist")),
        observed_at,
        [str(each) for each in asked] if isinstance(asked := found.get("asked"), list) else None,
    )


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content.decode(), parse_int=_whole)
    except UnicodeDecodeError as error:
        raise RawError(f"no JSON: its byte {error.start + 1} is not UTF-8", _AGAIN) from None
    except json.JSONDecodeError as error:
        raise RawError(f"no JSON: it breaks off or is spoilt at character {error.pos + 1}", _AGAIN) from None
    except RecursionError:
        raise RawError("no JSON that Spotify sends: it is nested too deeply", _AGAIN) from None


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS else float("inf")


def _without_body(found: Any) -> Any:
    """Take it out of `{"body": …}`, also where the body is a text of JSON, as AWS Lambda returns it."""
    for _ in range(_INSIDE):
        if (
            not isinstance(found, dict)
            or "body" not in found
            or {"items", "tracks", "answers"} & found.keys()
        ):
            break
        found = found["body"]
        if isinstance(found, str):
            found = _parsed(found.encode(errors="replace"))
    return found


def to_document(opened: Opened) -> Document:
    """Return what was opened in the typed shapes, strange rows in their places; raises RawError."""
    try:
        answers: Answers = [_answer(each) for each in opened.answers]
    except RecursionError:
        raise RawError("no JSON that Spotify sends: it is nested too deeply", _AGAIN) from None
    return Document(
        answers=answers,
        source=opened.source,
        playlist=opened.playlist,
        observed_at=opened.observed_at,
        asked=opened.asked,
    )


def _answer(found: object) -> Document | list[Track | None]:
    if isinstance(found, list):
        return Document(items=_rows(found)) if _are_rows(found) else _tracks(found)
    if not isinstance(found, dict):
        raise RawError(f"{shortened(found)}, not a chart", _ONLY)
    if found.get("error") is not None:
        return Document(error=msgspec.Raw(json.dumps(found["error"]).encode()))
    kind = found.get("type")
    if kind not in (None, "playlist"):
        raise RawError(f"an object of type {shortened(kind)}, not a playlist", _ONLY)
    return _object(found)


def _object(found: dict[str, Any]) -> Document:
    items, tracks = found.get("items"), found.get("tracks")
    if isinstance(items, list):
        page = found if _are_rows(items) or not any(map(_is_object, items)) else None
        return _about(found, Document(items=_page(page))) if page else Document(tracks=_tracks(items))
    if isinstance(tracks, list):
        return Document(tracks=_tracks(tracks))
    pages = [_page(each) for each in (items, tracks)]
    if not any(pages):
        keys = ", ".join(list(found)[:8]) or "nothing"
        raise RawError(f"it has no rows: it holds {shortened(keys)}, and neither items nor tracks", _ONLY)
    return _about(found, Document(items=pages[0], tracks=pages[1]))


def _about(found: dict[str, Any], document: Document) -> Document:
    document.id, document.href, document.uri = (_text(found.get(name)) for name in ("id", "href", "uri"))
    addresses = found.get("external_urls")
    if isinstance(addresses, dict):
        document.external_urls = Addresses(_text(addresses.get("spotify")))
    return document


def _page(found: object) -> Page | None:
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        return None
    items = found["items"]
    if not _are_rows(items) and any(map(_is_object, items)):
        raise RawError(f"{_named(items)}, not the rows of a playlist", _ONLY)
    total, offset = (_number(found.get(name)) for name in ("total", "offset"))
    after, before = (_address(found.get(name)) for name in ("next", "previous"))
    return Page(_rows(items), total, offset, _text(found.get("href")), after, before)


def _is_object(found: object) -> bool:
    return isinstance(found, dict)


def _is_row(found: object) -> bool:
    """Whether it is a playlist's row. A track object has a `track`, too: the boolean true."""
    if not isinstance(found, dict):
        return False
    return isinstance(found.get("track"), dict) or isinstance(found.get("item"), dict) or _is_empty_row(found)


def _are_rows(found: list[Any]) -> bool:
    """Whether a list holds a playlist's rows: one strange member among tracks makes no rows of them."""
    rows = sum(map(_is_row, found))
    return rows > 0 and rows >= sum(_has_id(each) and not _is_row(each) for each in found)


def _is_empty_row(found: dict[str, Any]) -> bool:
    return "added_at" in found and bool({"track", "item"} & found.keys())


def _rows(found: list[Any]) -> list[Row | None]:
    if len(found) > _MOST_ROWS:
        raise RawError(f"a list of {len(found)} rows, more than a playlist can have", _ONLY)
    return [_row(each) for each in found]


def _row(found: object) -> Row | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        return Row(track=Strange(reason=f"{shortened(found)} in the place of a row"))
    objects = [song for song in (found.get("item"), found.get("track")) if isinstance(song, dict)]
    track = _track_of_row(objects[0]) if objects else None
    said = found.get("added_at")
    added_at = _instant(said) or _instant_of_utc(said)
    if added_at is None and said is not None:
        return UntimedRow(track=track, said=shortened(said))
    return Row(added_at, track=track)


def _track_of_row(found: dict[str, Any]) -> Track:
    """Read a row's track object: without a type it needs an album, artists or a name to be one."""
    track = _track(found)
    if isinstance(track, Strange) or track.type is not None or not track.id:
        return track
    has_some = track.album is not None or bool(track.artists) or track.name is not None
    if has_some and _other_kind(found) is None:
        return track
    return Strange(reason=f"its track is no track, but {_named([found])}")


def _other_kind(found: dict[str, Any]) -> str | None:
    """Say what an object without a type is by fields of its own, where it is no track."""
    told = {name for name, value in found.items() if value is not None}
    if {"type", "album"} & told:
        return None
    if told.intersection(_ONLY_OF_ALBUMS):
        return "album"
    return "artist" if "artists" not in told and told.intersection(_ONLY_OF_ARTISTS) else None


def _tracks(found: list[Any]) -> list[Track | None]:
    """Read a list of track objects; raises RawError for one of other things."""
    tracks = [_listed(each) for each in found] if any(map(_has_id, found)) else []
    if all(track is None or isinstance(track, Strange) for track in tracks):
        raise RawError(f"{_named(found)}, no tracks", _ONLY)
    return tracks


def _has_id(found: object) -> bool:
    return isinstance(found, dict) and isinstance(found.get("id"), str)


def _listed(found: object) -> Track | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        return Strange(reason=f"{shortened(found)} in the place of a track")
    track = _track(found)
    if isinstance(track, Strange) or (is_listed_track(track) and _other_kind(found) is None):
        return track
    return Strange(reason=track.why_no_song or f"{_named([found])}, no track")


def _named(found: list[Any]) -> str:
    """Say what a list holds."""
    if not found:
        return "an empty list"
    first = next(filter(_is_object, found), None)
    if first is None:
        return f"a list of {len(found)} values like {shortened(found[0])}"
    other = _other_kind(first)
    if other:
        return f"{len(found)} {other}s" if len(found) > 1 else f"an {other}"
    kind = first.get("type")
    named = (
        f"type {kind[:_SHORT]}" if kind and isinstance(kind, str) else f"keys {shortened(', '.join(first))}"
    )
    return f"{len(found)} objects of {named}" if len(found) > 1 else f"an object of {named}"


def _track(found: dict[str, Any]) -> Track:
    plain = {name: found[name] for name in Track.__struct_fields__ if name in found}
    try:
        plain = _with_whole_numbers(plain)
        duration = plain.get("duration_ms")
        if isinstance(duration, dict) and "totalMilliseconds" in duration:
            plain["duration_ms"] = duration["totalMilliseconds"]
        track = msgspec.convert(plain, Track)
        msgspec.json.encode(track)
    except RecursionError:
        return Strange(reason="it is nested too deeply")
    except msgspec.ValidationError as error:
        return Strange(reason=wrong_field(plain, str(error)))
    except UnicodeEncodeError:
        return Strange(reason="a text in it holds half a character")
    return track


def _with_whole_numbers(found: Any) -> Any:
    """Return it with floats like 85.0 as the whole numbers that they are."""
    if isinstance(found, dict):
        return {name: _with_whole_numbers(value) for name, value in found.items()}
    if isinstance(found, list):
        return [_with_whole_numbers(value) for value in found]
    return int(found) if isinstance(found, float) and found.is_integer() else found


def wrong_field(found: Any, error: str) -> str:
    """Name the field that msgspec's error is about, and the value that it has."""
    path = error.rpartition("`$")[2].removesuffix("`")
    value = found
    for name in path.replace("[", ".").replace("]", "").split(".")[1:]:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal():
            value = value[int(name)]
    return f"its {path.removeprefix('.') or 'track'} is {shortened(value)}, which cannot be"


def shortened(value: object) -> str:
    """Return a value as JSON writes it, cut where it is long."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except RecursionError:
        text = "something nested too deeply"
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _instant(found: object) -> datetime | None:
    """Parse a time with its time zone; one that cannot be read is not told."""
    try:
        return msgspec.convert(found, Instant) if isinstance(found, str) else None
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def _instant_of_utc(found: object) -> datetime | None:
    """Parse a time without a time zone, which is UTC; a date alone is no time."""
    try:
        return msgspec.convert(found, datetime).replace(tzinfo=UTC) if isinstance(found, str) else None
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def _address(found: object) -> str | None:
    """Return the address of another page; whatever stands there says that there is one."""
    return _text(found) or (shortened(found) if found else None)


def _text(found: object) -> str | None:
    return found if isinstance(found, str) and is_unicode(found) else None


def is_unicode(text: str) -> bool:
    """Whether it has no half of a surrogate pair, which JSON can write and UTF-8 cannot."""
    return text.encode(errors="replace").decode() == text


def _number(found: object) -> int | None:
    if isinstance(found, str) and found.isascii() and found.strip().isdecimal() and len(found) < _DIGITS:
        return int(found)
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
