"""Rows that break parsers, in the shapes in which Spotify really sends them."""

from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import quote_plus

from top50.simulator.tracks import AppKind, Json, identity, images, track_object
from top50.simulator.world import ids
from top50.simulator.world.names import MARKETS
from top50.simulator.world.ranking import Entry

Strange = Literal["null_track", "ghost", "local", "episode", "year_only", "relinked", "null_row"]
StrangeRows = Mapping[int, Strange]  # rank, the first being 1 → the row there

SPOKEN: Json = {
    "available_markets": MARKETS,
    "description": "Two people talk.",
    "explicit": False,
    "html_description": "<p>Two people talk.</p>",
    "is_externally_hosted": False,
    "languages": ["en"],
}
SHOW: Json = {
    "copyrights": [],
    "media_type": "audio",
    "name": "Two Talk",
    "publisher": "Nobody",
    "total_episodes": 12,
    "type": "show",
}
EPISODE: Json = {
    "audio_preview_url": None,
    "episode": True,
    "language": "en",
    "name": "Two Talk, Part One",
    "release_date": "2024-11-27",
    "release_date_precision": "day",
    "track": False,
    "type": "episode",
}


def strange_song(kind: Strange, entry: Entry, app: AppKind, base_url: str) -> Json | None:
    """Return what a row carries in place of the entry's song; None: the song is null. Not for `null_row`."""
    if kind == "null_track":
        return None
    return MAKERS[kind](track_object(entry, app, base_url), base_url)


def _ghost(track: Json, _: str) -> Json:
    """Return a song that Spotify has taken down: its ids remain, and nothing else."""
    nobody: Json = {**track["artists"][0], "name": ""}
    empty: Json = {"images": [], "name": "", "release_date": "0000", "release_date_precision": "year"}
    album: Json = {**track["album"], **empty, "artists": [{**nobody, "name": "Various Artists"}]}
    gone: Json = {"name": "", "duration_ms": 0, "preview_url": None, "external_ids": {}, "artists": [nobody]}
    popularity: Json = {"popularity": 0} if "popularity" in track else {}
    markets: Json = {"available_markets": []} if "available_markets" in track else {}
    return {**track, **gone, **popularity, **markets, "album": {**album, **markets}}


def _local(track: Json, _: str) -> Json:
    """Return a file on the disk of the playlist's owner: a name, but no id."""
    none: Json = {"external_urls": {}, "href": None, "id": None, "uri": None}
    singer: Json = {**none, "name": track["artists"][0]["name"], "type": "artist"}
    dates: Json = {"album_type": None, "release_date": None, "release_date_precision": None}
    lists: Json = {"images": [], "artists": [], "available_markets": []}
    album: Json = {**none, **dates, **lists, "name": track["album"]["name"], "type": "album"}
    parts = (singer["name"], album["name"], track["name"], str(track["duration_ms"] // 1000))
    uri = "spotify:local:" + ":".join(quote_plus(part) for part in parts)
    numbers: Json = {"disc_number": 0, "track_number": 0, "external_ids": {}, "is_local": True}
    gone: Json = {**numbers, **none, "uri": uri, "preview_url": None, "album": album, "artists": [singer]}
    local = {key: track[key] for key in ("name", "duration_ms", "explicit", "type")} | gone
    if "popularity" not in track:
        return _without_markets(local)
    return {**local, "popularity": 0, "available_markets": []}


def _episode(track: Json, base_url: str) -> Json:
    """Return an episode of a podcast: no artists, no album."""
    number = track["duration_ms"]
    show_id, episode_id = ids.encode("show", number, 0), ids.encode("episode", number, 0)
    show = {**identity("show", show_id, base_url), **SPOKEN, **SHOW, "images": images(show_id)}
    named = {**identity("episode", episode_id, base_url), "duration_ms": number, "images": images(show_id)}
    episode = {**named, **SPOKEN, **EPISODE, "show": show}
    return episode if "popularity" in track else _without_markets(episode)


def _year_only(track: Json, _: str) -> Json:
    return {**track, "album": {**track["album"], "release_date": "1963", "release_date_precision": "year"}}


def _relinked(track: Json, base_url: str) -> Json:
    """Return a recording in place of one that is not sold here; development apps cannot see that."""
    if "popularity" not in track:
        return track
    original = {**identity("track", ids.encode("track", ids.LARGEST - 1, 0), base_url), "type": "track"}
    return {**_without_markets(track), "is_playable": True, "linked_from": original}


def _without_markets(song: Json) -> Json:
    """Return an object without `available_markets`, also in the objects inside."""
    inside = {
        key: _without_markets(value) if isinstance(value, dict) else value for key, value in song.items()
    }
    return {key: value for key, value in inside.items() if key != "available_markets"}


MAKERS: dict[str, Callable[[Json, str], Json]] = {
    "ghost": _ghost,
    "local": _local,
    "episode": _episode,
    "year_only": _year_only,
    "relinked": _relinked,
}
