"""What the page charts.spotify.com reads, without a login: the newest weekly charts, key by key as it is.

Three charts of 50 entries each, of songs, albums and artists. What the page leaves out is there all the same:
peaks and counts are 0, dates are "", labels are []; no entry has plays.
"""

from collections.abc import Iterable
from datetime import date

from top50.simulator.answers import Answer, Call, RefusedError, error, json_answer
from top50.simulator.state import Simulator
from top50.simulator.tracks import Json, images
from top50.simulator.world.calendars import CHARTS, chart_date, parse_instant
from top50.simulator.world.ranking import Standing, standings
from top50.simulator.world.songs import Album, Artist

# The page cuts its charts of 200 to these: a previous rank may be beyond them.
ENTRIES = 50
COLORS = {"REGIONAL": "#773795", "ALBUM": "#006450", "ARTIST": "#2D46B9"}
EARLIEST = {"REGIONAL": "2016-12-29", "ALBUM": "2020-10-15", "ARTIST": "2021-10-21"}
ENTITIES = {"REGIONAL": "TRACK", "ALBUM": "ALBUM", "ARTIST": "ARTIST"}


def charts(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET /public/v0/charts`, as of the clock or of the header `Simulator-Now`."""
    weekly = CHARTS["global-weekly"]
    requested = call.headers.get("simulator-now")
    try:
        day = chart_date(weekly, parse_instant(requested) if requested else simulator.clock())
    except ValueError as problem:
        raise RefusedError(error(400, str(problem))) from problem
    rows = standings(weekly, day.toordinal(), simulator.seed)
    albums = list(dict.fromkeys(row.entry.edition.album for row in rows))[:ENTRIES]
    artists = list(dict.fromkeys(artist for row in rows for artist in row.entry.song.artists))[:ENTRIES]
    views = [
        _view("REGIONAL", "Songs", day, [_song(row) for row in rows[:ENTRIES]]),
        _view("ALBUM", "Albums", day, _unmoved("albumMetadata", map(_album, albums))),
        _view("ARTIST", "Artists", day, _unmoved("artistMetadata", map(_artist, artists))),
    ]
    return json_answer({"chartEntryViewResponses": views})


def _view(kind: str, things: str, day: date, entries: list[Json]) -> Json:
    metadata = {
        "uri": f"spotify:chart:{kind.lower()}-global-weekly",
        "alias": f"{kind}_GLOBAL_WEEKLY",
        "entityType": ENTITIES[kind],
        "readableTitle": f"Weekly Top {things}: Global",
        "backgroundColor": COLORS[kind],
        "textColor": "#FFFFFF",
        "dimensions": {
            "latestDate": day.isoformat(),
            "earliestDate": EARLIEST[kind],
            "country": "GLOBAL",
            "chartType": f"TOP_{ENTITIES[kind]}",
            "recurrence": "WEEKLY",
            "genre": "",
            "city": "",
        },
    }
    highlight = {
        "type": "LONGEST_STREAK",
        "text": f"Invented: one of the {things.lower()} has been on the chart the longest.",
        "displayImageUri": images(things)[0]["url"],
        "backgroundColor": COLORS[kind],
        "chartLabel": f"Top {things} Global",
        "dateLabel": "",
        "chartUri": f"/charts/view/{kind.lower()}-global-weekly/{day}",
    }
    return {
        "countryFilters": [],
        "displayChart": {
            "date": day.isoformat(),
            "chartMetadata": metadata,
            "description": f"Weekly top {things.lower()}: a simulation, everything is invented.",
        },
        "entries": entries,
        "highlights": [highlight],
        "chartNavigationFilters": [],
    }


def _song(row: Standing) -> Json:
    song, edition = row.entry.song, row.entry.edition
    if row.previous_rank == -1:
        status = "NEW_ENTRY" if row.appearances == 1 else "RE_ENTRY"
    elif row.previous_rank == row.rank:
        status = "NO_CHANGE"
    else:
        status = "MOVED_UP" if row.rank < row.previous_rank else "MOVED_DOWN"
    metadata = {
        "trackName": song.name,
        "trackUri": f"spotify:track:{edition.track_id}",
        "displayImageUri": images(edition.album.album_id)[1]["url"],
        "artists": _names(song.artists),
        "producers": [],
        "labels": [],
        "songWriters": [],
        "releaseDate": "",
    }
    return _entry(row.rank, row.previous_rank, status, "trackMetadata", metadata)


def _unmoved(kind: str, metadata: Iterable[Json]) -> list[Json]:
    """Return entries with the ranks of the week before."""
    return [_entry(rank, rank, "NO_CHANGE", kind, content) for rank, content in enumerate(metadata, start=1)]


def _entry(rank: int, previous: int, status: str, kind: str, metadata: Json) -> Json:
    data = {
        "currentRank": rank,
        "previousRank": previous,
        "peakRank": 0,
        "appearancesOnChart": 0,
        "consecutiveAppearancesOnChart": 0,
        "entryStatus": status,
        "peakDate": "",
        "entryRank": 0,
        "entryDate": "",
    }
    return {"chartEntryData": data, "missingRequiredFields": False, kind: metadata}


def _album(album: Album) -> Json:
    return {
        "albumName": album.name,
        "albumUri": f"spotify:album:{album.album_id}",
        "displayImageUri": images(album.album_id)[1]["url"],
        "artists": _names(album.artists),
        "labels": [],
        "releaseDate": "",
    }


def _artist(artist: Artist) -> Json:
    return {
        "artistName": artist.name,
        "artistUri": f"spotify:artist:{artist.artist_id}",
        "displayImageUri": images(artist.artist_id)[1]["url"],
        "socialMedia": [],
    }


def _names(artists: tuple[Artist, ...]) -> list[Json]:
    return [
        {"name": artist.name, "spotifyUri": f"spotify:artist:{artist.artist_id}", "externalUrl": ""}
        for artist in artists
    ]
