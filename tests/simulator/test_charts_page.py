"""What the page charts.spotify.com reads: the ranks are those of the CSV, the form is that of 2026."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from top50.simulator import Fault, Simulator, chart_csv, snapshot

from .conftest import NOW, Get

Views = list[dict[str, Any]]


def views(spotify: Simulator, http: requests.Session, **headers: str) -> Views:
    answer = http.get(spotify.charts_url, headers=headers, timeout=5)
    assert answer.status_code == 200
    found: Views = answer.json()["chartEntryViewResponses"]
    return found


def songs(found: Views) -> Views:
    entries: Views = found[0]["entries"]
    return entries


def figures(entry: dict[str, Any]) -> list[str]:
    data, track = entry["chartEntryData"], entry["trackMetadata"]
    names = ", ".join(artist["name"] for artist in track["artists"])
    return [
        *(str(data["currentRank"]), track["trackUri"], names, track["trackName"], str(data["previousRank"])),
    ]


def test_the_songs_are_the_first_of_three_charts(spotify: Simulator, http: requests.Session) -> None:
    found = views(spotify, http)
    charts = [view["displayChart"] for view in found]
    aliases = [chart["chartMetadata"]["alias"] for chart in charts]
    assert aliases == ["REGIONAL_GLOBAL_WEEKLY", "ALBUM_GLOBAL_WEEKLY", "ARTIST_GLOBAL_WEEKLY"]
    assert {chart["date"] for chart in charts} == {"2026-11-19"}
    assert [len(view["entries"]) for view in found] == [50, 50, 50]
    assert spotify.charts_url == spotify.accounts_url + "/public/v0/charts"
    assert spotify.requests[-1] == ("GET", "/public/v0/charts", 200)


@pytest.mark.parametrize("weeks_ago", [0, 5])
def test_the_page_is_the_csv_s_first_fifty(
    spotify: Simulator, http: requests.Session, weeks_ago: int
) -> None:
    now = NOW - timedelta(weeks=weeks_ago)
    text = chart_csv("global-weekly", now)[1].decode("utf-8-sig")
    entries = songs(views(spotify, http, **{"Simulator-Now": now.isoformat()}))
    lines = list(csv.reader(io.StringIO(text, newline="")))[1:51]
    assert [figures(entry) for entry in entries] == [[*line[:4], line[6]] for line in lines]


def test_status_agrees_with_the_ranks(spotify: Simulator, http: requests.Session) -> None:
    for data in (entry["chartEntryData"] for entry in songs(views(spotify, http))):
        rank, previous = data["currentRank"], data["previousRank"]
        moved = (previous > rank) - (previous < rank)
        known = {1: "MOVED_UP", -1: "MOVED_DOWN", 0: "NO_CHANGE"}[moved]
        assert data["entryStatus"] in ({"NEW_ENTRY", "RE_ENTRY"} if previous == -1 else {known})


def test_what_the_page_does_not_tell_is_there_and_empty(spotify: Simulator, http: requests.Session) -> None:
    for entry in songs(views(spotify, http)):
        data, track = entry["chartEntryData"], entry["trackMetadata"]
        counts = ("peakRank", "appearancesOnChart", "consecutiveAppearancesOnChart", "entryRank")
        assert {data[name] for name in counts} == {0}
        assert {data["peakDate"], data["entryDate"], track["releaseDate"]} == {""}
        assert track["labels"] == track["producers"] == track["songWriters"] == []
        assert "rankingMetric" not in data
        assert {artist["externalUrl"] for artist in track["artists"]} == {""}


REAL = Path(__file__).parents[2].parent / "shared" / "data" / "charts_page"


def form(found: object) -> object:
    """The keys of every object, in order, and the kinds of its values; of a list, all the forms there are."""
    if isinstance(found, dict):
        return [(name, form(value)) for name, value in found.items()]
    if isinstance(found, list):
        return sorted({repr(form(each)) for each in found})
    return type(found).__name__ if found else found


@pytest.mark.skipif(not REAL.is_dir(), reason="the real answer is not on this machine")
def test_the_page_has_the_form_of_the_real_answer_key_by_key(
    spotify: Simulator, http: requests.Session
) -> None:
    [file] = REAL.glob("*.json")
    real = json.loads(file.read_bytes())["chartEntryViewResponses"]
    ours = views(spotify, http)
    assert [form(view["displayChart"]) for view in ours] == [form(view["displayChart"]) for view in real]
    assert [list(view) for view in ours] == [list(view) for view in real]
    assert [form(view["entries"]) for view in ours] == [form(view["entries"]) for view in real]
    kinds = {form_of for view in real for form_of in map(repr, map(form, view["highlights"]))}
    assert {repr(form(each)) for view in ours for each in view["highlights"]} <= kinds


def test_the_ids_are_those_of_the_playlist(spotify: Simulator, http: requests.Session) -> None:
    body = snapshot("global-weekly", NOW).decode()
    for entry in songs(views(spotify, http)):
        assert entry["trackMetadata"]["trackUri"].rpartition(":")[2] in body
        assert entry["trackMetadata"]["displayImageUri"] in body
        for artist in entry["trackMetadata"]["artists"]:
            assert artist["spotifyUri"] in body


def test_albums_and_artists_are_no_songs(spotify: Simulator, http: requests.Session) -> None:
    _, albums, artists = views(spotify, http)
    assert {key for entry in albums["entries"] for key in entry if "Meta" in key} == {"albumMetadata"}
    assert {key for entry in artists["entries"] for key in entry if "Meta" in key} == {"artistMetadata"}


@pytest.mark.parametrize("now", ["yesterday", "2026-11-20T12:00:00", "1999-01-01T00:00:00Z"])
def test_an_impossible_instant_is_refused(spotify: Simulator, http: requests.Session, now: str) -> None:
    answer = http.get(spotify.charts_url, headers={"Simulator-Now": now}, timeout=5)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, 400)


def test_the_page_misbehaves_only_when_it_is_named(spotify: Simulator, http: requests.Session) -> None:
    spotify.misbehave(Fault("status"), Fault("status", status=502, path_prefix="/public/"))
    assert [http.get(spotify.charts_url, timeout=5).status_code for _ in range(2)] == [502, 200]


def test_an_app_whose_owner_no_longer_pays(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("premium", times=2))
    answers = [app_get("/playlists/37i9dQZEVXbNG2KDcFcKOF") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [403, 403, 200]
    message = answers[0].json()["error"]["message"]
    assert message.startswith("Active premium subscription required for the owner of the app. When ")
