"""The facts of the page, from a real catalog with its real views, and the process that makes the page."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from top50.catalog.duckdb import CATALOG, linked_catalog, refresh_duckdb
from top50.errors import ReportError
from top50.lake.directory import DirectoryLake
from top50.report.links import INDEX, page_key
from top50.report.page import pages, words
from top50.report.page.catalog import open_catalog, select_chart
from top50.report.page.facts import Facts
from top50.report.page.pages import make_pages, write_pages
from top50.report.page.queries import read_facts
from top50.tables.files import TRANSFORMED

from ..builders import THURSDAY, Json, Raw, artist, chart, published, song_id, track
from .pages import entry, facts

WEEKLY, DAILY = "global-weekly", "global-daily"


def of_week(weeks_ago: int, *first: Json) -> Raw:
    friday = THURSDAY + timedelta(days=1) - timedelta(weeks=weeks_ago)
    songs = [*first, *[track(number) for number in range(100 + len(first), 150)]]
    return chart(songs, f"{friday}T12:00:00Z", f"chart={WEEKLY}/{friday}.json")


@pytest.fixture(scope="module", params=["made", "linked"])
def catalog(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    lake = DirectoryLake(tmp_path_factory.mktemp("page") / "lake", create=True)
    first, second, third = track(1), track(2), track(3)
    published(lake, of_week(3, third), of_week(1, first, second), of_week(0, second, first, third))
    if request.param == "made":
        refresh_duckdb(lake)
        yield lake.root / CATALOG
    else:
        with linked_catalog(lake, list(lake.list(TRANSFORMED)), {}) as file:
            yield file


@pytest.fixture(scope="module")
def read(catalog: Path) -> Facts:
    found = read_facts(catalog, [WEEKLY])
    return found[WEEKLY]


def test_entries_have_rank_song_and_movement(read: Facts) -> None:
    assert [entry.rank for entry in read.entries] == list(range(1, 51))
    second, first, third = read.entries[:3]
    assert (second.song_name, second.artist_names, second.album_name) == ("Song 2", "Artist 2", "Album 1")
    assert (second.status, second.previous_rank, second.rank_change) == ("up", 2, 1)
    assert (first.status, third.status) == ("down", "returned")
    assert (read.newest.chart_date, read.compared) == (THURSDAY, True)


def test_leavers_have_their_names_and_covers(read: Facts) -> None:
    [left] = read.left
    assert (left.song_name, left.last_rank) == ("Song 102", 3)
    assert (left.image_url or "").startswith("https://images.example/")


def test_ranks_are_reported_date_by_date_with_gaps(read: Facts) -> None:
    assert [day.missing for day in read.dates] == [False, True, False, False]
    assert read.ranks[read.entries[2].song_key] == [1, None, None, 3]
    assert read.ranks[read.left[0].song_key] == [3, None, 3, None]


def test_artists_come_with_the_most_entries_first(read: Facts) -> None:
    entries = [artist.entries for artist in read.artists]
    assert entries == sorted(entries, reverse=True)
    assert (read.artists[0].external_url or "").startswith("https://open.spotify.com/artist/")


def test_movements_are_those_of_the_view_though_a_song_was_charted_under_another_id(
    lake: DirectoryLake,
) -> None:
    single = track(1, id=song_id(900))
    published(
        lake, of_week(4, single), of_week(3, single, track(2)), of_week(1, track(3)), of_week(0, track(1))
    )
    refresh_duckdb(lake)
    columns = "rank, song_key, status, previous_rank, peak_rank, peak_date, weeks_on_chart, streak_weeks"
    with duckdb.connect(str(lake.root / CATALOG), read_only=True) as connection:
        rows = connection.execute(f"SELECT {columns} FROM current_top_50 ORDER BY rank").fetchall()
    read = read_facts(lake.root / CATALOG, [WEEKLY])[WEEKLY]
    assert [tuple(getattr(entry, name) for name in columns.split(", ")) for entry in read.entries] == rows
    assert (read.entries[0].status, read.entries[0].weeks_on_chart) == ("returned", 3)


def test_charts_are_reported_side_by_side_as_each_alone_with_the_artists_of_the_view(
    lake: DirectoryLake,
) -> None:
    songs = [track(number) for number in range(30, 80)]
    # The other way round a day later: all artists have as many entries, and the best are not the first seen.
    days = [
        chart(ranked, f"{day}T12:00:00Z", f"chart={DAILY}/{day}.json")
        for day, ranked in ((THURSDAY, songs), (THURSDAY + timedelta(days=1), songs[::-1]))
    ]
    published(lake, of_week(1, track(3)), of_week(0, track(1)), *days)
    refresh_duckdb(lake)
    catalog = lake.root / CATALOG
    both = read_facts(catalog, [WEEKLY, DAILY])
    assert both == read_facts(catalog, [WEEKLY]) | read_facts(catalog, [DAILY])
    columns = "artist_name, entries, songs, weeks"
    best = "ORDER BY entries DESC, best_rank, artist_name, artist_id LIMIT 15"
    with duckdb.connect(str(catalog), read_only=True) as connection:
        for name, facts in both.items():
            rows = connection.sql(
                f"SELECT {columns} FROM artist_ranking WHERE chart = '{name}' {best}"
            ).fetchall()
            assert rows == [
                tuple(getattr(each, name) for name in columns.split(", ")) for each in facts.artists
            ]


def test_no_more_artists_are_followed_than_the_page_names(lake: DirectoryLake) -> None:
    crowd = [track(number, artists=[artist(100 * number + n) for n in range(100)]) for number in range(1, 51)]
    published(lake, chart(crowd))
    refresh_duckdb(lake)
    with open_catalog(lake.root / CATALOG) as connection:
        select_chart(connection, WEEKLY)
        followed = connection.execute("SELECT DISTINCT artist_id FROM song_artists").fetchall()
    assert len(followed) == 15


def test_a_chart_that_is_not_there_has_no_facts_and_no_page(catalog: Path, tmp_path: Path) -> None:
    assert read_facts(catalog, [DAILY]) == {}
    empty = DirectoryLake(tmp_path / "empty", create=True)
    assert make_pages(empty, catalog, {DAILY: ""}).pages == {}
    assert list(empty.list("")) == []


def test_page_and_digest_are_made_in_another_process(catalog: Path, lake: DirectoryLake) -> None:
    made = write_pages(lake, catalog, {DAILY: "", WEEKLY: "https://page.example/"}).pages
    assert list(made) == [WEEKLY]  # of the other one there is no chart
    page = made[WEEKLY]
    stored = lake.read(page_key(WEEKLY))
    assert stored is not None
    assert stored.content.startswith(b"<!doctype html>")
    assert page.digest.startswith("# Top Songs Global, 19 November 2026\n")
    assert "(https://page.example/)" in page.digest
    assert (page.table.chart, page.table.chart_date, len(page.table.rows)) == (WEEKLY, THURSDAY, 50)
    assert {row.movement[0] for row in page.table.rows} <= set("=nb▲▼")


def test_pages_that_take_too_long_are_one_clear_line(
    catalog: Path, lake: DirectoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LONGEST", 0.01)
    with pytest.raises(ReportError, match="the charts' pages were not made within"):
        write_pages(lake, catalog, {WEEKLY: ""})


def test_a_linked_catalog_of_no_files_has_no_page(tmp_path: Path) -> None:
    lake = DirectoryLake(tmp_path)
    with linked_catalog(lake, [], {}) as file:
        assert make_pages(lake, file, {WEEKLY: ""}).pages == {}


def test_a_file_that_is_no_catalog_is_an_error_with_duckdbs_words(tmp_path: Path) -> None:
    file = tmp_path / "no.duckdb"
    duckdb.connect(str(file)).close()
    said = r"no\.duckdb: Catalog Error: Table with name songs"
    with pytest.raises(ReportError, match=said):
        write_pages(DirectoryLake(tmp_path), file, {WEEKLY: ""})


def test_ages_are_counted_from_the_release_to_the_chart() -> None:
    ages = (0, 27, 28, 91, 400, 9000)
    songs = [entry(rank, release_date=THURSDAY - timedelta(days=age)) for rank, age in enumerate(ages, 1)]
    future = entry(7, release_date=date(2027, 1, 1))
    groups, unknown = words.ages(facts([*songs, future, entry(8, release_date=None)]))
    assert [count for _, count in groups] == [3, 1, 1, 0, 1, 0, 0, 1]
    assert unknown == 1


def test_the_pages_of_several_charts_are_the_same_from_linked_files_and_from_a_catalog(
    tmp_path: Path,
) -> None:
    lake = DirectoryLake(tmp_path, create=True)
    weekly, daily = (chart(key=f"chart={name}/2026-11-19/a.json") for name in (WEEKLY, DAILY))
    published(lake, weekly, daily)
    refresh_duckdb(lake)
    links = {WEEKLY: "", DAILY: ""}
    from_links, from_catalog = (DirectoryLake(tmp_path / name, create=True) for name in ("a", "b"))
    with linked_catalog(lake, list(lake.list(TRANSFORMED)), {}) as linked:
        made = make_pages(from_links, linked, links)
    assert made == make_pages(from_catalog, tmp_path / CATALOG, links)
    assert contents(from_links) == contents(from_catalog)
    assert [one.chart for one in made.overview] == [DAILY, WEEKLY]
    assert b'href="global-daily.html"' in contents(from_links)[INDEX]
    assert b'<a href="index.html">All charts</a>' in contents(from_links)[page_key(WEEKLY)]


def contents(lake: DirectoryLake) -> dict[str, bytes]:
    files = (path for path in lake.root.rglob("*") if path.is_file())
    return {path.relative_to(lake.root).as_posix(): path.read_bytes() for path in files}
