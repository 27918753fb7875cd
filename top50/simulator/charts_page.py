"""What the page charts.spotify.com reads, without a login: the newest weekly charts, key by key as it is.

Three charts of 50 entries each, of songs, albums and artists. What the page does not tell is there all the
same: peaks and counts are 0, dates are "", labels are []; no entry has plays.
"""

from collections.abc import Iterable
from datetime import date, datetime

from top50.simulator.answers import Answer, Call, RefusedError, error, json_answer
from top50.simulator.calendars import CHARTS, chart_date, parse_instant, refreshed_at
from top50.simulator.songs import Album, Artist
from top50.simulator.standings import Standing, standings
from top50.simulator.state import State
from top50.simulator.tracks import Json, images

CHARTS_PATH = "/public/v0/charts"
SHOWN = 50
"""The page cuts its charts of 200 to these: a previous rank may lie beyond."""
COLORS = {"REGIONAL": "#773795", "ALBUM": "#006450", "ARTIST": "#2D46B9"}
EARLIEST = {"REGIONAL": "2016-12-29", "ALBUM": "2020-10-15", "ARTIST": "2021-10-21"}
ENTITIES = {"REGIONAL": "TRACK", "ALBUM": "ALBUM", "ARTIST": "ARTIST"}


def charts(state: State, call: Call) -> Answer:
    """`GET /public/v0/charts`, as of the clock or of the header `Simulator-Now`."""
    weekly = CHARTS["global-weekly"]
    day = chart_date(refreshed_at(weekly, _now(state, call)))
    rows = standings(weekly, day.toordinal(), state.seed)
    albums = list(dict.fromkeys(row.entry.edition.album for row in rows))[:SHOWN]
    artists = list(dict.fromkeys(artist for row in rows for artist in row.entry.song.artists))[:SHOWN]
    views = [
        _view("REGIONAL", "Songs", day, map(_song_entry, rows[:SHOWN])),
        _view("ALBUM", "Albums", day, _standing_still("albumMetadata", map(_album, albums))),
        _view("ARTIST", "Artists", day, _standing_still("artistMetadata", map(_artist, artists))),
    ]
    return json_answer({"chartEntryViewResponses": views})


def _now(state: State, call: Call) -> datetime:
    asked = call.headers.get("simulator-now")
    try:
        now = parse_instant(asked) if asked else state.clock()
        refreshed_at(CHARTS["global-weekly"], now)
    except ValueError as problem:
        raise RefusedError(error(400, str(problem))) from problem
    return now


def _view(kind: str, things: str, day: date, entries: Iterable[Json]) -> Json:
    ranked = list(entries)
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
    return {
        "countryFilters": [],
        "displayChart": {
            "date": day.isoformat(),
            "chartMetadata": metadata,
            "description": f"Weekly top {things.lower()}: a simulation, everything is invented.",
        },
        "entries": ranked,
        "highlights": [_highlight(kind, things, day)],
        "chartNavigationFilters": [],
    }


def _highlight(kind: str, things: str, day: date) -> Json:
    return {
        "type": "LONGEST_STREAK",
        "text": f"Invented: one of the {things.lower()} has been on the chart the longest.",
        "displayImageUri": images(things)[0]["url"],
        "backgroundColor": COLORS[kind],
        "chartLabel": f"Top {things} Global",
        "dateLabel": "",
        "chartUri": f"/charts/view/{kind.lower()}-global-weekly/{day}",
    }


def _song_entry(row: Standing) -> Json:
    return _entry(row.rank, row.previous_rank, _status(row), "trackMetadata", _song(row))


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


def _status(row: Standing) -> str:
    if row.previous_rank == -1:
        return "NEW_ENTRY" if row.appearances == 1 else "RE_ENTRY"
    if row.previous_rank == row.rank:
        return "NO_CHANGE"
    return "MOVED_UP" if row.rank < row.previous_rank else "MOVED_DOWN"


def _song(row: Standing) -> Json:
    song, edition = row.entry.song, row.entry.edition
    return {
        "trackName": song.name,
        "trackUri": f"spotify:track:{edition.track_id}",
        "displayImageUri": images(edition.album.album_id)[1]["url"],
        "artists": [_named(artist) for artist in song.artists],
        "producers": [],
        "labels": [],
        "songWriters": [],
        "releaseDate": "",
    }


def _named(artist: Artist) -> Json:
    return {"name": artist.name, "spotifyUri": f"spotify:artist:{artist.artist_id}", "externalUrl": ""}


def _standing_still(kind: str, metadata: Iterable[Json]) -> Iterable[Json]:
    """Entries that stand where they stood the week before."""
    for rank, content in enumerate(metadata, start=1):
        yield _entry(rank, rank, "NO_CHANGE", kind, content)


def _album(album: Album) -> Json:
    return {
        "albumName": album.name,
        "albumUri": f"spotify:album:{album.album_id}",
        "displayImageUri": images(album.album_id)[1]["url"],
        "artists": [_named(artist) for artist in album.artists],
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
