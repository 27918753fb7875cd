"""The views on a year of charts, beside the same in plain Python; and beside Spotify's own figures."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from top50.read.snapshot import Wanted
from top50.simulator import snapshot
from top50.transform import build_tables

from .in_duckdb import Rows, rows_of, views_on

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "charts"
NEWEST = datetime(2026, 11, 20, 22, tzinfo=UTC)
MISSING = {7, 8, 30}
WEEK = timedelta(weeks=1)


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """52 weeks, three of them missing, with the songs that change their track id as the simulator has it."""
    weeks = [week for week in range(52) if week not in MISSING]
    raws = [(f"{week}.json", snapshot("global-weekly", NEWEST - week * WEEK)) for week in weeks]
    return build_tables(raws).tables


class Places(NamedTuple):
    """Charts of songs: day → song → best rank, in order of the days; and which song each id is."""

    by_day: dict[date, dict[str, int]]
    song_of: dict[str, str]


def keys_in_python(tables: dict[str, pl.DataFrame]) -> dict[str, str]:
    """Song id → song key, by joining sets of ids until nothing joins any more."""
    songs = tables["songs"].to_dicts()
    first: dict[str, tuple[date, int]] = {}
    for row in tables["chart_entries"].to_dicts():
        place = (row["chart_date"], row["rank"])
        first[row["song_id"]] = min(first.get(row["song_id"], place), place)
    group = {song["song_id"]: {song["song_id"]} for song in songs}
    by_identity: defaultdict[tuple[str, ...], Rows] = defaultdict(list)
    for song in songs:
        by_identity[("name", song["song_name"].lower(), (song["artist_names"] or "").lower())].append(song)
        if song["isrc"]:
            by_identity[("isrc", song["isrc"])].append(song)
    for same in by_identity.values():
        for one, other in pairwise(same):
            joined = group[one["song_id"]] | group[other["song_id"]]
            group.update(dict.fromkeys(joined, joined))
    named = {song["song_id"]: f"{song['song_name']}|{song['artist_names'] or ''}".lower() for song in songs}
    return {song_id: named[min(ids, key=lambda each: first[each])] for song_id, ids in group.items()}


def places_in_python(tables: dict[str, pl.DataFrame]) -> Places:
    song_of = keys_in_python(tables)
    by_day: dict[date, dict[str, int]] = {}
    for row in tables["chart_entries"].sort("chart_date", "rank").to_dicts():
        by_day.setdefault(row["chart_date"], {}).setdefault(song_of[row["song_id"]], row["rank"])
    return Places(by_day, song_of)


def movement_in_python(tables: dict[str, pl.DataFrame]) -> Iterator[dict[str, Any]]:
    places = places_in_python(tables)
    for entry in tables["chart_entries"].to_dicts():
        day, rank, song = entry["chart_date"], entry["rank"], places.song_of[entry["song_id"]]
        so_far = {then: on[song] for then, on in places.by_day.items() if then <= day and song in on}
        before = places.by_day.get(day - WEEK)
        previous = before.get(song) if before is not None else None
        streak = 0
        while day - streak * WEEK in so_far:
            streak += 1
        yield {
            "chart_date": day,
            "rank": rank,
            "song_id": entry["song_id"],
            "song_key": song,
            "previous_rank": previous,
            "rank_change": None if previous is None else previous - rank,
            "status": status_of(before is not None, previous, rank, len(so_far)),
            "peak_rank": min(so_far.values()),
            "peak_date": min(then for then, at in so_far.items() if at == min(so_far.values())),
            "weeks_on_chart": len(so_far),
            "streak_weeks": streak,
        }


def status_of(known: bool, previous: int | None, rank: int, weeks: int) -> str:
    if not known:
        return "unknown"
    if previous is None:
        return "new" if weeks == 1 else "returned"
    return "up" if previous > rank else "down" if previous < rank else "same"


def test_movement_is_what_python_makes_of_a_year(tables: dict[str, pl.DataFrame]) -> None:
    expected = {(row["chart_date"], row["rank"]): row for row in movement_in_python(tables)}
    with views_on(tables) as catalog:
        found = rows_of(catalog, "SELECT * FROM chart_movement")
    assert len(found) == len(expected) == 49 * 50
    for row in found:
        wanted = expected[row["chart_date"], row["rank"]]
        assert {name: row[name] for name in wanted} == wanted
    assert {row["status"] for row in found} == {"unknown", "new", "returned", "up", "down", "same"}
    ids = defaultdict(set)
    for row in found:
        ids[row["song_key"]].add(row["song_id"])
    assert max(len(each) for each in ids.values()) > 1, "no song changed its track id, so nothing was shown"


def test_who_left_and_which_dates_are_missing_is_what_python_makes_of_a_year(
    tables: dict[str, pl.DataFrame],
) -> None:
    places = places_in_python(tables).by_day
    gone = {
        (day, song, before[song])
        for day, now in places.items()
        if (before := places.get(day - WEEK)) is not None
        for song in before.keys() - now.keys()
    }
    with views_on(tables) as catalog:
        left = rows_of(catalog, "SELECT chart_date, song_key, last_rank FROM dropped_out")
        missing = rows_of(catalog, "SELECT chart_date FROM chart_dates WHERE missing")
        dates = rows_of(catalog, "SELECT * FROM chart_dates")
    assert {tuple(row.values()) for row in left} == gone
    newest = max(places)
    assert {row["chart_date"] for row in missing} == {newest - week * WEEK for week in MISSING}
    assert len(dates) == 52


def test_rankings_are_what_python_makes_of_a_year(tables: dict[str, pl.DataFrame]) -> None:
    song_of = keys_in_python(tables)
    artists_of = defaultdict(set)
    for row in tables["song_artists"].to_dicts():
        artists_of[row["song_id"]].add(row["artist_id"])
    album_of = dict(tables["songs"].select("song_id", "album_id").iter_rows())
    by_artist, by_album = defaultdict(list), defaultdict(list)
    for entry in tables["chart_entries"].to_dicts():
        by_album[album_of[entry["song_id"]]].append(entry)
        for artist in artists_of[entry["song_id"]]:
            by_artist[artist].append(entry)
    with views_on(tables) as catalog:
        artists = rows_of(catalog, "SELECT * FROM artist_ranking")
        albums = rows_of(catalog, "SELECT * FROM album_ranking")
    assert {row["artist_id"]: figures(row) for row in artists} == totals(by_artist, song_of)
    assert {row["album_id"]: figures(row) for row in albums} == totals(by_album, song_of)


def figures(row: dict[str, Any]) -> tuple[int, ...]:
    return tuple(row[name] for name in ("songs", "weeks", "entries", "best_rank", "points"))


def totals(entries: dict[str, Rows], song_of: dict[str, str]) -> dict[str, tuple[int, ...]]:
    return {
        each: (
            len({song_of[row["song_id"]] for row in rows}),
            len({row["chart_date"] for row in rows}),
            len(rows),
            min(row["rank"] for row in rows),
            sum(51 - row["rank"] for row in rows),
        )
        for each, rows in entries.items()
    }


@pytest.fixture(scope="module")
def official() -> Rows:
    """Our movement beside Spotify's own figures, for the entries whose chart before is in the lake."""
    files = sorted(SHARED.glob("*.csv"))
    raws = [(file.name, file.read_bytes()) for file in files]
    with views_on(build_tables(raws, Wanted(today=date(2026, 11, 22))).tables) as catalog:
        return rows_of(
            catalog,
            "SELECT * FROM chart_movement WHERE status <> 'unknown' AND reported_previous_rank IS NOT NULL",
        )


