"""The views on small lakes, where the right answer is plain to see."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from top50.catalog.views import VIEWS

from .in_duckdb import rows_of, small, views_on, with_album_and_artists

Movement = dict[tuple[str, str], tuple[Any, ...]]

W1, W2, W3, W4, W5 = "2026-10-22", "2026-10-29", "2026-11-05", "2026-11-12", "2026-11-19"


def movement(tables: dict[str, pl.DataFrame]) -> Movement:
    """(day, song id) → (rank, previous, change, status, peak, peak's day, weeks, streak)."""
    with views_on(tables) as catalog:
        return {
            (str(row["chart_date"]), row["song_id"]): (
                row["rank"],
                row["previous_rank"],
                row["rank_change"],
                row["status"],
                row["peak_rank"],
                str(row["peak_date"]),
                row["weeks_on_chart"],
                row["streak_weeks"],
            )
            for row in rows_of(catalog, "SELECT * FROM chart_movement")
        }


def test_songs_climb_fall_stay_leave_and_return() -> None:
    moves = movement(small({W1: "abc", W2: "bad", W3: "bca"}))
    assert {song: moves[W1, song][3] for song in "abc"} == dict.fromkeys("abc", "unknown")
    assert moves[W2, "b"] == (1, 2, 1, "up", 1, W2, 2, 2)
    assert moves[W2, "a"] == (2, 1, -1, "down", 1, W1, 2, 2)
    assert moves[W2, "d"] == (3, None, None, "new", 3, W2, 1, 1)
    assert moves[W3, "b"] == (1, 1, 0, "same", 1, W2, 3, 3)
    assert moves[W3, "c"] == (2, None, None, "returned", 2, W3, 2, 1)
    assert moves[W3, "a"] == (3, 2, -1, "down", 1, W1, 3, 3)


def test_nothing_moves_across_a_missing_chart_and_a_streak_breaks_there() -> None:
    moves = movement(small({W1: "ab", W2: "ba", W4: "abc", W5: "cab"}))
    assert {song: moves[W4, song][1:4] for song in "abc"} == dict.fromkeys("abc", (None, None, "unknown"))
    assert moves[W4, "a"][6:] == (3, 1)
    assert moves[W5, "a"] == (2, 1, -1, "down", 1, W1, 4, 2)
    assert moves[W5, "c"] == (1, 3, 2, "up", 1, W5, 2, 2)


def test_a_missing_rank_moves_no_other() -> None:
    moves = movement(small({W1: ["a", "", "c"], W2: ["c", "", "a"]}))
    assert moves[W2, "c"][:4] == (1, 3, 2, "up")
    assert moves[W2, "a"][:4] == (3, 1, -2, "down")


def test_the_daily_chart_goes_by_days_and_each_chart_has_its_own_history() -> None:
    weekly = small({W1: "ab", W2: "ba"})
    daily = small({"2026-10-28": "ba", "2026-10-29": "ab"}, chart="global-daily")
    both = {name: pl.concat([weekly[name], daily[name]]).unique(maintain_order=True) for name in weekly}
    with views_on(both) as catalog:
        sql = "SELECT * FROM chart_movement WHERE chart_date = '2026-10-29' AND song_id = 'a' ORDER BY chart"
        on_daily, on_weekly = rows_of(catalog, sql)
    assert (on_daily["previous_rank"], on_daily["rank"], on_daily["weeks_on_chart"]) == (2, 1, 2)
    assert (on_weekly["previous_rank"], on_weekly["rank"], on_weekly["weeks_on_chart"]) == (1, 2, 2)


SINGLE = {"song_name": "Same", "artist_names": "One, Two", "isrc": "X1"}


@pytest.mark.parametrize(
    "album_edition",
    [
        {"song_name": "Same (Album Version)", "artist_names": "One", "isrc": "X1"},
        {"song_name": "SAME", "artist_names": "one, two", "isrc": "X2"},
        {"song_name": "same", "artist_names": "One, Two", "isrc": None},
    ],
)
def test_a_song_keeps_its_history_under_another_track_id(album_edition: dict[str, str]) -> None:
    tables = small({W1: ["s", "x"], W2: ["x", "s"], W3: ["l", "x"]}, {"s": SINGLE, "l": album_edition})
    assert movement(tables)[W3, "l"] == (1, 2, 1, "up", 1, W1, 3, 3)
    with views_on(tables) as catalog:
        keys = {row["song_id"]: row["song_key"] for row in rows_of(catalog, "SELECT * FROM song_identity")}
        gone = rows_of(catalog, "SELECT song_id FROM dropped_out")
    assert keys == {"s": "same|one, two", "l": "same|one, two", "x": "x|by x"}
    assert gone == []


def test_ids_that_hang_together_by_several_links_are_one_song_named_for_the_first_on_a_chart() -> None:
    songs = {
        "a": {"song_name": "One", "artist_names": "A", "isrc": "1"},
        "b": {"song_name": "Two", "artist_names": "A", "isrc": "1"},
        "c": {"song_name": "two", "artist_names": "a", "isrc": "2"},
        "d": {"song_name": "Three", "artist_names": "A", "isrc": "2"},
        "e": {"song_name": "three", "artist_names": "A", "isrc": "3"},
        "never": {"song_name": "Other", "artist_names": "A", "isrc": "3"},
    }
    with views_on(small({W1: ["e"], W2: ["a"], W3: ["b", "c", "d"]}, songs)) as catalog:
        keys = {row["song_id"]: row["song_key"] for row in rows_of(catalog, "SELECT * FROM song_identity")}
    assert keys == dict.fromkeys(songs, "three|a")


def test_what_is_not_known_makes_no_two_songs_one() -> None:
    songs = {
        "a": {"song_name": "Same", "artist_names": None, "isrc": None},
        "b": {"song_name": "Same", "artist_names": None, "isrc": None},
        "c": {"song_name": "Same", "artist_names": "C", "isrc": None},
    }
    moves = movement(small({W1: "abc", W2: "c"}, songs))
    assert moves[W2, "c"][:2] == (1, 3)


def test_songs_without_a_name_are_themselves_by_their_ids() -> None:
    nameless = {"song_name": "", "artist_names": None, "isrc": None}
    empty = {"song_name": "", "artist_names": "", "isrc": None}
    songs = {"a": nameless, "b": nameless, "c": empty, "d": empty}
    tables = small({W1: "abcd", W2: "bad"}, songs)
    moves = movement(tables)
    assert {song: moves[W2, song][1] for song in "bad"} == {"b": 2, "a": 1, "d": 4}
    with views_on(tables) as catalog:
        keys = {row["song_id"]: row["song_key"] for row in rows_of(catalog, "SELECT * FROM song_identity")}
        gone = rows_of(catalog, "SELECT song_id FROM dropped_out")
    assert keys == {song: song for song in songs}
    assert gone == [{"song_id": "c"}]


def test_a_name_is_the_same_composed_or_not() -> None:
    songs = {
        "a": {"song_name": "Jacar\u00e9", "artist_names": "Mc E\u0301", "isrc": None},
        "b": {"song_name": "JACARE\u0301", "artist_names": "mc \u00c9", "isrc": None},
    }
    tables = small({W1: "a", W2: "b"}, songs)
    assert movement(tables)[W2, "b"][3] == "same"
    with views_on(tables) as catalog:
        keys = {row["song_key"] for row in rows_of(catalog, "SELECT song_key FROM song_identity")}
        names = {row["song_name"] for row in rows_of(catalog, "SELECT song_name FROM top_50")}
    assert keys == {"jacar\u00e9|mc \u00e9"}
    assert names == {"Jacar\u00e9", "JACARE\u0301"}, "text is kept as it came"


@pytest.mark.parametrize("view", ["top_50", "current_top_50"])
def test_a_song_without_an_album_shows_its_own_picture(view: str) -> None:
    songs = {"a": {"album_id": "A"}, "b": {"image_url": "https://shown"}}
    tables = with_album_and_artists(small({W1: "ab"}, songs), ["A"], {})
    tables["album"] = tables["album"].with_columns(image_url=pl.lit("https://cover"))
    with views_on(tables) as catalog:
        found = rows_of(catalog, f"SELECT song_id, image_url FROM {view} ORDER BY rank")
    assert [row["image_url"] for row in found] == ["https://cover", "https://shown"]


def test_of_two_ids_of_a_song_on_one_chart_the_better_rank_counts() -> None:
    songs = {"s": SINGLE, "l": {**SINGLE, "song_name": "Same (Live)"}}
    tables = small({W1: ["s", "x", "l"], W2: ["x", "l", "s"], W3: ["x"]}, songs)
    moves = movement(tables)
    assert moves[W2, "l"] == (2, 1, -1, "down", 1, W1, 2, 2)
    assert moves[W2, "s"] == (3, 1, -2, "down", 1, W1, 2, 2)
    with views_on(tables) as catalog:
        [gone] = rows_of(catalog, "SELECT song_id, last_rank, peak_rank, weeks_on_chart FROM dropped_out")
    assert gone == {"song_id": "l", "last_rank": 2, "peak_rank": 1, "weeks_on_chart": 2}


def test_who_left_is_reported_by_the_chart_after_and_never_across_a_gap() -> None:
    with views_on(small({W1: "abc", W2: "ab", W4: "b", W5: "xy"})) as catalog:
        gone = rows_of(catalog, "SELECT * FROM dropped_out ORDER BY chart_date, song_id")
    assert [
        (str(row["chart_date"]), row["song_id"], row["last_rank"], row["peak_rank"], row["weeks_on_chart"])
        for row in gone
    ] == [(W2, "c", 3, 3, 1), (W5, "b", 1, 1, 3)]


def test_artists_count_in_full_and_albums_by_their_songs() -> None:
    songs = {song: {"album_id": album} for song, album in (("a", "A"), ("b", "A"), ("c", "C"))}
    tables = with_album_and_artists(
        small({W1: "abc", W2: "bc"}, songs), "AC", {"a": "pq", "b": "q", "c": ["q", "r", "r"]}
    )
    with views_on(tables) as catalog:
        artists = rows_of(catalog, "SELECT * FROM artist_ranking")
        albums = rows_of(catalog, "SELECT * FROM album_ranking")
    columns = ("songs", "weeks", "entries", "best_rank", "points")
    assert {row["artist_id"]: tuple(row[name] for name in columns) for row in artists} == {
        "p": (1, 1, 1, 1, 50),
        "q": (3, 2, 5, 1, 50 + 49 + 48 + 50 + 49),
        "r": (1, 2, 2, 2, 48 + 49),
    }
    assert {row["album_id"]: (row["artist_names"], *[row[name] for name in columns]) for row in albums} == {
        "A": ("by a", 2, 2, 3, 1, 50 + 49 + 50),
        "C": ("by c", 1, 2, 2, 2, 48 + 49),
    }


def test_the_newest_chart_of_each_has_everything_beside_it() -> None:
    with views_on(small({W1: "ab", W2: "ba"})) as catalog:
        rows = rows_of(catalog, "SELECT * FROM current_top_50 ORDER BY rank")
    assert [(row["song_id"], row["song_name"], row["previous_rank"], row["status"]) for row in rows] == [
        ("b", "b", 2, "up"),
        ("a", "a", 1, "down"),
    ]
    assert {row["chart_date"] for row in rows} == {date.fromisoformat(W2)}


def test_dates_without_a_chart_are_listed() -> None:
    with views_on(small({W1: "ab", W4: "abc"})) as catalog:
        rows = rows_of(catalog, "SELECT * FROM chart_dates ORDER BY chart_date")
    assert [(str(row["chart_date"]), row["entries"], row["source"], row["missing"]) for row in rows] == [
        (W1, 2, "playlist", False),
        (W2, 0, None, True),
        (W3, 0, None, True),
        (W4, 3, "playlist", False),
    ]


def test_one_chart_alone_is_all_unknown_and_nobody_has_left() -> None:
    tables = small({W1: "ab"})
    assert movement(tables) == {
        (W1, "a"): (1, None, None, "unknown", 1, W1, 1, 1),
        (W1, "b"): (2, None, None, "unknown", 2, W1, 1, 1),
    }
    with views_on(tables) as catalog:
        assert rows_of(catalog, "SELECT * FROM dropped_out") == []
        assert len(rows_of(catalog, "SELECT * FROM chart_dates")) == 1


def test_an_empty_lake_has_empty_views_with_the_columns_that_are_described() -> None:
    with views_on(small({})) as catalog:
        for view in VIEWS.values():
            found = catalog.execute(f"SELECT * FROM {view.name}")
            assert [column[0] for column in found.description or ()] == list(view.columns)
            assert found.fetchall() == []
