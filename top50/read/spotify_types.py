"""The types of what Spotify's Web API sends; https://developer.spotify.com/documentation/web-api.

Every field is optional, because the two kinds of app get different ones and Spotify drops some now and then.
Decoding is strict and fast; lenient_playlist.py reads what does not match these types.
"""

import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Instant = Annotated[datetime, Meta(tz=True)]

_ID = re.compile(r"[0-9A-Za-z]{22}")


def is_id(text: str) -> bool:
    """Whether a text is an id of Spotify's: 22 characters of base 62."""
    return _ID.fullmatch(text) is not None


class Addresses(Struct, gc=False):
    """`external_urls`."""

    spotify: str | None = None


class Identifiers(Struct, gc=False):
    """`external_ids`."""

    isrc: str | None = None


class Image(Struct, gc=False):
    """One size of a cover."""

    url: str | None = None


class Artist(Struct, gc=False):
    """An artist as tracks name it."""

    id: str | None = None
    name: str | None = None
    external_urls: Addresses | None = None


class Album(Struct, gc=False):
    """An album as tracks name it; images come widest first."""

    id: str | None = None
    name: str | None = None
    album_type: str | None = None
    release_date: str | None = None
    release_date_precision: str | None = None
    total_tracks: Int32 | None = None
    external_urls: Addresses | None = None
    images: list[Image] | None = None


class Track(Struct, gc=False):
    """A track; an episode or a local file may be in its place."""

    id: str | None = None
    name: str | None = None
    type: str | None = None
    duration_ms: Int64 | None = None
    explicit: bool | None = None
    popularity: Int32 | None = None
    album: Album | None = None
    artists: list[Artist] | None = None
    external_ids: Identifiers | None = None
    external_urls: Addresses | None = None

    @property
    def why_no_song(self) -> str | None:
        """Why it is not a song of Spotify's; None if it is one."""
        if self.type is not None and self.type != "track":
            return f"its type is {self.type[:50]!r}, not track"
        if not self.id:
            return "no id: a local file or a removed track"
        ids = [self.id, self.album_id, *(artist.id for artist in self.artists or ())]
        wrong = next((text for text in ids if text and not is_id(text)), None)
        return f"{wrong[:50]!r} is not a Spotify id" if wrong is not None else None

    @property
    def album_id(self) -> str | None:
        """The id of its album; None for an empty one."""
        return (self.album.id or None) if self.album else None

    @property
    def artist_id(self) -> str | None:
        """The id of its first artist; None for an empty one."""
        return (self.artists[0].id or None) if self.artists else None

    @property
    def is_full(self) -> bool:
        """Whether it has what only a track object of the Web API has: an album or a duration."""
        return self.duration_ms is not None or bool(self.album_id)


class Strange(Track, gc=False):
    """What is in the place of a track and cannot be read as one, and why."""

    reason: str = ""

    @property
    def why_no_song(self) -> str | None:
        """Why it is not a song."""
        return self.reason


class Row(Struct, gc=False):
    """A playlist's row."""

    added_at: Instant | None = None
    item: Track | bool | str | float | list[msgspec.Raw] | None = None
    track: Track | bool | str | float | list[msgspec.Raw] | None = None

    @property
    def song(self) -> Track | None:
        """The track object in `item`, else in `track`; None without one."""
        if isinstance(self.item, Track):
            return self.item
        return self.track if isinstance(self.track, Track) else None


class UntimedRow(Row, gc=False):
    """A row whose `added_at` is not a time; `added_text` is what it is."""

    added_text: str = ""


class Page(Struct, gc=False):
    """A paging object of rows; `next` is the address of the rows that follow."""

    items: list[Row | None] | None = None
    total: int | None = None
    offset: int | None = None
    href: str | None = None
    next: str | None = None
    previous: str | None = None


class Document(Struct, gc=False):
    """A JSON object with rows or tracks: a page, a playlist, an error, or our envelope around them."""

    items: list[Row | None] | Page | None = None
    tracks: Page | list[Track | None] | None = None
    total: int | None = None
    offset: int | None = None
    id: str | None = None
    href: str | None = None
    next: str | None = None
    previous: str | None = None
    uri: str | None = None
    external_urls: Addresses | None = None
    type: str | None = None
    error: msgspec.Raw = msgspec.Raw()
    source: str | None = None
    playlist: str | None = None
    observed_at: Instant | None = None
    asked: list[str] | None = None
    answers: list["Document | list[Track | None]"] | None = None

    @property
    def page(self) -> Page | None:
        """The rows as a page, wherever they are in this object; None without rows."""
        if isinstance(self.items, list):
            return Page(self.items, self.total, self.offset, self.href, self.next, self.previous)
        pages = [page for page in (self.items, self.tracks) if isinstance(page, Page)]
        return next((page for page in pages if page.items), pages[0] if pages else None)


Answers = list[Document | list[Track | None]]

_document = msgspec.json.Decoder(Document)
_tracks = msgspec.json.Decoder(list[Track | None])


def decode_document(content: bytes) -> Document | None:
    """Decode a JSON object or a list of track objects (as `tracks`) whose every field is of its type.

    None for all else: lenient_playlist.py reads that, at a tenth of the speed.
    """
    try:
        is_list = content.lstrip()[:1] == b"["
        document = Document(tracks=_tracks.decode(content)) if is_list else _document.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    answers = [document] if document.answers is None else document.answers
    return document if answers and all(map(_is_plain, answers)) else None


def _is_plain(answer: Document | list[Track | None]) -> bool:
    """Whether strict decoding has found everything: each row has its track object, each track an id."""
    if not isinstance(answer, Document):
        tracks = [track for track in answer if track is not None]
        sure = [track.type is not None or track.album is not None for track in tracks]
        return bool(answer) and all(sure) and all(map(is_listed_track, tracks))
    if answer.error:
        return True
    if answer.type not in {None, "playlist"}:
        return False
    page = answer.page
    if page is None:
        return isinstance(answer.tracks, list) and _is_plain(answer.tracks)
    rows = page.items
    if rows is None:
        return False
    songs = [row.item if type(row.item) is Track else row.track for row in rows if row]
    # Without a type and an album, fields that are not decoded here may decide whether it is a track.
    sure = [type(song) is Track and (song.type is not None or song.album is not None) for song in songs]
    return all(sure)


def is_listed_track(track: Track) -> bool:
    """Whether an object of a list is a track: by its type, or if it has none, by its album or artists."""
    if not track.id or not is_id(track.id):
        return False
    return track.type == "track" or (track.type is None and bool(track.album or track.artists))