RENAMED = ("2023-03-16", "4W4fNrZYkobj539TOWsLO2")
"""Another id and another name ("(with …)" went into it) at once: only the isrc tells, and no CSV has it."""

real = pytest.mark.skipif(not SHARED.is_dir(), reason="the real charts are not on this machine")


@real
def test_our_previous_rank_is_the_official_one_also_where_the_track_id_changed(official: Rows) -> None:
    assert len(official) > 1000
    within = [row for row in official if 1 <= row["reported_previous_rank"] <= 50]
    different = [row for row in within if row["previous_rank"] != row["reported_previous_rank"]]
    assert {(str(row["chart_date"]), row["song_id"]) for row in different} == {RENAMED}


@real
def test_what_is_new_for_us_is_officially_new_or_came_from_beyond_50(official: Rows) -> None:
    new = [row for row in official if row["status"] in ("new", "returned")]
    assert new
    known = {
        (str(row["chart_date"]), row["song_id"]) for row in new if 1 <= row["reported_previous_rank"] <= 50
    }
    assert known == {RENAMED}


@real
def test_our_peak_is_never_better_and_our_weeks_are_never_more_than_the_official_ones(official: Rows) -> None:
    assert [row for row in official if row["peak_rank"] < row["reported_peak_rank"]] == []
    assert [row for row in official if row["weeks_on_chart"] > row["reported_weeks_on_chart"]] == []
