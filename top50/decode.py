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
Instant = Annotated[datetime, Meta(tz=True)]


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

    @property
    def album_id(self) -> str | None:
        """The id of its album; an empty one is none."""
        return (self.album.id or None) if self.album else None

    @property
    def artist_id(self) -> str | None:
        """The id of its first artist; an empty one is none."""
        return (self.artists[0].id or None) if self.artists else None

    @property
    def is_full(self) -> bool:
        """Whether it says what only a track object of the Web API does: an album, or how long it is."""
        return self.duration_ms is not None or bool(self.album_id)


class Row(Struct, gc=False):
    """A playlist's row; a list of track objects decodes to rows too, with `type` alone."""

    added_at: Instant | None = None
    item: Track | bool | str | float | list[msgspec.Raw] | None = None
    track: Track | bool | str | float | list[msgspec.Raw] | None = None
    type: str | None = None

    @property
    def song(self) -> Track | None:
        """The track object, from `item` or else `track`; there may be none."""
        if isinstance(self.item, Track):
            return self.item
        return self.track if isinstance(self.track, Track) else None


def songs_in(rows: list[Row | None]) -> list[Track | None]:
    """Return each row's track object, or None: the commonest kinds of row without a call for each."""
    return [
        row.item
        if row and type(row.item) is Track
        else row.track
        if row and row.item is None and type(row.track) is Track
        else row.song
        if row
        else None
        for row in rows
    ]


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
    error: msgspec.Raw = msgspec.Raw()
    top50_envelope: int | None = None
    source: str | None = None
    playlist: str | None = None
    observed_at: Instant | None = None
    asked: list[str] | None = None
    answers: list["Document | list[Track | None]"] | None = None
    chartEntryViewResponses: msgspec.Raw = msgspec.Raw()  # noqa: N815 - the charts page's name for its charts

    @property
    def page(self) -> Page | None:
        """The rows as a page, wherever this shape has them."""
        if isinstance(self.items, list):
            return Page(self.items, self.total)
        pages = [page for page in (self.items, self.tracks) if isinstance(page, Page)]
        return next((page for page in pages if page.items), pages[0] if pages else None)


class _TracksInItems(Struct, gc=False):
    items: list[Track | None]


class _TracksInAnswers(Struct, gc=False):
    answers: list[_TracksInItems]


_document = msgspec.json.Decoder(Document)
_tracks_in_answers = msgspec.json.Decoder(_TracksInAnswers)
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
    """Decode `items` once more where its rows turn out to be tracks themselves."""
    if _has_bare_tracks(document):
        document.tracks = _tracks_in_items.decode(content).items
        document.items = None
    elif document.answers and all(_has_bare_tracks(answer) for answer in document.answers):
        answers = _tracks_in_answers.decode(content).answers
        document.answers = [answer.items for answer in answers]
    return document


def _has_bare_tracks(document: Document | list[Track | None]) -> bool:
    rows = document.items if isinstance(document, Document) else None
    if not isinstance(rows, list) or not rows:
        return False
    return any(rows) and all(row is None or (row.type == "track" and not row.song) for row in rows)
