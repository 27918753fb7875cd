"""The public archive's file of a chart playlist, as raw.githubusercontent.com serves it; no token.

The archive copies every playlist once a day at 00:00 UTC: Friday's chart is there on Saturday.
"""

from datetime import datetime, time

import msgspec

from top50.simulator.answers import Answer, Call, RefusedError
from top50.simulator.calendars import CHARTS, Chart, chart_date, refreshed_at
from top50.simulator.ranking import Entry, top
from top50.simulator.state import State
from top50.simulator.tracks import OPEN, Json

ARCHIVE_PATH = "/mackorone/spotify-playlist-archive-2/main/playlists/pretty"

_NAMES = {f"{chart.playlist_id}.json": chart for chart in CHARTS.values()}


def archive_file(state: State, call: Call) -> Answer:
    """`GET …/pretty/{playlist id}.json`; 404, in plain text, for a playlist that is not a chart's."""
    chart = _NAMES.get(call.parts["name"])
    if chart is None:
        raise RefusedError(Answer(b"404: Not Found", 404, "text/plain; charset=utf-8"))
    content = msgspec.json.format(archived(chart, state.clock(), state.seed), indent=2)
    return Answer(content, content_type="text/plain; charset=utf-8")


def archived(chart: Chart, now: datetime, seed: int) -> bytes:
    """The file of a chart as the archive's newest run before `now` left it, minified."""
    copied = datetime.combine(now.date(), time(), now.tzinfo)
    refreshed = refreshed_at(chart, copied)
    day = chart_date(refreshed).toordinal()
    entries = top(day, seed, daily=chart.name == "global-daily")
    content = {
        "description": f"{chart.title}: a simulation, every song is invented.",
        "num_followers": 16_000_000 + copied.toordinal() % 1000,  # changes from day to day
        "original_name": chart.title,
        "owner": {"name": "Spotify", "url": f"{OPEN}/user/spotify"},
        "snapshot_id": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "tracks": [_track(entry, f"{refreshed:%Y-%m-%d %H:%M:%S}") for entry in entries],
    }
    return msgspec.json.encode(content)


def _track(entry: Entry, added_at: str) -> Json:
    album = entry.edition.album
    return {
        "added_at": added_at,
        "album": {"name": album.name, "url": f"{OPEN}/album/{album.album_id}"},
        "artists": [
            {"name": artist.name, "url": f"{OPEN}/artist/{artist.artist_id}"} for artist in entry.song.artists
        ],
        "duration_ms": entry.song.duration_ms,
        "name": entry.song.name,
        "url": f"{OPEN}/track/{entry.edition.track_id}",
    }
