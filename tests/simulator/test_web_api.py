"""The endpoints over HTTP, as an app with extended quota meets them."""

import pytest
import requests

from top50.simulator import MIRROR, SOMEBODY_ELSES, Simulator, snapshot

from .conftest import NOW, Get

WEEKLY = "/playlists/37i9dQZEVXbNG2KDcFcKOF"
DAILY = "/playlists/37i9dQZEVXbMDoHDwVN2tF"


@pytest.mark.parametrize(("path", "chart"), [(WEEKLY, "global-weekly"), (DAILY, "global-daily")])
def test_a_chart_playlist_is_the_snapshot(spotify: Simulator, app_get: Get, path: str, chart: str) -> None:
    answer = app_get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.content == snapshot(chart, NOW, base_url=spotify.api_url)


def test_items_carry_track_and_item(app_get: Get) -> None:
    rows = app_get(WEEKLY + "/items").json()["items"]
    assert len(rows) == 20
    assert all(row["track"] == row["item"] for row in rows)


def test_tracks_carry_track_only(app_get: Get) -> None:
    rows = app_get(WEEKLY + "/tracks").json()["items"]
    assert len(rows) == 50
    assert not any("item" in row for row in rows)


@pytest.mark.parametrize("path", ["tracks", "items"])
def test_following_next_gives_every_row_once_in_order(spotify: Simulator, app_get: Get, path: str) -> None:
    whole = [row["track"]["id"] for row in app_get(WEEKLY).json()["tracks"]["items"]]
    page = app_get(f"{WEEKLY}/{path}", limit=20, additional_types="track").json()
    ids = [row["track"]["id"] for row in page["items"]]
    while page["next"]:
        assert page["next"].startswith(spotify.api_url + "/playlists/")
        assert page["next"].endswith("&limit=20&additional_types=track")
        page = app_get(page["next"].removeprefix(spotify.api_url)).json()
        ids += [row["track"]["id"] for row in page["items"]]
    assert ids == whole
    assert (page["offset"], page["total"], page["limit"]) == (40, 50, 20)
    assert page["previous"].endswith("/" + path + "?offset=20&limit=20&additional_types=track")


def test_a_page_beyond_the_end_is_empty(app_get: Get) -> None:
    page = app_get(WEEKLY + "/items", offset=50).json()
    assert (page["items"], page["next"], page["total"]) == ([], None, 50)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("items", {"limit": 51}),
        ("tracks", {"limit": 101}),
        ("items", {"limit": 0}),
        ("items", {"limit": "many"}),
        ("items", {"offset": -1}),
    ],
)
def test_an_impossible_page_is_refused(app_get: Get, path: str, params: dict[str, object]) -> None:
    answer = app_get(f"{WEEKLY}/{path}", **params)
    name = next(iter(params))
    assert answer.status_code == 400
    assert answer.json() == {"error": {"status": 400, "message": f"Invalid {name}"}}


def test_a_track_of_a_chart_can_be_asked_for_alone(app_get: Get) -> None:
    for row in app_get(DAILY).json()["tracks"]["items"][::7]:
        alone = app_get(f"/tracks/{row['track']['id']}").json()
        assert alone == row["track"]


@pytest.mark.parametrize("path", ["/playlists/0simUnknown", "/tracks/0simT00000000000000000", "/tracks/x"])
def test_what_does_not_exist_is_not_found(app_get: Get, path: str) -> None:
    answer = app_get(path)
    assert answer.status_code == 404
    assert answer.json() == {"error": {"status": 404, "message": "Resource not found"}}


@pytest.mark.parametrize("path", ["/tracks?ids=a", "/albums", "/me"])
def test_other_services_do_not_exist(app_get: Get, path: str) -> None:
    assert app_get(path).json() == {"error": {"status": 404, "message": "Service not found"}}


@pytest.mark.parametrize("playlist", [MIRROR, SOMEBODY_ELSES])
def test_copies_of_the_chart_hold_its_songs(app_get: Get, playlist: str) -> None:
    copied = app_get(f"/playlists/{playlist}/tracks").json()["items"]
    chart = app_get(WEEKLY + "/tracks").json()["items"]
    assert [row["track"] for row in copied] == [row["track"] for row in chart]
    assert copied[0]["added_by"]["id"] != ""


def test_setting_the_clock_shows_another_week(
    spotify: Simulator, app_get: Get, http: requests.Session
) -> None:
    clock = spotify.accounts_url + "/simulator/clock"
    answer = http.post(clock, json={"now": "2024-01-05T12:00:00Z"}, timeout=5)
    assert answer.json() == http.get(clock, timeout=5).json() == {"now": "2024-01-05T12:00:00Z"}
    row = app_get(WEEKLY).json()["tracks"]["items"][0]
    assert row["added_at"] == "2024-01-05T12:00:00Z"


@pytest.mark.parametrize("now", ["yesterday", "2024-01-05T12:00:00", "1999-01-01T00:00:00Z"])
def test_an_impossible_clock_is_refused(spotify: Simulator, http: requests.Session, now: str) -> None:
    answer = http.post(spotify.accounts_url + "/simulator/clock", json={"now": now}, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_what_was_asked_is_remembered(spotify: Simulator, app_get: Get, http: requests.Session) -> None:
    app_get(WEEKLY + "/items", limit=3)
    app_get("/nothing")
    last = [("GET", f"/v1{WEEKLY}/items?limit=3", 200), ("GET", "/v1/nothing", 404)]
    assert spotify.requests[-2:] == last
    listed = http.get(spotify.accounts_url + "/simulator/requests", timeout=5).json()
    assert [tuple(each.values()) for each in listed[-2:]] == last
