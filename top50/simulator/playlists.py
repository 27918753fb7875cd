"""Playlists as Spotify writes them: rows, pages of rows, and the whole object, minified."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from top50.simulator.strange_rows import StrangeRows, strange_song
from top50.simulator.tracks import AppKind, Json, identity, track_json
from top50.simulator.world.calendars import CHARTS, Chart, chart_date, refreshed_at, timestamp
from top50.simulator.world.ranking import SIZE, Entry, top

MIRROR = "0simMirrorPlaylist0000"  # the user's own, a copy of the weekly chart
SOMEBODY_ELSES = "0simSomeoneElses000000"  # a stranger's, with the same songs
USER, STRANGER, SPOTIFY = "0simuser", "0simstranger", "spotify"
NAMES = {USER: "You", STRANGER: "A Stranger", SPOTIFY: "Spotify"}
PAGE: dict[AppKind, int] = {"extended": 100, "development": 50}  # the most rows inside a playlist object


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist with the rows of `chart`."""

    playlist_id: str
    title: str
    owner: str
    chart: Chart


PLAYLISTS = {
    **{
        chart.playlist_id: Playlist(chart.playlist_id, chart.title, SPOTIFY, chart)
        for chart in CHARTS.values()
    },
    MIRROR: Playlist(MIRROR, "My copy of the chart", USER, CHARTS["global-weekly"]),
    SOMEBODY_ELSES: Playlist(SOMEBODY_ELSES, "Somebody else's copy", STRANGER, CHARTS["global-weekly"]),
}


@dataclass(frozen=True)
class View:
    """A playlist as one app sees it at one moment."""

    playlist: Playlist
    now: datetime
    seed: int
    app: AppKind
    base_url: str
    strange: StrangeRows = field(default_factory=dict)

    @property
    def href(self) -> str:
        """The address of the playlist itself."""
        return f"{self.base_url}/playlists/{self.playlist.playlist_id}"

    @property
    def refreshed(self) -> datetime:
        """When its rows were added."""
        return refreshed_at(self.playlist.chart, self.now)

    def entries(self) -> tuple[Entry, ...]:
        """Return all 50 entries, the most played first."""
        chart = self.playlist.chart
        return top(chart, chart_date(chart, self.now).toordinal(), self.seed)


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows a page holds, and the part of the query that its addresses repeat."""

    offset: int
    limit: int
    query: str = ""


def page(view: View, path: str, names: tuple[str, ...], window: Window) -> bytes:
    """Return a paging object under `path`, `tracks` or `items`; `names`: a row's fields with its song."""

    def address(start: int) -> str:
        return f"{view.href}/{path}?offset={start}&limit={window.limit}{window.query}"

    offset, following = window.offset, window.offset + window.limit
    fields = {
        "limit": window.limit,
        "next": address(following) if following < SIZE else None,
        "offset": offset,
        "previous": address(max(0, offset - window.limit)) if offset else None,
        "total": SIZE,
    }
    owner = view.playlist.owner
    adder = msgspec.json.encode(user("" if owner == SPOTIFY else owner, view.base_url))
    added = b'{"added_at":"%s","added_by":%s' % (timestamp(view.refreshed).encode(), adder)
    entries = list(enumerate(view.entries(), start=1))[offset:following]
    rows = b",".join(_row(view, rank, entry, added, names) for rank, entry in entries)
    href, tail = msgspec.json.encode(address(offset)), msgspec.json.encode(fields)
    return b'{"href":%s,"items":[%s],%s' % (href, rows, tail[1:])


def playlist_json(view: View, *, query: str = "", doubled: bool = False, songs: bool = True) -> bytes:
    """Return a playlist object, its first page under `tracks` (extended) or `items` (development).

    `doubled`: under both, and each row's song under both `track` and `item`, as some answers of 2026 have it.
    Without `songs` there is no page, as in a development app's view of a playlist that is not its user's.
    """
    extended = view.app == "extended"
    names = ("track", "item") if doubled else ("track",) if extended else ("item",)
    paths = ("tracks", "items") if doubled else ("tracks",) if extended else ("items",)
    window = Window(0, PAGE[view.app], query)
    pages = [b'"%s":%s,' % (path.encode(), page(view, path, names, window)) for path in paths if songs]
    tail = {"type": "playlist", "uri": f"spotify:playlist:{view.playlist.playlist_id}"}
    return msgspec.json.encode(_head(view))[:-1] + b"," + b"".join(pages) + msgspec.json.encode(tail)[1:]


def _head(view: View) -> Json:
    playlist = view.playlist
    version = f"{view.seed}/{playlist.playlist_id}/{timestamp(view.refreshed)}"
    owner = {**user(playlist.owner, view.base_url), "display_name": NAMES[playlist.owner]}
    named = identity("playlist", playlist.playlist_id, view.base_url)
    del named["uri"]  # the last field of a playlist, as Spotify orders them
    return {
        "collaborative": False,
        "description": f"{playlist.title}: a simulation, every song is invented.",
        **named,
        **({"followers": {"href": None, "total": 16_000_000}} if view.app == "extended" else {}),
        "images": [{"height": None, "url": f"https://images.example/{playlist.playlist_id}", "width": None}],
        "name": playlist.title,
        "owner": owner,
        "primary_color": None,
        "public": True,
        "snapshot_id": base64.b64encode(hashlib.sha256(version.encode()).digest()[:24]).decode(),
    }


def user(name: str, base_url: str) -> Json:
    """Return a user object; the rows of Spotify's own playlists were added by the user named ""."""
    return {**identity("user", name, base_url), "type": "user"}


def _row(view: View, rank: int, entry: Entry, added: bytes, names: tuple[str, ...]) -> bytes:
    kind = view.strange.get(rank)
    if kind == "null_row":
        return b"null"
    if kind is None:
        song = track_json(entry, view.app, view.base_url)
    else:
        song = msgspec.json.encode(strange_song(kind, entry, view.app, view.base_url))
    songs = b"".join(b'"%s":%s,' % (name.encode(), song) for name in names)
    local = b"true" if kind == "local" else b"false"
    return added + b',"is_local":%s,"primary_color":null,%s"video_thumbnail":{"url":null}}' % (local, songs)
