"""What Spotify answers an app in development mode, since 2026."""

import pytest

from top50.simulator import MIRROR, SOMEBODY_ELSES, Simulator, snapshot

from .conftest import NOW, Get

pytestmark = pytest.mark.usefixtures("development")

CHARTS = ["37i9dQZEVXbNG2KDcFcKOF", "37i9dQZEVXbMDoHDwVN2tF"]
NOT_FOUND = {"error": {"status": 404, "message": "Resource not found"}}
FORBIDDEN = {"error": {"status": 403, "message": "Forbidden"}}
NO_USER = {"error": {"status": 401, "message": "Valid user authentication required"}}


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("path", ["", "/items"])
def test_chart_playlists_are_not_found(user_get: Get, chart: str, path: str) -> None:
    answer = user_get(f"/playlists/{chart}{path}")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("playlist", [*CHARTS, MIRROR, SOMEBODY_ELSES, "unknown"])
def test_the_old_tracks_path_is_forbidden(app_get: Get, user_get: Get, playlist: str) -> None:
    for get in (app_get, user_get):
        answer = get(f"/playlists/{playlist}/tracks")
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


def test_items_of_somebody_elses_playlist_are_forbidden(user_get: Get) -> None:
    answer = user_get(f"/playlists/{SOMEBODY_ELSES}/items")
    assert (answer.status_code, answer.json()) == (403, FORBIDDEN)


@pytest.mark.parametrize("playlist", [*CHARTS, MIRROR, SOMEBODY_ELSES])
def test_items_need_a_user(app_get: Get, playlist: str) -> None:
    answer = app_get(f"/playlists/{playlist}/items")
    assert (answer.status_code, answer.json()) == (401, NO_USER)


def test_items_of_an_own_playlist_are_the_chart(user_get: Get) -> None:
    page = user_get(f"/playlists/{MIRROR}/items", limit=50).json()
    assert (len(page["items"]), page["total"], page["next"]) == (50, 50, None)
    assert {row["added_at"] for row in page["items"]} == {"2026-11-20T12:00:00Z"}
    for row in page["items"]:
        assert "track" not in row
        assert not {"popularity", "available_markets", "linked_from"} & set(row["item"])
        assert not {"available_markets", "label"} & set(row["item"]["album"])
        assert row["item"]["external_ids"]["isrc"].startswith("ZZ")


def test_a_page_holds_at_most_fifty_items(user_get: Get) -> None:
    assert user_get(f"/playlists/{MIRROR}/items", limit=51).status_code == 400


def test_an_own_playlist_has_its_rows_under_items(user_get: Get) -> None:
    playlist = user_get(f"/playlists/{MIRROR}").json()
    assert len(playlist["items"]["items"]) == 50
    assert not {"tracks", "followers"} & set(playlist)


def test_somebody_elses_playlist_shows_no_rows(user_get: Get, app_get: Get) -> None:
    for answer in (user_get(f"/playlists/{SOMEBODY_ELSES}"), app_get(f"/playlists/{MIRROR}")):
        assert answer.status_code == 200
        assert not {"tracks", "items"} & set(answer.json())


def test_a_track_can_be_asked_for_without_a_user(development: Simulator, app_get: Get, user_get: Get) -> None:
    song = user_get(f"/playlists/{MIRROR}/items").json()["items"][0]["item"]
    answer = app_get(f"/tracks/{song['id']}")
    assert (answer.status_code, answer.json()) == (200, song)
    assert development.requests[-1].path == f"/v1/tracks/{song['id']}"


def test_the_songs_are_those_that_an_extended_app_sees(spotify: Simulator, user_get: Get) -> None:
    mine = [row["item"]["id"] for row in user_get(f"/playlists/{MIRROR}").json()["items"]["items"]]
    spotify.app = "extended"
    chart = user_get(f"/playlists/{CHARTS[0]}").json()["tracks"]["items"]
    assert [row["track"]["id"] for row in chart] == mine
    assert snapshot("global-weekly", NOW, app="development").count(b'"item":') == 50
