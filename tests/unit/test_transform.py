"""Raw objects → tables: the one function, and its promises."""

from dataclasses import replace
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from top50.tables.schemas import TABLES
from top50.transform import build_tables

from . import generated
from .builders import (
    KEY,
    WANTED,
    Raw,
    artist,
    build,
    chart,
    csv_name,
    encoded,
    envelope,
    new_csv,
    page,
    playlist,
    row,
    rows,
    song_id,
    track,
    tracks,
)

SIMULATED = ("sim.json", encoded(envelope(playlist(rows(tracks())), source="simulator")))


@settings(max_examples=10)
@given(generated.raw_objects(), st.randoms(use_true_random=False))
def test_tables_hang_together_whatever_they_are_made_of(raws: list[Raw], dice: Random) -> None:
    built = build_tables(raws, generated.WANTED)
    assert generated.broken_references(built.tables) == []
    for name, frame in built.tables.items():
        table = TABLES[name]
        assert list(frame.columns) == list(table.types)
        assert frame.schema == table.types
        assert_frame_equal(frame, frame.unique(table.key).sort(table.key))
    entries = built.tables["chart_entries"]
    charts = entries.select("chart", "chart_date", "raw_key").unique()
    assert charts.height == charts.select("chart", "chart_date").n_unique()  # each from one raw object
    assert not set(entries["raw_key"]) & {aside.key for aside in built.refused}
    dice.shuffle(raws)
    shuffled = build_tables([*raws, raws[0]], generated.WANTED)
    for name, frame in built.tables.items():
        assert_frame_equal(frame, shuffled.tables[name])


def test_an_object_that_cannot_be_read_stops_no_other() -> None:
    built = build(("a.json", b"{"), chart(), ("b.csv", b"\xff"), ("c", b""))
    assert built.tables["chart_entries"].height == 50
    assert [aside.key for aside in built.refused] == ["a.json", "b.csv", "c"]
    assert not any(aside.fails_check for aside in built.refused)


def test_a_chart_that_fails_its_checks_is_marked_as_such() -> None:
    short = ("chart=global-weekly/short.json", encoded(playlist([*[None] * 6, *rows(tracks(44))])))
    [refused] = build(short).refused
    assert (refused.fails_check, refused.rank) == (True, None)


def test_rows_set_aside_have_their_rank() -> None:
    built = build((KEY, encoded(playlist([*rows(tracks(49)), row(None)]))))
    assert [(aside.key, aside.rank) for aside in built.set_aside] == [(KEY, 50)]
    assert built.refused == []


@pytest.mark.parametrize(
    "added_at",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "1970-01-01T00:00:00Z",
    ],
)
def test_a_time_at_the_end_of_the_calendar_sets_the_object_aside(added_at: str) -> None:
    built = build(("zero.json", encoded(page(rows(tracks(), added_at)))), chart())
    assert [aside.key for aside in built.refused] == ["zero.json"]
    assert built.tables["chart_entries"].height == 50


def test_a_name_that_is_not_utf_8_stops_no_other() -> None:
    latin = chart(added_at="2026-11-13T12:00:00Z", key="chart=global-weekly/caf\udce9.json")
    built = build(latin, chart())
    assert KEY in set(built.tables["chart_entries"]["raw_key"])


def test_no_raw_objects_make_empty_tables_with_their_columns() -> None:
    built = build()
    assert {name: frame.schema for name, frame in built.tables.items()} == {
        name: pl.Schema(table.types) for name, table in TABLES.items()
    }
    assert built.set_aside == []


def test_songs_and_dimensions_are_there_for_the_wanted_ranks_alone() -> None:
    built = build((csv_name(), new_csv()), chart(), wanted=replace(WANTED, size=7))
    assert set(built.tables["songs"]["song_id"]) == {song_id(number) for number in range(1, 8)}
    assert built.tables["artist"].height == 7


def test_a_list_of_tracks_makes_songs_and_no_chart() -> None:
    built = build(("songs.json", encoded([track(1, artists=[artist(3), artist(4)])])))
    assert {name: frame.height for name, frame in built.tables.items()} == {
        "artist": 2,
        "album": 1,
        "song_artists": 2,
        "songs": 1,
        "chart_entries": 0,
    }


@pytest.mark.parametrize(("simulated", "taken"), [(None, KEY), (False, KEY), (True, "sim.json")])
def test_simulated_and_real_charts_never_mix(simulated: bool | None, taken: str) -> None:
    for raws in ([SIMULATED, chart()], [chart(), SIMULATED]):
        built = build_tables(raws, WANTED, simulated=simulated)
        assert set(built.tables["chart_entries"]["raw_key"]) == {taken}
        [refused] = built.refused
        assert refused.key == ({KEY, "sim.json"} - {taken}).pop()
        assert "TOP50_LAKE" in refused.reason


def test_simulated_charts_alone_are_taken_where_no_kind_is_asked_for() -> None:
    assert build(SIMULATED).tables["chart_entries"].height == 50
