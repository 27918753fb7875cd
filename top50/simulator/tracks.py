"""Track objects as Spotify writes them, in JSON, cached: a song in many charts is encoded once."""

from functools import lru_cache
from typing import Any, Literal

import msgspec

from top50.simulator.world.names import markets_of
from top50.simulator.world.ranking import Entry
from top50.simulator.world.songs import Artist, Edition, Song

AppKind = Literal["extended", "development"]
Json = dict[str, Any]

OPEN = "https://open.spotify.com"
IMAGE_SIZES = {640: "b273", 300: "1e02", 64: "4851"}  # pixels, and how Spotify's addresses name them
POPULARITY = b'"popularity":-1'  # in the cached JSON; the day's figure replaces it


def track_json(entry: Entry, app: AppKind, base_url: str) -> bytes:
    """Return the full track object of a chart entry, minified."""
    cached = _cached(entry.song, entry.edition, app, base_url)
    return cached.replace(POPULARITY, b'"popularity":%d' % entry.popularity, 1)


def track_object(entry: Entry, app: AppKind, base_url: str) -> Json:
    """Return the same as a dictionary of its own, to be changed."""
    track: Json = msgspec.json.decode(track_json(entry, app, base_url))
    return track


def identity(kind: str, name_of: str, base_url: str) -> Json:
    """Return the four fields that identify every object of Spotify: external_urls, href, id, uri."""
    return {
        "external_urls": {"spotify": f"{OPEN}/{kind}/{name_of}"},
        "href": f"{base_url}/{kind}s/{name_of}",
        "id": name_of,
        "uri": f"spotify:{kind}:{name_of}",
    }


def artist_object(artist: Artist, base_url: str) -> Json:
    """Return a simplified artist object."""
    return {**identity("artist", artist.artist_id, base_url), "name": artist.name, "type": "artist"}


def images(seed: str) -> list[Json]:
    """Return three cover images; their host is not Spotify's, which has no invented ones."""
    return [
        {"url": f"https://images.example/{code}/{seed}", "width": size, "height": size}
        for size, code in IMAGE_SIZES.items()
    ]


@lru_cache(maxsize=4096)
def _cached(song: Song, edition: Edition, app: AppKind, base_url: str) -> bytes:
    markets = {"available_markets": markets_of(song.number)} if app == "extended" else {}
    has_preview = app == "extended" and song.number % 3
    album = edition.album
    track = {
        "preview_url": f"https://previews.example/mp3-preview/{song.isrc}" if has_preview else None,
        **markets,
        "explicit": song.explicit,
        "type": "track",
        "episode": False,
        "track": True,
        "album": {
            **markets,
            "type": "album",
            "album_type": album.album_type,
            "images": images(album.album_id),
            "name": album.name,
            "release_date": album.release_date,
            "release_date_precision": album.precision,
            **identity("album", album.album_id, base_url),
            "artists": [artist_object(artist, base_url) for artist in album.artists],
            "total_tracks": album.total_tracks,
        },
        "artists": [artist_object(artist, base_url) for artist in song.artists],
        "disc_number": 1,
        "track_number": edition.track_number,
        "duration_ms": song.duration_ms,
        "external_ids": {"isrc": song.isrc},
        **identity("track", edition.track_id, base_url),
        "name": song.name,
        **({"popularity": -1} if app == "extended" else {}),
        "is_local": False,
    }
    return msgspec.json.encode(track)
