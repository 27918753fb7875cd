"""Which row wins."""

import itertools
from datetime import date, datetime
from operator import itemgetter
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import (
    Json,
    Raw,
    album,
    artist,
    build,
    chart,
    csv_line,
    csv_name,
    encoded,
    envelope,
    new_csv,
    only,
    page,
    playlist,
    rows,
    song_id,
    track,
    tracks,
    utc,
)
from top50.charts import CHARTS_CSV
from top50.tables.merge import MERGES, merge_charts, split_artist_ids, with_artist_ids
from top50.tables.schemas import CHART_ENTRIES


def entries(*raws: Raw) -> pl.DataFrame:
    """The one chart's entries, which are the same in whatever order the raw objects come."""
    [first, *others] = [build(*order).tables["chart_entries"] for order in itertools.permutations(raws)]
    assert all(first.equals(other) for other in others)
    return first


def raw_of(*raws: Raw) -> str:
    [key] = set(entries(*raws)["raw_key"])
    return str(key)


def read_at(time: str, key: str = "list.json", **changes: Any) -> Raw:
    return key, encoded(envelope([track(1, **changes)], observed_at=time))


MORNING, EVENING = "2026-11-20T08:00:00Z", "2026-11-20T20:00:00Z"
CSV = (csv_name(), new_csv())
PLAYLIST = chart(observed_at="2026-11-22T20:00:00Z", key="chart=global-weekly/late.json")


def test_the_official_csv_comes_before_a_later_playlist() -> None:
    assert raw_of(PLAYLIST, CSV) == csv_name()


def test_the_latest_reading_of_a_playlist_gives_all_rows() -> None:
    early = chart(observed_at=MORNING, key="chart=global-weekly/z.json")
    late = chart(tracks()[:47], observed_at=EVENING, key="chart=global-weekly/a.json")
    assert entries(early, late).height == 47
    assert raw_of(early, late) == late[0]


def test_readings_at_the_same_instant_are_compared_by_content_and_not_by_offset_or_key() -> None:
    other = [track(rank + 1) for rank in range(1, 51)]
    for keys in itertools.permutations(("chart=global-weekly/a.json", "chart=global-weekly/b.json")):
        lower = chart(observed_at="2026-11-20T20:00:00Z", key=keys[0])
        higher = chart(other, observed_at="2026-11-20T21:00:00+01:00", key=keys[1])
        assert raw_of(lower, higher) == keys[1]


def test_a_copy_of_the_same_download_makes_no_second_chart() -> None:
    copy = (csv_name().replace(".csv", " (1).csv"), CSV[1])
    assert entries(CSV, copy).height == 50


def test_readings_that_begin_alike_differ_by_what_follows() -> None:
    higher = chart([*tracks(49), track(99)], key="chart=global-weekly/a.json")
    lower = chart([*tracks(49), track(50)], key="chart=global-weekly/b.json")
    assert raw_of(lower, higher) == higher[0]


def test_the_lines_of_a_csv_may_come_in_any_order() -> None:
    lines = [csv_line(rank) for rank in range(1, 51)]
    upside_down = (csv_name(), new_csv(reversed(lines)))
    assert entries(upside_down)["rank"].to_list() == list(range(1, 51))
    assert entries(upside_down, PLAYLIST).equals(entries(upside_down))


