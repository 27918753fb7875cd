"""The figures of the official CSVs: against the playlists, and against the charts before."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import pytest

from top50.simulator import chart_csv, snapshot
from top50.simulator.world.catalogue import find, track_id
from top50.simulator.world.songs import Song

from .conftest import NOW

DAILY, WEEKLY = "global-daily", "global-weekly"
COUNTED = {DAILY: "days_on_chart", WEEKLY: "weeks_on_chart"}
EVERY = {DAILY: timedelta(days=1), WEEKLY: timedelta(weeks=1)}
Row = dict[str, str]


class Place(NamedTuple):
    rank: int
    peak: int
    previous: int
    charts: int
    streams: int


def rows(chart: str, now: datetime = NOW) -> list[Row]:
    text = chart_csv(chart, now)[1].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@lru_cache(maxsize=8)
def places(chart: str, now: datetime = NOW) -> dict[int, Place]:
    """Song numbers, which stay when track ids change, and their figures."""
    columns = ("rank", "peak_rank", "previous_rank", COUNTED[chart], "streams")
    return {
        number_of(row["uri"].removeprefix("spotify:track:")): Place(*(int(row[name]) for name in columns))
        for row in rows(chart, now)
    }


def number_of(identifier: str) -> int:
    found = find(identifier, 50)
    assert found is not None
    return found[0].number


def song_of(number: int) -> Song:
    found = find(track_id(number, 0, 50), 50)
    assert found is not None
    return found[0]


def playlist_ids(chart: str) -> list[str]:
    return [row["track"]["uri"] for row in json.loads(snapshot(chart, NOW))["tracks"]["items"]]


@pytest.mark.parametrize("chart", [WEEKLY, DAILY])
def test_the_first_fifty_are_the_playlist(chart: str) -> None:
    file = rows(chart)
    assert [row["rank"] for row in file] == [str(rank) for rank in range(1, 201)]
    assert [row["uri"] for row in file[:50]] == playlist_ids(chart)
    assert len({row["uri"] for row in file}) == 200


@pytest.mark.parametrize("chart", [WEEKLY, DAILY])
def test_figures_follow_from_the_chart_before(chart: str) -> None:
    for ago in range(3):
        now, before = (places(chart, NOW - EVERY[chart] * charts) for charts in (ago, ago + 1))
        assert {number: place.previous for number, place in now.items()} == {
            number: before[number].rank if number in before else -1 for number in now
        }
        looked_back_on = (NOW - EVERY[chart] * 108).toordinal()
        for number in set(now) & set(before):
            if song_of(number).editions[0].since > looked_back_on:
                assert now[number].peak == min(before[number].peak, now[number].rank)
                assert now[number].charts == before[number].charts + 1
        assert all(place.peak <= place.rank for place in now.values())


@pytest.mark.parametrize("chart", [WEEKLY, DAILY])
def test_some_songs_are_new_and_some_are_back(chart: str) -> None:
    absent = [place for place in places(chart).values() if place.previous == -1]
    new = [place for place in absent if place.charts == 1]
    assert 1 <= len(new) < len(absent) < 60
    assert all(place.peak == place.rank for place in new)


@pytest.mark.parametrize(("chart", "days"), [(WEEKLY, 7), (DAILY, 1)])
def test_streams_fall_and_are_as_many_as_real_ones(chart: str, days: int) -> None:
    streams = [place.streams * 7 / days / 1e6 for place in places(chart).values()]
    assert streams == sorted(streams, reverse=True)
    assert 25 < streams[0] < 115
    assert 8 < streams[-1] < 10.5


def test_a_song_that_changes_its_track_id_keeps_its_figures() -> None:
    moved = 0
    for ago in range(3):
        now, before = (
            {
                number_of(uri): uri
                for row in rows(WEEKLY, NOW - EVERY[WEEKLY] * weeks)
                if (uri := row["uri"][14:])
            }
            for weeks in (ago, ago + 1)
        )
        changed = [number for number in now if before.get(number, now[number]) != now[number]]
        moved += len(changed)
        assert all(places(WEEKLY, NOW - EVERY[WEEKLY] * ago)[number].charts > 1 for number in changed)
    assert moved


def test_in_the_first_chart_every_song_is_new() -> None:
    first = places(WEEKLY, datetime(2008, 10, 10, tzinfo=UTC)).values()
    assert len(first) == 200
    assert {(place.peak - place.rank, place.previous, place.charts) for place in first} == {(0, -1, 1)}
