"""Rows that break parsers, against the real ones."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from top50.simulator import Simulator, Strange, StrangeRows, snapshot

from .conftest import NOW, Get, paths

WEEKLY = "/playlists/37i9dQZEVXbNG2KDcFcKOF"
Rows = list[dict[str, Any]]


def rows(strange: StrangeRows | None = None, **options: Any) -> Rows:
    page = json.loads(snapshot("global-weekly", NOW, strange_rows=strange, **options))
    found: Rows = (page.get("tracks") or page["items"])["items"]
    return found


def row(kind: Strange) -> dict[str, Any]:
    return rows({1: kind})[0]


def test_only_the_named_ranks_are_strange() -> None:
    honest, strange = rows(), rows({1: "episode", 50: "null_track"})
    assert strange[1:49] == honest[1:49]
    assert strange[0] != honest[0]
    assert strange[49] != honest[49]


def test_a_null_track(real: Callable[[str], Any]) -> None:
    assert paths(row("null_track")) == paths(real("edge/null_track_row.json")["items"][0])


def test_a_null_row() -> None:
    assert rows({3: "null_row"})[2] is None


def test_a_ghost_track(real: Callable[[str], Any]) -> None:
    genuine = [r for r in real("edge/ghost-track-and-next-page.json")["items"] if r["track"]["name"] == ""]
    ghost = row("ghost")
    assert paths(ghost) == paths(genuine[0])
    song = ghost["track"]
    assert song["id"] == rows()[0]["track"]["id"]
    assert (song["name"], song["duration_ms"], song["album"]["images"]) == ("", 0, [])
    assert song["album"]["release_date"] == "0000"


def test_a_local_file(real: Callable[[str], Any]) -> None:
    local = row("local")
    assert paths(local) == paths(real("edge/2026-playlist_2.json")["tracks"]["items"][0])
    assert local["is_local"] is True
    assert (local["track"]["id"], local["track"]["album"]["release_date"]) == (None, None)
    assert local["track"]["uri"].startswith("spotify:local:")


def test_an_episode(real: Callable[[str], Any]) -> None:
    genuine = [r for r in real("edge/2026-playlist_3.json")["tracks"]["items"] if r["track"]["episode"]]
    assert paths(row("episode")) == paths(genuine[0])
    assert "artists" not in row("episode")["track"]


def test_a_release_date_of_a_year_only() -> None:
    album = row("year_only")["track"]["album"]
    assert (album["release_date"], album["release_date_precision"]) == ("1963", "year")


def test_a_relinked_track() -> None:
    song = row("relinked")["track"]
    assert song["id"] == rows()[0]["track"]["id"] != song["linked_from"]["id"]
    assert set(song["linked_from"]) == {"external_urls", "href", "id", "type", "uri"}
    assert "available_markets" not in song


@pytest.mark.parametrize("kind", ["ghost", "local", "episode", "year_only", "relinked"])
def test_a_development_app_never_sees_what_is_gone(kind: Strange) -> None:
    keys = {path.rsplit(".", 1)[-1] for path, _ in paths(rows({1: kind}, app="development")[0])}
    assert not {"popularity", "available_markets", "available_markets[]", "linked_from", "track.id"} & keys


def test_rows_are_strange_over_http(spotify: Simulator, app_get: Get, http: requests.Session) -> None:
    spotify.strange_rows({2: "null_track"})
    assert app_get(WEEKLY).json()["tracks"]["items"][1]["track"] is None
    assert app_get(WEEKLY + "/items", offset=1).json()["items"][0]["item"] is None
    http.post(spotify.accounts_url + "/simulator/strange-rows", json={"1": "null_row"}, timeout=5)
    items = app_get(WEEKLY).json()["tracks"]["items"]
    assert items[0] is None
    assert items[1]["track"]["name"]


def test_a_rank_that_does_not_exist_is_refused(spotify: Simulator) -> None:
    with pytest.raises(ValueError, match="1 to 50"):
        spotify.strange_rows({51: "ghost"})


@pytest.mark.parametrize("wrong", [{"0": "ghost"}, {"1": "goblin"}, {"first": "ghost"}])
def test_strange_rows_that_do_not_exist_are_refused_over_http(
    spotify: Simulator, http: requests.Session, wrong: dict[str, str]
) -> None:
    answer = http.post(spotify.accounts_url + "/simulator/strange-rows", json=wrong, timeout=5)
    assert answer.status_code == 400
