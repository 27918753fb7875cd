"""Text for people: one line, counted, and harmless in Markdown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from top50.text import as_code, escape_markdown, many, one_line

from .report.pages import HOSTILE

PAGE = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def test_what_a_terminal_could_act_on_is_dropped() -> None:
    assert one_line("a\x1b[31mred\x07\u202e\u2028 b\r\n") == "a[31mred b"


def test_a_count_has_its_noun() -> None:
    assert [many(1, "song"), many(2000, "song"), many(2, "entry", "entries")] == [
        "1 song",
        "2,000 songs",
        "2 entries",
    ]


def test_code_ends_where_it_should() -> None:
    assert as_code("a `b`\nc") == "`a 'b' c`"


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_is_rendered_unchanged(text: str) -> None:
    assert rendered(escape_markdown(text)) == one_line(text)


@given(st.text(max_size=40))
def test_any_text_is_rendered_unchanged(text: str) -> None:
    text = " ".join(one_line(f"a {text}").split())
    assert rendered(escape_markdown(text)) == text


def test_addresses_in_names_are_broken_for_renderers_that_link_them() -> None:
    for text in ("will.i.am", "http://evil.example", "www.evil.example", "me@evil.example"):
        plain = re.sub(r"\\(.)", r"\1", escape_markdown(text))
        assert not re.search(r"\w\.\w|://|@\w", plain)


def rendered(markdown: str) -> str:
    """The text that a reader of the Markdown sees."""
    [_, inline, _] = PAGE.parse(f"x {markdown}")
    children = inline.children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    return "".join(child.content for child in children).removeprefix("x ").replace("\u2060", "")
