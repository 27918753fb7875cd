"""The page of each date of a chart: it stays, and it is always as if all pages were made at once."""

import csv
import json
import random
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.lake.directory import DirectoryLake
from top50.report.links import week_key
from top50.report.page import weeks
from top50.report.page.catalog import open_catalog, select_chart
from top50.report.page.download import chart_csv
from top50.report.page.facts import Facts
from top50.report.page.html import week_html
from top50.report.page.pages import make_pages
from top50.report.page.queries import facts_since, read_facts

from ..builders import THURSDAY, chart, published, track
from .pages import entry, facts
from .test_page import Document

WEEKLY = "global-weekly"
MADE = f"reports/{WEEKLY}/made.json"


def publish_week(lake: DirectoryLake, weeks_ago: int, name: str = "Song") -> None:
    """Publish the chart of one week, whose songs depend on the week alone."""
    friday = THURSDAY + timedelta(days=1) - timedelta(weeks=weeks_ago)
    numbers = random.Random(weeks_ago).sample(range(1, 71), 50)
    songs = [track(number, name=f"{name} {number}") for number in numbers]
    published(lake, chart(songs, f"{friday}T12:00:00Z", f"chart={WEEKLY}/{friday}.json"))


def make(lake: DirectoryLake) -> dict[str, bytes]:
    """Make the pages; return path → content of those that were written, and check them all."""
    before = reports(lake)
    refresh_duckdb(lake)
    make_pages(lake, lake.root / CATALOG, {WEEKLY: ""})
    after = reports(lake)
    fresh = DirectoryLake(lake.root.parent / "fresh", create=True)
    make_pages(fresh, lake.root / CATALOG, {WEEKLY: ""}, rewrite_all=True)
    assert after.keys() == reports(fresh).keys()
    assert {path.name: content for path, content in after.values()} == {
        path.name: content for path, content in reports(fresh).values()
    }
    return {name: now[1] for name, now in after.items() if before.get(name) != now}


def reports(lake: DirectoryLake) -> dict[str, tuple[Path, bytes]]:
    files = (path for path in (lake.root / "reports").rglob("*") if path.is_file())
    return {path.relative_to(lake.root).as_posix(): (path, path.read_bytes()) for path in files}


def page_of(weeks_ago: int) -> str:
    return week_key(WEEKLY, THURSDAY - timedelta(weeks=weeks_ago))


@pytest.fixture
def lake(tmp_path: Path) -> DirectoryLake:
    return DirectoryLake(tmp_path / "lake", create=True)


def test_in_any_order_the_pages_are_those_that_are_made_at_once(lake: DirectoryLake) -> None:
    for weeks_ago in (5, 2, 3, 7, 0, 1):
        publish_week(lake, weeks_ago)
        make(lake)
    assert set(reports(lake)) == {
        "reports/global-weekly.html",
        MADE,
        *(page_of(number) for number in (0, 1, 2, 3, 5, 7)),
    }


def test_only_pages_whose_rows_or_neighbours_changed_are_written(lake: DirectoryLake) -> None:
    newest = "reports/global-weekly.html"
    for weeks_ago in (5, 4, 3):
        publish_week(lake, weeks_ago)
    assert set(make(lake)) == {newest, MADE, page_of(5), page_of(4), page_of(3)}
    assert make(lake) == {}
    publish_week(lake, 2)
    assert set(make(lake)) == {newest, MADE, page_of(3), page_of(2)}
    publish_week(lake, 6)
    assert set(make(lake)) == {newest, MADE, page_of(6), page_of(5), page_of(4), page_of(3), page_of(2)}
    publish_week(lake, 2, name="Called otherwise since")
    assert page_of(3) not in {key for key, content in make(lake).items() if b"otherwise" not in content}


def test_a_date_s_page_says_what_the_newest_page_said_then(lake: DirectoryLake, tmp_path: Path) -> None:
    then = DirectoryLake(tmp_path / "then", create=True)
    for weeks_ago in (6, 5, 4, 2, 1, 0):
        publish_week(lake, weeks_ago)
        if weeks_ago >= 1:
            publish_week(then, weeks_ago)
    refresh_duckdb(lake)
    refresh_duckdb(then)
    with open_catalog(lake.root / CATALOG) as connection:
        select_chart(connection, WEEKLY)
        found = facts_since(connection, WEEKLY, THURSDAY - timedelta(weeks=1))
        assert (
            facts_since(connection, WEEKLY)[-1]
            == found[-1]
            == read_facts(lake.root / CATALOG, [WEEKLY])[WEEKLY]
        )
    newest = read_facts(then.root / CATALOG, [WEEKLY])[WEEKLY]
    assert [each.newest.chart_date for each in found] == [THURSDAY - timedelta(weeks=1), THURSDAY]
    assert found[0] == replace(newest, artists=[], week_artists=[], names=found[0].names)


