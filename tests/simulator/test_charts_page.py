"""What the page charts.spotify.com reads: the figures are those of the CSV."""

import csv
import io
from datetime import date, timedelta
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
    entries: Views = found[1]["entries"]
    return entries


def figures(entry: dict[str, Any]) -> list[str]:
    data, track = entry["chartEntryData"], entry["trackMetadata"]
    names = ", ".join(artist["name"] for artist in track["artists"])
    counts = ("peakRank", "previousRank", "appearancesOnChart")
    return [
        *(str(data["currentRank"]), track["trackUri"], names, track["trackName"], track["labels"][0]["name"]),
        *(*(str(data[name]) for name in counts), data["rankingMetric"]["value"]),
    ]


def test_the_songs_are_the_second_of_three_charts(spotify: Simulator, http: requests.Session) -> None:
    charts = [view["displayChart"] for view in views(spotify, http)]
    aliases = [chart["chartMetadata"]["alias"] for chart in charts]
    assert aliases == ["ALBUM_GLOBAL_WEEKLY", "REGIONAL_GLOBAL_WEEKLY", "ARTIST_GLOBAL_WEEKLY"]
    assert {chart["date"] for chart in charts} == {"2026-11-19"}
    assert spotify.charts_url == spotify.accounts_url + "/public/v0/charts"
    assert spotify.requests[-1] == ("GET", "/public/v0/charts", 200)


@pytest.mark.parametrize("weeks_ago", [0, 5])
def test_the_page_is_the_csv(spotify: Simulator, http: requests.Session, weeks_ago: int) -> None:
    now = NOW - timedelta(weeks=weeks_ago)
    text = chart_csv("global-weekly", now)[1].decode("utf-8-sig")
    entries = songs(views(spotify, http, **{"Simulator-Now": now.isoformat()}))
    assert [figures(entry) for entry in entries] == list(csv.reader(io.StringIO(text, newline="")))[1:]


def test_status_and_dates_agree_with_the_ranks(spotify: Simulator, http: requests.Session) -> None:
    statuses = set()
    for data in (entry["chartEntryData"] for entry in songs(views(spotify, http))):
        rank, previous, count = data["currentRank"], data["previousRank"], data["appearancesOnChart"]
        statuses.add(data["entryStatus"])
        moved = (previous > rank) - (previous < rank)
        known = {1: "MOVED_UP", -1: "MOVED_DOWN", 0: "NO_CHANGE"}[moved]
        absent = "NEW_ENTRY" if count == 1 else "RE_ENTRY"
        assert data["entryStatus"] == (absent if previous == -1 else known)
        assert (previous == -1) == (data["consecutiveAppearancesOnChart"] == 1)
        entered, peaked = (date.fromisoformat(data[name]) for name in ("entryDate", "peakDate"))
        weeks = (date(2026, 11, 19) - entered).days // 7 + 1
        assert entered <= peaked
        assert peaked.weekday() == entered.weekday() == 3
        assert data["consecutiveAppearancesOnChart"] <= count <= weeks
        assert (count == weeks) == (data["consecutiveAppearancesOnChart"] == count)
        assert (data["entryRank"] == data["peakRank"]) == (entered == peaked)
    assert statuses == {"NEW_ENTRY", "RE_ENTRY", "MOVED_UP", "MOVED_DOWN", "NO_CHANGE"}


def test_peak_and_entry_were_at_their_dates(spotify: Simulator, http: requests.Session) -> None:
    for entry in songs(views(spotify, http))[:200:60]:
        data, name = entry["chartEntryData"], entry["trackMetadata"]["trackName"]
        for rank, day in ((data["entryRank"], data["entryDate"]), (data["peakRank"], data["peakDate"])):
            then = date.fromisoformat(day) + timedelta(days=2)
            earlier = songs(views(spotify, http, **{"Simulator-Now": f"{then}T00:00:00Z"}))[rank - 1]
            assert earlier["trackMetadata"]["trackName"] == name


def test_the_ids_are_those_of_the_playlist(spotify: Simulator, http: requests.Session) -> None:
    body = snapshot("global-weekly", NOW).decode()
    for entry in songs(views(spotify, http))[:50]:
        for artist in entry["trackMetadata"]["artists"]:
            assert artist["spotifyUri"] in body
            assert artist["externalUrl"] in body


def test_albums_and_artists_are_no_songs(spotify: Simulator, http: requests.Session) -> None:
    albums, _, artists = views(spotify, http)
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
