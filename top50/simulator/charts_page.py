"""What the page charts.spotify.com reads, without a login: the newest weekly charts.

The songs' chart is the second of three, so that readers go by its alias. Of the albums and artists only a few
are there, and their entries have no `rankingMetric`.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from top50.simulator.answers import Answer, Call, RefusedError, error, json_answer
from top50.simulator.calendars import CHARTS, chart_date, parse_instant, refreshed_at
from top50.simulator.labels import label_of
from top50.simulator.songs import Album, Artist
from top50.simulator.standings import Standing, standings
from top50.simulator.state import State
from top50.simulator.tracks import OPEN, Json, images

CHARTS_PATH = "/public/v0/charts"
FEW = 5


def charts(state: State, call: Call) -> Answer:
    """`GET /public/v0/charts`, as of the clock or of the header `Simulator-Now`."""
    weekly = CHARTS["global-weekly"]
    day = chart_date(refreshed_at(weekly, _now(state, call)))
    rows = standings(weekly, day.toordinal(), state.seed)
    albums = list(dict.fromkeys(row.entry.edition.album for row in rows))[:FEW]
    artists = list(dict.fromkeys(artist for row in rows for artist in row.entry.song.artists))[:FEW]
    views = [
        _view("ALBUM", "album", day, _few(day, "albumMetadata", map(_album, albums))),
        _view("REGIONAL", "track", day, map(_song_entry, rows)),
        _view("ARTIST", "artist", day, _few(day, "artistMetadata", map(_artist, artists))),
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


def _view(kind: str, entity: str, day: date, entries: Iterable[Json]) -> Json:
    title = f"Weekly Top {entity.title()}s Global"
    dimensions = {"chartType": kind, "country": "GLOBAL", "recurrence": "WEEKLY"}
    metadata = {
        "uri": f"spotify:chart:{kind.lower()}-global-weekly",
        "alias": f"{kind}_GLOBAL_WEEKLY",
        "entityType": entity.upper(),
        "readableTitle": title,
        "dimensions": dimensions,
    }
    description = f"{title}: a simulation, everything is invented."
    chart = {"date": day.isoformat(), "description": description, "chartMetadata": metadata}
    return {"displayChart": chart, "entries": list(entries)}


def _song_entry(row: Standing) -> Json:
    data = _places(row.rank, row.previous_rank, row.peak_rank, row.peak_date) | {
        "appearancesOnChart": row.appearances,
        "consecutiveAppearancesOnChart": row.consecutive,
        "rankingMetric": {"value": str(row.streams), "type": "STREAMS"},
        "entryStatus": _status(row),
        "entryRank": row.entry_rank,
        "entryDate": row.entry_date.isoformat(),
    }
    return {"chartEntryData": data, "missingRequiredFields": False, "trackMetadata": _song(row)}


def _places(rank: int, previous: int, peak: int, peak_date: date) -> Json:
    return {
        "currentRank": rank,
        "previousRank": previous,
        "peakRank": peak,
        "peakDate": peak_date.isoformat(),
    }


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
        "displayImageUri": images(edition.album.album_id)[0]["url"],
        "artists": [_named(artist) for artist in song.artists],
        "producers": [],
        "labels": [{"name": label_of(song), "spotifyUri": "", "externalUrl": ""}],
        "songWriters": [],
        "releaseDate": edition.album.release_date,
    }


def _named(artist: Artist) -> Json:
    return {
        "name": artist.name,
        "spotifyUri": f"spotify:artist:{artist.artist_id}",
        "externalUrl": f"{OPEN}/artist/{artist.artist_id}",
    }


def _few(day: date, kind: str, metadata: Iterable[Json]) -> Iterable[Json]:
    """Entries that have stood where they are for a week."""
    for rank, content in enumerate(metadata, start=1):
        data = _places(rank, rank, rank, day - timedelta(weeks=1)) | {
            "appearancesOnChart": 2,
            "entryStatus": "NO_CHANGE",
        }
        yield {"chartEntryData": data, "missingRequiredFields": False, kind: content}


def _album(album: Album) -> Json:
    return {
        "albumName": album.name,
        "albumUri": f"spotify:album:{album.album_id}",
        "displayImageUri": images(album.album_id)[0]["url"],
        "artists": [_named(artist) for artist in album.artists],
        "releaseDate": album.release_date,
    }


def _artist(artist: Artist) -> Json:
    return {
        "artistName": artist.name,
        "artistUri": f"spotify:artist:{artist.artist_id}",
        "displayImageUri": images(artist.artist_id)[0]["url"],
    }
