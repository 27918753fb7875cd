"""The typed shapes of what Spotify sends; https://developer.spotify.com/documentation/web-api.

Every field is optional, because the two kinds of app get different ones and Spotify drops some
now and then. A field of a wrong type is not guessed at: the whole raw object is set aside.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from top50.errors import RawError

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


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
    """A track; an episode and a local file come in the same place."""

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


class Row(Struct, gc=False):
    """A playlist's row; a list of track objects decodes to rows too, with `type` alone."""

    added_at: datetime | None = None
    item: Track | bool | str | float | list[msgspec.Raw] | None = None
    track: Track | bool | str | float | list[msgspec.Raw] | None = None
    type: str | None = None

    @property
    def song(self) -> Track | None:
        """The track object, from `item` or else `track`; there may be none."""
        for candidate in (self.item, self.track):
            if isinstance(candidate, Track):
                return candidate
        return None


class Page(Struct, gc=False):
    """A paging object of rows."""

    items: list[Row | None] | None = None
    total: int | None = None


class Document(Struct, gc=False):
    """Any JSON object we may find: a paging object, a playlist, an error, or our envelope around some."""

    items: list[Row | None] | Page | None = None
    tracks: Page | list[Track | None] | None = None
    total: int | None = None
    id: str | None = None
    href: str | None = None
    type: str | None = None
    snapshot_id: str | None = None
    error: object = None
    top50_envelope: int | None = None
    source: str | None = None
    playlist: str | None = None
    observed_at: datetime | None = None
    answers: list["Document | list[Track | None]"] | None = None

    @property
    def page(self) -> Page | None:
        """The rows as a page, wherever this shape has them."""
        if isinstance(self.items, Page):
            return self.items
        if self.items is not None:
            return Page(self.items, self.total)
        return self.tracks if isinstance(self.tracks, Page) else None


class _TracksInItems(Struct, gc=False):
    items: list[Track | None]


_document = msgspec.json.Decoder(Document)
_tracks = msgspec.json.Decoder(list[Track | None])
_tracks_in_items = msgspec.json.Decoder(_TracksInItems)


def decode_document(content: bytes) -> Document:
    """Decode a JSON object, or a list of track objects (as `tracks`); raises RawError."""
    try:
        if content.lstrip()[:1] == b"[":
            return Document(tracks=_tracks.decode(content))
        return _with_bare_tracks(_document.decode(content), content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RawError(
            f"no JSON that Spotify sends: {error}", "Fetch it again, or mend it and put it back."
        ) from None


def _with_bare_tracks(document: Document, content: bytes) -> Document:
    rows = document.items
    if isinstance(rows, list) and rows and all(row and row.type == "track" and not row.song for row in rows):
        document.tracks = _tracks_in_items.decode(content).items
        document.items = None
    return document
