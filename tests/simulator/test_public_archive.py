"""The public archive's files: a daily copy, and nothing of other playlists."""

from datetime import UTC, datetime

import requests

from top50.simulator import MIRROR, Simulator

WEEKLY = "37i9dQZEVXbNG2KDcFcKOF"


def newest(spotify: Simulator, http: requests.Session) -> str:
    answer = http.get(f"{spotify.archive_url}/{WEEKLY}.json", timeout=5)
    assert answer.status_code == 200
    added: str = answer.json()["tracks"][0]["added_at"]
    return added


def test_fridays_chart_is_there_on_saturday(spotify: Simulator, http: requests.Session) -> None:
    spotify.set_now(datetime(2026, 11, 20, 22, tzinfo=UTC))
    assert newest(spotify, http) == "2026-11-13 12:00:00"
    spotify.set_now(datetime(2026, 11, 21, 0, 5, tzinfo=UTC))
    assert newest(spotify, http) == "2026-11-20 12:00:00"


def test_only_charts_are_in_it(spotify: Simulator, http: requests.Session) -> None:
    answer = http.get(f"{spotify.archive_url}/{MIRROR}.json", timeout=5)
    assert (answer.status_code, answer.text) == (404, "404: Not Found")