DAYS = st.sampled_from([date(2026, 11, 12), date(2026, 11, 19)])
TIMES = st.sampled_from([utc(2026, 11, 20), utc(2026, 11, 21)])
READINGS = st.lists(
    st.tuples(
        st.sampled_from(["global-daily", "global-weekly"]),
        DAYS,
        st.sampled_from([CHARTS_CSV, "playlist"]),
        TIMES,
        st.booleans(),
        st.lists(st.sampled_from("ab"), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=5,
)
Reading = tuple[str, date, str, datetime, bool, list[str]]


def rows_of(key: str, reading: Reading) -> list[Json]:
    name, day, source, at, says_chart, songs = reading
    same = {"chart": name, "chart_date": day, "source": source, "observed_at": at, "raw_key": key}
    same |= {"year": str(day.year), "says_chart": says_chart}
    return [same | {"rank": rank, "song_id": song} for rank, song in enumerate(songs, start=1)]


def best_of(readings: list[Reading]) -> list[Json]:
    """By the words of the contract, and with nothing of Polars."""
    best: dict[tuple[str, date], tuple[tuple[object, ...], list[Json]]] = {}
    for number, reading in enumerate(readings):
        chart_name, day, source, at, says_chart, songs = reading
        found = (source == CHARTS_CSV, says_chart, at, songs, str(number)), rows_of(str(number), reading)
        best[chart_name, day] = max(best.get((chart_name, day), found), found, key=itemgetter(0))
    return [row for _, (_, rows) in sorted(best.items()) for row in rows]


@given(READINGS, st.booleans(), st.randoms(use_true_random=False))
def test_one_raw_object_gives_all_rows_in_whatever_order_and_how_often_they_come(
    readings: list[Reading], twice: bool, chance: Random
) -> None:
    found = [row for number, reading in enumerate(readings) for row in rows_of(str(number), reading)]
    found *= 2 if twice else 1
    chance.shuffle(found)
    merged = merge_charts(pl.DataFrame(found, schema={**CHART_ENTRIES.types, "says_chart": pl.Boolean()}))
    assert merged.select(list(found[0])).to_dicts() == best_of(readings)


def test_a_chart_that_says_its_name_comes_before_a_later_one_that_does_not() -> None:
    friday = ("friday.json", encoded(playlist(rows(tracks()))))
    other = [track(100 + rank) for rank in range(1, 51)]
    saturday = ("saturday.json", encoded(page(rows(other, "2026-11-21T14:00:00Z"))))
    in_folder = ("chart=global-weekly/2026-11-19/x.json", saturday[1])
    assert raw_of(saturday, friday) == "friday.json"
    assert raw_of(saturday, CSV) == CSV[0]
    assert raw_of(saturday, friday, in_folder) == in_folder[0], "the folder says it, and it is the latest"
    assert build(saturday).tables.unnamed == {"saturday.json"}
    assert build(saturday, friday).tables.unnamed == frozenset()


def song(*raws: Raw) -> tuple[Json, list[str]]:
    """Song 1 and its artists, which are the same in whatever order the raw objects come."""
    found = []
    for order in itertools.permutations(raws):
        built = build(*order).tables
        artists = built["song_artists"].filter(song_id=song_id(1)).sort("position")["artist_id"].to_list()
        found.append((only(built["songs"], song_id=song_id(1)), artists))
    assert all(other == found[0] for other in found)
    return found[0]


def test_a_full_track_comes_before_a_later_csv_line() -> None:
    found, artists = song(CSV, read_at("2020-01-01T00:00:00Z", name="Full"))
    assert (found["song_name"], found["updated_at"], artists) == ("Full", utc(2020, 1, 1), [artist(1)["id"]])


def test_a_row_with_a_name_comes_before_a_later_or_a_fuller_one_without() -> None:
    nameless = read_at(EVENING, name="", album=album(0, name=""), artists=[artist(1, name="")])
    named = read_at(MORNING, "morning.json", name="Named")
    found, artists = song(nameless, named)
    assert (found["song_name"], artists) == ("Named", [artist(1)["id"]])
    built = build(nameless, named).tables
    assert built["album"]["name"].to_list() == ["Album 0"]
    assert built["artist"]["artist_name"].to_list() == ["Artist 1"]
    assert song(nameless, CSV)[0]["song_name"] == "Song 1"


def test_a_nameless_row_stays_where_there_is_no_other() -> None:
    assert song(read_at(EVENING, name=None))[0]["song_name"] == ""


NAMES = [
    ("songs", "song_name", "Song 1"),
    ("album", "name", "Album 0"),
    ("artist", "artist_name", "Artist 1"),
]


@pytest.mark.parametrize("blank", ["   ", "\u00a0", "\t\u3000", "\x1c"])
def test_a_name_of_blanks_replaces_no_other_and_is_stored_unchanged(blank: str) -> None:
    fields = {"name": blank, "album": album(0, name=blank), "artists": [artist(1, name=blank)]}
    raws = [read_at(MORNING), read_at(EVENING, "blank.json", **fields)]
    apart = [build(raw).tables for raw in raws]
    assert apart[1]["songs"]["song_name"].to_list() == [blank]
    for table, column, name in NAMES:
        at_once = build(*raws).tables[table]
        bit_by_bit = MERGES[table](pl.concat(tables[table] for tables in apart))
        assert at_once[column].to_list() == bit_by_bit[column].to_list() == [name]


def test_of_csv_lines_the_latest_wins() -> None:
    lines = [csv_line(rank, track_name=f"Newer {rank}") for rank in range(1, 201)]
    later, before = (csv_name(), new_csv(lines)), ("regional-global-weekly-2026-11-12.csv", new_csv())
    assert song(later, before)[0]["song_name"] == "Newer 1"


def test_the_latest_track_is_taken_whole_with_its_own_artists() -> None:
    early = read_at(MORNING, "1.json", name="Early", artists=[artist(7), artist(8)])
    late = read_at(EVENING, "2.json", name="Late", artists=[artist(9)], duration_ms=None, external_ids=None)
    found, artists = song(early, late)
    assert (found["song_name"], found["duration_ms"], found["isrc"]) == ("Late", None, None)
    assert artists == [artist(9)["id"]]


def test_tracks_of_the_same_instant_are_compared_by_content() -> None:
    first, second = read_at(MORNING, "1.json", name="A"), read_at(MORNING, "2.json", name="B")
    third = read_at(MORNING, "3.json", name="B", artists=[artist(5), artist(6)])
    found, artists = song(first, second, third)
    assert found["song_name"] == "B"
    assert ", ".join(f"Artist {int(singer[-2:])}" for singer in artists) == found["artist_names"]


def test_tracks_that_differ_in_nothing_but_their_artists_ids_do_not_mix() -> None:
    pair = [artist(5, name="X"), artist(6, name="X")]
    other = [artist(6, name="X"), artist(5, name="X")]
    _, artists = song(read_at(MORNING, "1.json", artists=pair), read_at(MORNING, "2.json", artists=other))
    assert artists in ([pair[0]["id"], pair[1]["id"]], [pair[1]["id"], pair[0]["id"]])


@pytest.mark.parametrize("keys", [("1.json", "2.json"), ("2.json", "1.json")])
def test_albums_and_artists_are_taken_whole_from_the_latest(keys: tuple[str, str]) -> None:
    early = read_at(MORNING, keys[0], album=album(3, name="Early"), artists=[artist(4, name="Early")])
    late_album = album(3, name="Late", album_type=None, total_tracks=None)
    late = read_at(EVENING, keys[1], album=late_album, artists=[artist(4, name="Late", external_urls=None)])
    built = build(early, late).tables
    [found] = built["album"].to_dicts()
    assert (found["name"], found["album_type"], found["total_tracks"]) == ("Late", None, None)
    [found] = built["artist"].to_dicts()
    assert (found["artist_name"], found["external_url"]) == ("Late", None)


def test_a_losing_playlist_still_describes_its_songs() -> None:
    described = chart([track(n, name=f"Described {n}") for n in range(1, 51)], observed_at=EVENING)
    built = build(CSV, described).tables
    assert set(built["chart_entries"]["source"]) == {"charts-csv"}
    assert built["songs"].filter(pl.col("duration_ms").is_null()).is_empty()
    assert only(built["songs"], song_id=song_id(9))["song_name"] == "Described 9"
    assert built["album"].height == 26


def test_the_csv_s_own_artist_text_stays_where_no_track_is_known() -> None:
    text = '"Tyler, The Creator, Kali Uchis"'
    lines = [csv_line(n, artist_names=text) for n in range(1, 201)]
    full = track(2, artists=[artist(21, name="Tyler, The Creator"), artist(22, name="Kali Uchis")])
    songs = build((csv_name(), new_csv(lines)), ("list.json", encoded([full]))).tables["songs"]
    assert only(songs, song_id=song_id(1))["artist_names"] == "Tyler, The Creator, Kali Uchis"
    assert only(songs, song_id=song_id(2))["artist_id"] == artist(21)["id"]


def test_a_song_twice_on_one_chart_keeps_both_ranks() -> None:
    songs = [track(1), track(1), *tracks()[2:]]
    built = build(("chart=global-weekly/x.json", encoded(playlist(rows(songs))))).tables
    assert built["chart_entries"].filter(song_id=song_id(1))["rank"].to_list() == [1, 2]
    assert built["songs"].height == 49


def test_artist_ids_split_and_joined_again_are_the_same() -> None:
    songs = pl.DataFrame({"song_id": ["a", "b", "c"], "artist_ids": ["x,y", "", ",,z"]})
    alone, song_artists = split_artist_ids(songs)
    assert song_artists.rows() == [("a", 1, "x"), ("a", 2, "y"), ("c", 3, "z")]
    assert with_artist_ids(alone, song_artists).sort("song_id").equals(songs)