def test_a_page_links_to_the_charts_before_and_after_that_have_pages(lake: DirectoryLake) -> None:
    for weeks_ago in (4, 2, 1):
        publish_week(lake, weeks_ago)
    written = make(lake)
    targets = [links(written[page_of(number)]) for number in (4, 2, 1)]
    names = [Path(page_of(number)).name for number in (4, 2, 1)]
    assert targets == [[names[1]], [names[0], names[2]], [names[1]]]
    assert f'href="{WEEKLY}/{names[1]}"'.encode() in written["reports/global-weekly.html"]


def links(page: bytes) -> list[str]:
    targets = Document(page.decode()).attributes("a", "href")
    return [target for target in targets if target[:3] == "202"]


def test_pages_go_back_so_far_and_stay(lake: DirectoryLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weeks, "PAGES", 2)
    for weeks_ago in (5, 4, 3):
        publish_week(lake, weeks_ago)
    assert page_of(5) not in make_without_check(lake)
    publish_week(lake, 2)
    assert set(make_without_check(lake)) == {MADE, "reports/global-weekly.html", page_of(3), page_of(2)}
    assert {page_of(4), page_of(3), page_of(2)} < set(reports(lake))
    publish_week(lake, 6)  # peaks and weeks of all of them may be others now
    assert {page_of(4), page_of(3), page_of(2)} < set(make_without_check(lake))
    assert links(reports(lake)[page_of(4)][1]) == [Path(page_of(3)).name]
    make_pages(lake, lake.root / CATALOG, {WEEKLY: ""}, rewrite_all=True)
    assert links(reports(lake)[page_of(3)][1]) == [Path(page_of(number)).name for number in (4, 2)]


def make_without_check(lake: DirectoryLake) -> set[str]:
    before = {key: path.stat().st_mtime_ns for key, (path, _) in reports(lake).items()}
    refresh_duckdb(lake)
    make_pages(lake, lake.root / CATALOG, {WEEKLY: ""})
    after = {key: path.stat().st_mtime_ns for key, (path, _) in reports(lake).items()}
    return {key for key, written in after.items() if before.get(key) != written}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"rows": [], "code": 1, "first": "x"}', b"\xff"])
def test_what_is_not_our_record_is_made_anew(lake: DirectoryLake, content: bytes) -> None:
    publish_week(lake, 0)
    made = make(lake)
    lake.write(MADE, content)
    lake.write(page_of(0), b"of another state")
    assert {MADE: made[MADE], page_of(0): made[page_of(0)]}.items() <= make(lake).items()


def test_pages_of_another_release_are_made_anew(lake: DirectoryLake) -> None:
    publish_week(lake, 0)
    made = make(lake)
    lake.write(MADE, json.dumps(json.loads(made[MADE]) | {"code": "another"}).encode())
    lake.write(page_of(0), b"of another release")
    assert make(lake)[page_of(0)] == made[page_of(0)]


def test_it_is_small_and_has_no_script() -> None:
    html = week_html(facts())
    assert html == week_html(facts())
    assert len(html.encode()) < 100_000
    document = Document(html)
    assert not {"script", "img", "button", "dialog"} & {tag for tag, _ in document.elements}
    for shown in ("Song 1", "Artist 50", "49,999,999", "number one", "was 41, peak 7", "▲ 3", "from 5"):
        assert shown in document.text, shown
    assert "@import" not in html
    assert "url(" not in html


def rows(chart_facts: Facts) -> list[dict[str, str]]:
    html = Document(week_html(chart_facts))
    [address] = [target for target in html.attributes("a", "href") if target.startswith("data:")]
    content = b64decode(address.partition("base64,")[2])
    assert content == chart_csv(chart_facts)
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines()))


def test_its_csv_has_the_chart() -> None:
    found = rows(facts())
    assert len(found) == 50
    assert (found[1]["chart"], found[1]["chart_date"], found[1]["rank"]) == (WEEKLY, "2026-11-19", "2")
    assert (found[1]["previous_rank"], found[1]["status"], found[1]["streams"]) == ("5", "up", "49999998")
    assert (found[3]["previous_rank"], found[3]["status"], found[3]["label"]) == ("", "new", "Label 0")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("+57", "+57"),
        ("-", "-"),
        ("=)", "=)"),
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("@SUM(1)", "'@SUM(1)"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("Cut (Remix)", "Cut (Remix)"),
        (None, ""),
    ],
)
def test_no_name_becomes_a_formula(name: str | None, written: str) -> None:
    changed: dict[str, Any] = {"song_name": name}
    assert rows(facts([entry(1, **changed)]))[0]["song_name"] == written


def test_what_other_charts_the_lake_has_changes_no_page_of_a_date() -> None:
    assert week_html(facts(charts=3)) == week_html(facts())
