"""The page: one document, in which other people's text stays text."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from top50.report.page.facts import HISTORY, Facts
from top50.report.page.html import (
    cover_address,
    json_in_html,
    page_html,
    spotify_address,
    week_html,
)
from top50.report.page.svg import sparkline
from top50.report.page.words import counted_by

from .pages import HOSTILE, THURSDAY, bare, chart_dates, entry, facts, first_chart, hostile


class Document(HTMLParser):
    """What a browser makes of it: the elements, and the text outside scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        within = self.elements[-1][0] if self.elements else ""
        if within != "style":
            (self.scripts if within == "script" else self.texts).append(data)

    def attributes(self, tag: str, name: str) -> list[str]:
        return [value for each, found in self.elements if each == tag and (value := found.get(name))]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def page() -> Document:
    return Document(page_html(facts()))


def test_it_is_the_same_for_the_same_facts_and_small() -> None:
    page = page_html(facts())
    assert page == page_html(facts())
    assert len(page.encode()) < 3_000_000


def test_it_has_date_ranks_movement_plays_and_what_happened(page: Document) -> None:
    for text in ("Top Songs Global", "19 November 2026", "▲ 3", "from 5", "▼ 2", "49,999,999", "+2.0 %"):
        assert text in page.text
    assert "“Song 1” is number one with 50.0 million plays, for the 3rd week in a row." in page.text
    assert "50 weeks" in page.text
    assert "Data from Spotify" in page.text
    assert "imulat" not in page.text


def test_songs_link_to_spotify_and_covers_ask_nothing_else(page: Document) -> None:
    assert "https://open.spotify.com/track/1" in page.attributes("a", "href")
    covers = [found for tag, found in page.elements if tag == "img"]
    assert len(covers) > 50
    assert {(each["loading"], each["referrerpolicy"], each["alt"]) for each in covers} == {
        ("lazy", "no-referrer", "")
    }


def test_nothing_is_loaded_and_only_its_own_scripts_run(page: Document) -> None:
    [policy] = [found["content"] or "" for tag, found in page.elements if found.get("http-equiv")]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert not page.attributes("script", "src")
    assert page.attributes("link", "href") == ["data:,"]


def test_it_has_one_heading_landmarks_captions_and_scopes(page: Document) -> None:
    tags = [tag for tag, _ in page.elements]
    assert tags.count("h1") == tags.count("main") == tags.count("header") == tags.count("footer") == 1
    assert tags.count("caption") == tags.count("table")
    assert all(found.get("scope") for tag, found in page.elements if tag == "th")
    assert "search" in page.attributes("label", "for")


@pytest.mark.parametrize("html", [page_html, week_html])
def test_hostile_names_stay_text(html: Callable[[Facts], str]) -> None:
    page = Document(html(hostile()))
    ordinary = Document(html(facts()))
    assert {tag for tag, _ in page.elements} == {tag for tag, _ in ordinary.elements}
    assert not [name for _, found in page.elements for name in found if name.startswith("on")]
    for text in HOSTILE:
        assert " ".join(text.split()) in page.text
    addresses = page.attributes("a", "href") + page.attributes("img", "src")
    own = ("https://", "#", "global-weekly/2026-11-19.html", "../global-weekly.html", "data:text/csv;")
    assert all(address.startswith(own) for address in addresses)


def test_hostile_names_reach_the_script_whole() -> None:
    data = json.loads(Document(page_html(hostile())).scripts[0])
    assert [song["name"] for song in data["songs"][:50]] == [
        HOSTILE[rank % len(HOSTILE)] for rank in range(50)
    ]


def test_json_in_html_can_neither_end_nor_open_anything() -> None:
    text = json_in_html({"name": "</script><!--<b> & \u2028\u2029"})
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == {"name": "</script><!--<b> & \u2028\u2029"}


