"""The chart from week to week."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from top50.simulator.world.calendars import CHARTS
from top50.simulator.world.ranking import Entry, top

FIRST = date(2024, 1, 4)  # a Thursday
WEEKS = 104
Chart = tuple[Entry, ...]


def chart_of(day: date, *, daily: bool = False, seed: int = 50) -> Chart:
    return top(CHARTS["global-daily" if daily else "global-weekly"], day.toordinal(), seed)


def numbers(chart: Chart) -> set[int]:
    return {entry.song.number for entry in chart}


@pytest.fixture(scope="module")
def weeks() -> list[Chart]:
    return [chart_of(FIRST + timedelta(weeks=week)) for week in range(WEEKS)]


@pytest.fixture(scope="module")
def known() -> set[int]:
    """The songs of the year before."""
    return set[int]().union(*(numbers(chart_of(FIRST - timedelta(weeks=week))) for week in range(1, 53)))


def test_every_chart_has_fifty_different_songs(weeks: list[Chart]) -> None:
    assert {len(chart) for chart in weeks} == {50}
    assert {len(numbers(chart)) for chart in weeks} == {50}


def test_each_week_brings_some_songs_never_charted_before(weeks: list[Chart], known: set[int]) -> None:
    seen, counts = set(known), []
    for chart in weeks:
        counts.append(len(numbers(chart) - seen))
        seen |= numbers(chart)
    assert min(counts) >= 3
    assert max(counts) <= 20
    assert 5 <= sum(counts) / WEEKS <= 15


def test_songs_that_left_return(weeks: list[Chart], known: set[int]) -> None:
    seen, returned = known | numbers(weeks[0]), 0
    for before, chart in pairwise(weeks):
        returned += len(numbers(chart) & seen - numbers(before))
        seen |= numbers(chart)
    assert returned > WEEKS


def test_songs_climb_and_fall(weeks: list[Chart]) -> None:
    moves = set()
    for before, chart in pairwise(weeks):
        old = {entry.song.number: rank for rank, entry in enumerate(before)}
        moves |= {old[e.song.number] - rank for rank, e in enumerate(chart) if e.song.number in old}
    assert min(moves) < -5
    assert max(moves) > 5


def test_a_single_moves_to_an_album_and_stays_the_same_song(weeks: list[Chart]) -> None:
    ids, albums, words = defaultdict(set), defaultdict(set), defaultdict(set)
    for entry in (entry for chart in weeks for entry in chart):
        ids[entry.song.isrc].add(entry.edition.track_id)
        albums[entry.song.isrc].add(entry.edition.album.album_id)
        words[entry.song.isrc].add((entry.song.name, entry.song.artists))
    moved = [isrc for isrc, track_ids in ids.items() if len(track_ids) > 1]
    assert len(moved) > 20
    assert all(len(albums[isrc]) == 2 and len(words[isrc]) == 1 for isrc in moved)


def test_ids_and_isrcs_are_never_shared(weeks: list[Chart]) -> None:
    owners = defaultdict(set)
    for song in {entry.song for chart in weeks for entry in chart}:
        for identifier in (song.isrc, *(edition.track_id for edition in song.editions)):
            owners[identifier].add(song.number)
    assert all(len(numbers) == 1 for numbers in owners.values())


def test_about_a_third_of_the_songs_have_several_artists(weeks: list[Chart]) -> None:
    shares = [sum(len(entry.song.artists) > 1 for entry in chart) for chart in weeks]
    assert 12 <= sum(shares) / WEEKS <= 25
    assert max(len(entry.song.artists) for chart in weeks for entry in chart) == 5


def test_some_artists_have_several_songs_and_some_names_hold_a_comma(weeks: list[Chart]) -> None:
    for chart in weeks:
        names = [artist.name for entry in chart for artist in entry.song.artists]
        assert len(set(names)) < len(names)
    assert any(", The " in artist.name for entry in weeks[0] for artist in entry.song.artists)


def test_some_albums_hold_several_songs_of_a_chart(weeks: list[Chart]) -> None:
    distinct = [len({entry.edition.album.album_id for entry in chart}) for chart in weeks]
    assert 26 <= min(distinct) < 50


@pytest.mark.parametrize("precision", ["year", "month"])
def test_some_release_dates_are_imprecise(weeks: list[Chart], precision: str) -> None:
    lengths = {"year": 4, "month": 7}
    albums = [entry.edition.album for chart in weeks for entry in chart]
    dates = [album.release_date for album in albums if album.precision == precision]
    assert dates
    assert {len(text) for text in dates} == {lengths[precision]}


def test_no_song_is_in_a_chart_before_its_release(weeks: list[Chart]) -> None:
    for week, chart in enumerate(weeks):
        day = (FIRST + timedelta(weeks=week)).isoformat()
        assert all(entry.edition.album.release_date <= day for entry in chart)


def test_the_daily_chart_has_mostly_the_same_songs_in_another_order() -> None:
    for week in range(20):
        day = FIRST + timedelta(weeks=week)
        weekly, daily = chart_of(day), chart_of(day, daily=True)
        assert 38 <= len(numbers(weekly) & numbers(daily)) <= 50
        assert [e.song.number for e in weekly] != [e.song.number for e in daily]


@pytest.mark.parametrize("day", [date(2008, 10, 9), date(2050, 6, 2), date(2100, 12, 30)])
def test_the_first_and_the_last_day_are_charts_too(day: date) -> None:
    assert len(chart_of(day)) == 50


def test_another_seed_is_another_world() -> None:
    ids = {seed: {e.edition.track_id for e in chart_of(FIRST, seed=seed)} for seed in (50, 51)}
    assert not ids[50] & ids[51]
