"""A Spotify to develop against: invented songs, living charts, answers shaped like Spotify's.

Everything follows from a seed and a clock, so the same request has the same answer anywhere.
Over HTTP: `with running() as spotify: …`, or `python -m top50.simulator`. Without: `snapshot(…)`,
`chart_csv(…)`.
"""

from datetime import datetime

from top50.simulator.accounts import REFRESH_TOKEN
from top50.simulator.answers import Request
from top50.simulator.csv_files import ChartFile, csv_file
from top50.simulator.faults import Fault, FaultKind
from top50.simulator.playlists import MIRROR, PLAYLISTS, SOMEBODY_ELSES, View, playlist_json
from top50.simulator.server import running
from top50.simulator.state import Simulator
from top50.simulator.strange_rows import Strange, StrangeRows
from top50.simulator.tracks import AppKind
from top50.simulator.world.calendars import CHARTS, Chart, chart_date

__all__ = [
    "MIRROR",
    "REFRESH_TOKEN",
    "SOMEBODY_ELSES",
    "AppKind",
    "Fault",
    "FaultKind",
    "Request",
    "Simulator",
    "Strange",
    "StrangeRows",
    "chart_csv",
    "running",
    "snapshot",
]


def snapshot(  # noqa: PLR0913 - all but two have a default
    chart: str,
    now: datetime,
    *,
    seed: int = 50,
    app: AppKind = "extended",
    base_url: str = "https://api.spotify.com/v1",
    strange_rows: StrangeRows | None = None,
    doubled: bool = False,
) -> bytes:
    """Return the body of `GET /v1/playlists/{id}` for a chart as of `now`: minified JSON, about 200 KB.

    chart: such as `global-weekly`. app: a development app gets no chart playlists, so for that kind
    this is the shape that its user's own copy would have. strange_rows: rank → the row there.
    doubled: both `tracks` and `items`, rows with both `track` and `item`, four times the size.
    ValueError: an unknown chart, `now` without a time zone or not from 2008-10-10 to 2100.
    """
    playlist = PLAYLISTS[_chart(chart).playlist_id]
    return playlist_json(View(playlist, now, seed, app, base_url, strange_rows or {}), doubled=doubled)


def chart_csv(chart: str, now: datetime, *, seed: int = 50, old: bool = False) -> tuple[str, bytes]:
    """Return the newest official CSV as of `now`, as charts.spotify.com has it: its name and its content.

    It has 200 entries; the songs and ranks of the first 50 are those of the chart's playlist.
    chart: such as `global-weekly` or `us-daily`. old: as spotifycharts.com wrote it to the end of 2021.
    ValueError: an unknown chart, `now` without a time zone or not from 2008-10-10 to 2100.
    """
    found = _chart(chart)
    return csv_file(ChartFile(found, chart_date(found, now), old), seed)


def _chart(name: str) -> Chart:
    if name not in CHARTS:
        raise ValueError(f"unknown chart {name!r}; choose one such as global-weekly or us-daily")
    return CHARTS[name]
