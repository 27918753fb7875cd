"""Answers that drip, that never stop, or that come from another year: each ends in one line."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from top50.charts import CHARTS
from top50.errors import SourceError, SourceUnavailable
from top50.settings import Settings
from top50.simulator import Fault, Simulator
from top50.sources import http
from top50.sources.source import open_source

from . import canned

WEEKLY = CHARTS["global-weekly"]
SOURCES = {"playlist": "/v1/playlists", "charts-page": "/public/", "public-archive": "/mackorone/"}
FAR, NEAR = timedelta(days=730), timedelta(hours=23)


def read(settings: Settings, source: str) -> None:
    with open_source(settings.model_copy(update={"source": source})) as opened:
        opened.newest(WEEKLY)


@pytest.mark.parametrize(("source", "path"), [*SOURCES.items(), ("playlist", "/api/token")])
def test_an_answer_that_drips_is_late_however_steadily_it_comes(
    settings: Settings, simulator: Simulator, source: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "DEADLINE", 0.5)
    simulator.misbehave(Fault("drip", delay=0.1, path_prefix=path))
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1 did not finish its answer within 0\.5 s"):
        read(settings, source)


@pytest.mark.parametrize(("source", "path"), [*SOURCES.items(), ("playlist", "/api/token")])
def test_an_answer_that_never_stops_is_no_chart(
    settings: Settings, simulator: Simulator, source: str, path: str
) -> None:
    simulator.misbehave(Fault("endless", path_prefix=path))
    with pytest.raises(SourceError, match=r"sends more than 8,388,608 bytes.*TOP50_PLAYLIST") as caught:
        read(settings, source)
    assert not caught.value.passing


def test_pages_that_never_stop_are_no_chart(settings: Settings) -> None:
    row = b'{"added_at": null, "track": null, "filling": "' + b"x" * 2**20 + b'"}'
    page = b'{"items": [' + row + b'], "next": "http://{host}/v1/more"}'
    path = f"/v1/playlists/{WEEKLY.playlist_id}"
    with canned.answering({path: b'{"tracks": ' + page + b"}", "/v1/more": page}) as (address, asked):
        urls = {"spotify_api_url": f"{address}/v1", "spotify_accounts_url": address}
        with pytest.raises(SourceError, match="sends more than 8,388,608 bytes"):
            read(settings.model_copy(update=urls), "playlist")
    assert len(asked) < 12


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("ahead", [FAR, -FAR, NEAR])
def test_a_clock_of_another_day_is_named_with_both_times(
    settings: Settings, source: str, ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = datetime.now(UTC) - ahead
    monkeypatch.setattr(canned._Handler, "date_time_string", lambda *_: format_datetime(theirs, usegmt=True))
    paths = [f"/{WEEKLY.playlist_id}.json", "/charts", f"/v1/playlists/{WEEKLY.playlist_id}"]
    with canned.answering(dict.fromkeys(paths, b"{}")) as (address, _):
        urls = {
            "spotify_api_url": f"{address}/v1",
            "spotify_accounts_url": address,
            "spotify_charts_url": f"{address}/charts",
            "public_archive_url": address,
        }
        with pytest.raises(SourceError) as caught:
            read(settings.model_copy(update=urls), source)
    told = f"this machine's clock shows {datetime.now(UTC):%Y-%m-%d}"
    assert (told in str(caught.value)) == (ahead != NEAR)
    assert (f"{theirs:%Y-%m-%d %H:%M} UTC. Set this machine's clock" in str(caught.value)) == (ahead != NEAR)
