"""JSON that is not quite as Spotify sends it → the types of spotify_types.py, row by row.

Slow and lenient, for what strict decoding refuses: numbers as floats, a field of a wrong type in one row,
rows without a paging object around them. A strange row costs its own rank and no other. Nothing is guessed: a
list of anything but tracks is refused, and the reason names what it holds.
"""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from top50.errors import RawError
from top50.read.lenient_json import (
    FETCH_AGAIN,
    LONGEST_INTEGER,
    TOO_DEEP,
    Opened,
    shortened,
    text_or_none,
    time_or_none,
    wrong_field,
)
from top50.read.spotify_types import (
    Addresses,
    Answers,
    Document,
    Page,
    Row,
    Strange,
    Track,
    UntimedRow,
    is_listed_track,
)

_ONLY = "Only charts and tracks belong here."
_SHORT = 60  # characters of a type in a message
_MOST_ROWS = 11_000  # of a Spotify playlist
_ONLY_OF_ALBUMS = ("album_type", "album_group", "total_tracks", "release_date")
_ONLY_OF_ARTISTS = ("genres", "followers")


def to_document(opened: Opened) -> Document:
    """Return the answers in the types of spotify_types.py, a strange row in its place; raises RawError."""
    try:
        answers: Answers = [_answer(answer) for answer in opened.answers]
    except RecursionError:
        raise RawError(TOO_DEEP, FETCH_AGAIN) from None
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
        if _are_rows(items) or not any(map(_is_object, items)):
            return _about(found, Document(items=_page(found)))
        return Document(tracks=_tracks(items))
    if isinstance(tracks, list):
        return Document(tracks=_tracks(tracks))
    pages = [_page(part) for part in (items, tracks)]
    if not any(pages):
        keys = ", ".join(list(found)[:8]) or "nothing"
        raise RawError(f"it has no rows: it has {shortened(keys)}, but neither items nor tracks", _ONLY)
    return _about(found, Document(items=pages[0], tracks=pages[1]))


def _about(found: dict[str, Any], document: Document) -> Document:
    document.id, document.href, document.uri = (
        text_or_none(found.get(name)) for name in ("id", "href", "uri")
    )
    addresses = found.get("external_urls")
    if isinstance(addresses, dict):
        document.external_urls = Addresses(text_or_none(addresses.get("spotify")))
    return document


def _page(found: object) -> Page | None:
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        return None
    items = found["items"]
    if not _are_rows(items) and any(map(_is_object, items)):
        raise RawError(f"{_described(items)}, not the rows of a playlist", _ONLY)
    total, offset = (_number(found.get(name)) for name in ("total", "offset"))
    after, before = (_address(found.get(name)) for name in ("next", "previous"))
    return Page(_rows(items), total, offset, text_or_none(found.get("href")), after, before)


def _is_object(found: object) -> bool:
    return isinstance(found, dict)


def _is_row(found: object) -> bool:
    """Whether it is a playlist's row, with or without a song."""
    if not isinstance(found, dict):
        return False
    songs = [found[name] for name in ("track", "item") if name in found]
    # a track object has a `track` too, the boolean true; only a row has an `added_at`
    return any(map(_is_object, songs)) or bool(songs and "added_at" in found)


def _are_rows(found: list[Any]) -> bool:
    """Whether a list has at least as many rows of a playlist as tracks: one member may be strange."""
    rows = sum(map(_is_row, found))
    return rows > 0 and rows >= sum(_has_id(member) and not _is_row(member) for member in found)


def _rows(found: list[Any]) -> list[Row | None]:
    if len(found) > _MOST_ROWS:
        raise RawError(f"a list of {len(found)} rows, more than a playlist can have", _ONLY)
    return [_row(row) for row in found]


def _row(found: object) -> Row | None:
    if found is None:
        return None
    if not isinstance(found, dict):
        return Row(track=Strange(reason=f"{shortened(found)} in the place of a row"))
    objects = [song for song in (found.get("item"), found.get("track")) if isinstance(song, dict)]
    track = _track_of_row(objects[0]) if objects else None
    text = found.get("added_at")
    added_at = time_or_none(text) or _instant_of_utc(text)
    if added_at is None and text is not None:
        return UntimedRow(track=track, added_text=shortened(text))
    return Row(added_at, track=track)


def _track_of_row(found: dict[str, Any]) -> Track:
    """Return a row's track object; one without a type needs an album, artists or a name to be a track."""
    track = _track(found)
    if isinstance(track, Strange) or track.type is not None or not track.id:
        return track
    has_some = track.album is not None or bool(track.artists) or track.name is not None
    if has_some and _other_kind(found) is None:
        return track
    return Strange(reason=f"not a track, but {_described([found])}")


def _other_kind(found: dict[str, Any]) -> str | None:
    """Return "album" or "artist" for an object without a type that has fields of these alone; else None."""
    names = {name for name, value in found.items() if value is not None}
    if {"type", "album"} & names:
        return None
    if names.intersection(_ONLY_OF_ALBUMS):
        return "album"
    return "artist" if "artists" not in names and names.intersection(_ONLY_OF_ARTISTS) else None


def _tracks(found: list[Any]) -> list[Track | None]:
    """Return a list of track objects; raises RawError for a list of anything else."""
    tracks = [_listed(member) for member in found] if any(map(_has_id, found)) else []
    if all(track is None or isinstance(track, Strange) for track in tracks):
        raise RawError(f"{_described(found)}, not tracks", _ONLY)
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
    return Strange(reason=track.why_no_song or f"{_described([found])}, not a track")


def _described(found: list[Any]) -> str:
    """Return what a list holds, such as "3 albums"; of a list of one object, what that is."""
    if not found:
        return "an empty list"
    first = next(filter(_is_object, found), None)
    if first is None:
        return f"a list of {len(found)} values like {shortened(found[0])}"
    other = _other_kind(first)
    if other:
        return f"{len(found)} {other}s" if len(found) > 1 else f"an {other}"
    kind = first.get("type")
    has_kind = bool(kind) and isinstance(kind, str)
    which = f"of type {kind[:_SHORT]}" if has_kind else f"with the keys {shortened(', '.join(first))}"
    return f"{len(found)} objects {which}" if len(found) > 1 else f"an object {which}"


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
        return Strange(reason="a text in it has half a surrogate pair")
    return track


def _with_whole_numbers(found: Any) -> Any:
    """Return a value with floats such as 85.0 as whole numbers, at any depth."""
    if isinstance(found, dict):
        return {name: _with_whole_numbers(value) for name, value in found.items()}
    if isinstance(found, list):
        return [_with_whole_numbers(value) for value in found]
    return int(found) if isinstance(found, float) and found.is_integer() else found


def _instant_of_utc(found: object) -> datetime | None:
    """Return a time without a time zone, as UTC; None for anything else, such as a date alone."""
    try:
        return msgspec.convert(found, datetime).replace(tzinfo=UTC) if isinstance(found, str) else None
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def _address(found: object) -> str | None:
    """Return the address of another page. A strange value counts too: it means that there is a page."""
    return text_or_none(found) or (shortened(found) if found else None)


def _number(found: object) -> int | None:
    if (
        isinstance(found, str)
        and found.isascii()
        and found.strip().isdecimal()
        and len(found) < LONGEST_INTEGER
    ):
        return int(found)
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
