"""The public archive's file of a chart playlist, as raw.githubusercontent.com serves it; no token.

The archive copies every playlist once a day at 00:00 UTC: Friday's chart is there on Saturday.
"""

from datetime import datetime, time

import msgspec

from top50.simulator.answers import Answer, Call, RefusedError
from top50.simulator.state import Simulator
from top50.simulator.tracks import OPEN
from top50.simulator.world.calendars import CHARTS, Chart, chart_date, refreshed_at
from top50.simulator.world.ranking import top

_NAMES = {f"{chart.playlist_id}.json": chart for chart in CHARTS.values()}


def archive_file(simulator: Simulator, call: Call) -> Answer:
    """Answer `GET …/pretty/{playlist id}.json`; 404, in plain text, for a playlist that is not a chart's."""
    chart = _NAMES.get(call.parts["name"])
    if chart is None:
        raise RefusedError(Answer(b"404: Not Found", 404, "text/plain; charset=utf-8"))
    content = msgspec.json.format(archived(chart, simulator.clock(), simulator.seed), indent=2)
    return Answer(content, content_type="text/plain; charset=utf-8")


def archived(chart: Chart, now: datetime, seed: int) -> bytes:
    """Return a chart's file as of the archive's newest copy before `now`, minified."""
    copied = datetime.combine(now.date(), time(), now.tzinfo)
    added_at = f"{refreshed_at(chart, copied):%Y-%m-%d %H:%M:%S}"
    entries = top(chart, chart_date(chart, copied).toordinal(), seed)
    content = {
        "description": f"{chart.title}: a simulation, every song is invented.",
        "num_followers": 16_000_000 + copied.toordinal() % 1000,  # changes from day to day
        "original_name": chart.title,
        "owner": {"name": "Spotify", "url": f"{OPEN}/user/spotify"},
        "snapshot_id": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "tracks": [
            {
                "added_at": added_at,
                "album": {
                    "name": entry.edition.album.name,
                    "url": f"{OPEN}/album/{entry.edition.album.album_id}",
                },
                "artists": [
                    {"name": artist.name, "url": f"{OPEN}/artist/{artist.artist_id}"}
                    for artist in entry.song.artists
                ],
                "duration_ms": entry.song.duration_ms,
                "name": entry.song.name,
                "url": f"{OPEN}/track/{entry.edition.track_id}",
            }
            for entry in entries
        ],
    }
    return msgspec.json.encode(content)