@pytest.mark.parametrize(
    ("address", "shown", "linked"),
    [
        ("https://i.scdn.co/image/ab67", True, False),
        ("https://charts-images.scdn.co/assets/x.jpeg", True, False),
        ("https://image-cdn-ak.spotifycdn.com/image/ab67", True, False),
        ("https://open.spotify.com/track/1", False, True),
        ("http://i.scdn.co/image/ab67", False, False),
        ("https://evil.example/pixel.gif", False, False),
        ("https://evilscdn.co/x", False, False),
        ("https://i.scdn.co.evil.example/x", False, False),
        ("https://evil.example\\.scdn.co/x", False, False),
        ("https://open.spotify.com.evil.example/", False, False),
        ("https://open.spotify.com@evil.example/", False, False),
        ("javascript:alert(1)", False, False),
        ("data:text/html,x", False, False),
        ("https://[", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_only_covers_of_spotifys_hosts_and_links_to_spotify_are_taken(
    address: str | None, shown: bool, linked: bool
) -> None:
    assert (bool(cover_address(address)), bool(spotify_address(address))) == (shown, linked)


def test_the_browser_loads_pictures_of_spotifys_hosts_only(page: Document) -> None:
    [policy] = [value for value in page.attributes("meta", "content") if "img-src" in value]
    assert "img-src https://*.scdn.co https://*.spotifycdn.com data:;" in policy


def test_a_first_chart_of_bare_songs_has_no_empty_section_and_one_line_says_what_would_fill_them() -> None:
    page = Document(page_html(first_chart()))
    assert page.attributes("section", "id") == ["chart", "credits", "elsewhere"]
    assert [each for each in page.attributes("a", "href") if each[0] == "#"] == [
        "#chart",
        "#chart",
        "#credits",
    ]
    for text in (
        "with a Spotify app (make doctor)",
        "Plays come with the official CSV",
        "the chart of the week before",
    ):
        assert text in page.text
    for text in ("None", "Plays<", "▲", "new"):
        assert text not in page.text
    assert not page.attributes("img", "src")


def test_movement_peak_and_weeks_say_whose_count_they_are() -> None:
    ours = [entry(rank) for rank in range(1, 51)]
    in_lake = "counted over the 14 weeks in the lake."
    assert counted_by(facts(ours)) == f"Movement, peak and weeks are {in_lake}"
    long = replace(facts(ours), dates=chart_dates(HISTORY))
    assert counted_by(long).endswith("are counted over all weeks in the lake.")
    theirs = [replace(song, reported_weeks_on_chart=9) for song in ours]
    rest = f"Movement and peak are {in_lake}"
    assert counted_by(facts(theirs)) == f"Weeks are Spotify’s own, from its chart of 200. {rest}"
    mixed = facts([*theirs[:40], *ours[40:]])
    assert f"chart of 200; where it gives none, they are {in_lake} {rest}" in counted_by(mixed)
    assert counted_by(mixed) in Document(page_html(mixed)).text
    assert counted_by(first_chart()) == ""


def test_a_song_without_any_name_has_a_placeholder() -> None:
    nameless = replace(bare(1), song_name=None, artist_names=None)
    assert "Unnamed song" in Document(page_html(facts([nameless]))).text


def test_missing_charts_and_the_simulator_are_named() -> None:
    text = Document(page_html(facts(dates=chart_dates(14, missing=(3,), source="simulator")))).text
    assert "The lines break where a chart is missing from the lake: 10 September 2026" in text
    assert "Invented by the bundled simulator" in text


def test_plays_are_added_up_by_artist_and_label_only_when_asked_for() -> None:
    assert "650.0 million" not in Document(page_html(facts())).text
    text = Document(page_html(facts(adds_plays=True))).text
    assert "Label 1 13 songs best 1, 650.0 million plays" in text
    assert "Artist 1 1 song best 1, 50.0 million plays" in text
    unknown = facts([entry(1, streams=None), entry(5)], adds_plays=True)  # both of Label 1
    assert "best 1, " not in Document(page_html(unknown)).text


def test_days_are_days_on_a_daily_chart() -> None:
    text = Document(page_html(facts(chart="global-daily"))).text
    assert f"Day of {THURSDAY.day} November 2026" in text
    assert "day by day" in text


def test_a_line_has_a_gap_where_the_song_was_not_there() -> None:
    assert sparkline([1, 50, None, 1]) == "M4.0 4.0h0L29.3 24.0M80.0 4.0h0"
    assert sparkline([1, 7]) == "M4.0 4.0h0L80.0 13.9", "the first ten have half of it"
    assert sparkline([None, None]) == ""
    assert sparkline([200]) == "M4.0 24.0h0"
