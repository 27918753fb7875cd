"""What happened, in sentences: each beside plain Python over the rows of the charts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from top50.catalog.duckdb import linked_catalog
from top50.lake.directory import DirectoryLake
from top50.report.page.credits import names_in
from top50.report.page.facts import Facts
from top50.report.page.headline import sentences, tiles, weeks_at_number_one
from top50.report.page.queries import read_facts
from top50.report.page.svg import bars, plays_line
from top50.report.page.words import gaps, new_over_time, number_ones, plays, plays_over_time
from top50.simulator import chart_csv
from top50.tables.files import TRANSFORMED
from top50.tables.publish import publish
from top50.transform import build_tables

from .pages import chart_dates, entry, facts, first_chart

CHARTS = Path(__file__).parents[3].parent / "shared" / "data" / "charts"
FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)


def facts_of(raws: Iterable[tuple[str, bytes]], folder: Path) -> tuple[Facts, pl.DataFrame]:
    """The newest chart's facts, and all rows of its chart with the songs' names."""
    tables = build_tables(raws).tables
    lake = DirectoryLake(folder, create=True)
    publish(lake, tables)
    with linked_catalog(lake, list(lake.list(TRANSFORMED)), {}) as file:
        [found] = read_facts(file, ["global-weekly"]).values()
    return found, tables["chart_entries"].join(tables["songs"].select("song_id", "song_name"), on="song_id")


def test_sentences_are_what_the_rows_say_on_a_year_of_weeks(tmp_path: Path) -> None:
    weeks = [chart_csv("global-weekly", FRIDAY - timedelta(weeks=back)) for back in range(52)]
    for number in range(0, 50, 7):
        found, rows = facts_of(weeks[number:], tmp_path / str(number))
        dates = sorted(rows["chart_date"].unique(), reverse=True)
        of = {day: rows.filter(chart_date=day).sort("rank").to_dicts() for day in dates}
        newest, before = of[dates[0]], {row["song_id"]: row for row in of[dates[1]]}
        said = " ".join(sentences(found))
        assert f"“{newest[0]['song_name']}” " in said
        assert f"{newest[0]['streams'] / 1e6:.1f} million plays" in said
        others = [n for n, day in enumerate(dates) if of[day][0]["song_id"] != newest[0]["song_id"]]
        assert weeks_at_number_one(found) == ((others[0], True) if others else (len(dates), False))
        climbs = {
            row["song_name"]: row["reported_previous_rank"] - row["rank"]
            for row in newest
            if (row["reported_previous_rank"] or 0) > row["rank"]
        }
        climber = max(climbs, key=lambda name: climbs[name])
        assert f"“{climber}” climbs furthest, from " in said
        gains = {
            row["song_name"]: row["streams"] - before[row["song_id"]]["streams"]
            for row in newest
            if row["song_id"] in before
        }
        top = max(gains, key=lambda name: gains[name])
        assert f"“{top}” gains the most plays, {plays(gains[top])} more" in said
        assert f"It took {plays(newest[-1]['streams'])} plays to reach number 50." in said
        assert [day.new for day in found.dates] == [
            sum(row["reported_weeks_on_chart"] == 1 for row in of[day]) for day in dates[::-1]
        ]
        assert found.newest.new == sum(song.status == "new" for song in found.entries)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    files = sorted(CHARTS.glob("regional-global-weekly-202[23]-??-??.csv"))
    if not files:
        pytest.skip("the real charts are not on this machine")
    raws = [(file.name, file.read_bytes()) for file in files if file.stem[-10:] <= "2023-06-08"]
    return facts_of(raws, tmp_path_factory.mktemp("real") / "lake")[0]


def test_a_real_week_says_what_its_rows_say(real: Facts) -> None:
    said = " ".join(sentences(real))
    assert "is number one with 46.0 million plays, for the 4th week in a row." in said
    assert "climbs furthest, from 182 to 2." in said
    assert [(tile.title, tile.figure) for tile in tiles(real)] == [
        ("plays of the first 50", "1.01 billion"),
        ("debuts", "7"),
        ("furthest climb", "▲ 180"),
        ("price of entry", "14.2 million"),
        ("longest here", "235 weeks"),
    ]
    assert (real.week_artists[0].songs, real.week_labels[0].songs) == (7, 5)
    assert real.newest.new == sum(song.status == "new" for song in real.entries) == 7
    assert all((song.url or "").startswith("https://open.spotify.com/track/") for song in real.entries)


def test_nothing_is_said_that_a_lake_cannot_know() -> None:
    assert sentences(first_chart()) == ["“Song 1” is number one."]
    assert tiles(first_chart()) == []
    broken = facts(dates=chart_dates(14, missing=(11,)))
    assert weeks_at_number_one(broken) == (2, False)
    assert "for at least 2 weeks in a row" in sentences(broken)[0]


@pytest.mark.parametrize(
    ("previous", "weeks", "status", "change"),
    [
        (182, 2, "up", 180),
        (1, 9, "down", -1),
        (2, 9, "same", 0),
        (-1, 1, "new", None),
        (-1, 7, "returned", None),
    ],
)
def test_spotify_s_figures_come_first(previous: int, weeks: int, status: str, change: int | None) -> None:
    ours = replace(entry(2), status="unknown", previous_rank=None, rank_change=None, peak_rank=2)
    theirs = replace(
        ours, reported_previous_rank=previous, reported_peak_rank=1, reported_weeks_on_chart=weeks
    ).as_spotify_counts()
    assert (theirs.status, theirs.rank_change, theirs.weeks_on_chart) == (status, change, weeks)
    assert (theirs.peak_rank, theirs.peak_date) == (1, None)
    assert ours.as_spotify_counts() == ours, "it gives none"


def test_a_name_with_a_comma_is_not_split_where_it_is_known() -> None:
    text = "DJ Khaled, Tyler, The Creator, Earth, Wind & Fire"
    known = {"Tyler, The Creator", "Earth, Wind & Fire"}
    assert names_in(text, known) == ["DJ Khaled", "Tyler, The Creator", "Earth, Wind & Fire"]
    assert names_in("", known) == []


def test_plays_of_the_fifty_have_the_most_the_fewest_and_the_share_of_ten() -> None:
    text = plays_over_time(facts())
    assert text.startswith("Most on 19 November 2026: 1.00 billion; fewest on 20 August 2026: 1.00 billion;")
    assert text.endswith("now 1.00 billion, of which the first ten have 30 %.")
    assert plays_line([10, 20, None, 15]) == "M0.0 120.0h0L333.3 0.0M1000.0 60.0h0"
    assert plays_line([None, 3]) == ""


def test_new_songs_are_bars_and_a_sentence() -> None:
    counted = [replace(day, new=number % 5) for number, day in enumerate(facts().dates)]
    text = new_over_time(facts(dates=counted))
    assert text.startswith("Most on 17 September 2026: 4; fewest on 20 August 2026: 0; now 3. New means ")
    assert bars([2, None, 4]) == "M0.0 120v-60.0h266.7V120zM666.7 120v-120.0h266.7V120z"
    assert bars([0, 0]) == "M0.0 120v-0.0h400.0V120zM500.0 120v-0.0h400.0V120z"
    assert bars([3, None]) == ""


def test_number_ones_are_runs_and_missing_dates_are_ranges() -> None:
    dates = chart_dates(14, missing=(3, 4, 5, 9))
    assert [(name, count) for name, _, count in number_ones(facts(dates=dates))] == [
        ("Song 2", 3),
        ("Song 2", 3),
        ("Song 2", 1),
        ("Song 1", 3),
    ]
    assert gaps(dates, "week") == ["10 September 2026 to 24 September 2026, 3 weeks", "22 October 2026"]
