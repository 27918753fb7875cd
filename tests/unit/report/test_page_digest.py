"""The digest: the page's facts in Markdown, in which other people's text does nothing."""

import re

from markdown_it import MarkdownIt

from top50.report.page.digest import digest_markdown

from .pages import bare, entry, facts, first_chart, hostile, left

PAGE = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def test_it_tells_the_top_ten_who_moved_and_who_left() -> None:
    digest = digest_markdown(facts())
    for line in (
        "# Top Songs Global, 19 November 2026",
        "10 new, 10 back, 10 up, 10 down, 10 unchanged, 3 left.",
        "- 1\\. Song 1 – Artist 1 (=)",
        "- Song 2 – Artist 2: 5 → 2 (▲ 3)",
        "- Song 3 – Artist 3: 1 → 3 (▼ 2)",
        "- Song 4 – Artist 4: at 4",
        "- Song 5 – Artist 5: back at 5",
        "- Gone 1 – Nobody: was 41, peak 7",
        "- Artist 1: 1 song, best 1",
    ):
        assert line in digest.splitlines()
    assert "11\\." not in digest
    assert digest.endswith("Data from [Spotify](https://open.spotify.com/).\n")


def test_a_first_chart_has_no_empty_part_and_names_what_it_lacks() -> None:
    digest = digest_markdown(first_chart())
    assert "“Song 1” is number one.\n" in digest
    assert [line for line in digest.splitlines() if line[:2] == "##"] == ["## Top 10", "## Artists by songs"]
    assert "needs the chart of the week before." in digest
    assert "- 1\\. Song 1 – Artist 1\n" in digest


def test_a_long_list_is_cut_and_counted() -> None:
    digest = digest_markdown(facts(left=[left(number) for number in range(30)]))
    assert "- and 10 more\n" in digest


def test_the_page_is_linked_where_it_has_an_address() -> None:
    digest = digest_markdown(facts(), "file:///a lake/p(1).html")
    assert "[The whole chart](file:///a%20lake/p%281%29.html)" in digest
    assert "The whole chart" not in digest_markdown(facts())


def test_a_song_without_names_has_a_placeholder() -> None:
    assert "- 1\\. Unnamed song\n" in digest_markdown(
        facts([entry(1, song_name=None, artist_names=None, status="unknown")])
    )
    assert bare(1).song_name


def test_hostile_names_make_nothing_but_text() -> None:
    html = PAGE.render(digest_markdown(hostile(), "https://page.example/"))
    assert set(re.findall(r"</?(\w+)", html)) == {"h1", "h2", "p", "ul", "li", "a"}
    assert set(re.findall(r'href="([^"]*)"', html)) == {"https://page.example/", "https://open.spotify.com/"}
