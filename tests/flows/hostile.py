"""Other people's text that means harm, wherever a chart and a raw key have text."""

import json
import re
from datetime import UTC, datetime

from markdown_it import MarkdownIt

from tests.unit.report.pages import HOSTILE
from top50.simulator import snapshot

TEXTS = (
    *HOSTILE,
    "\x1b[31mred\x1b]0;title\x07",
    "\x9b31m\x9d0;title\x9c",
    "two\r\nlines\x08\x08",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "'; DROP TABLE songs; --",
    '" OR ""="',
    "{{ 7 * 7 }}{% raw %}${7*7}#{7*7}",
    "../../../etc/passwd",
    "C:\\Windows\\x",
    "![x](http://evil.example/x.png)<img src=http://evil.example/y.png>",
    "| a | b |\n|---|---|\n",
    "\u2066\u202e\u2069\u200f",
    "%s %(name)s {0} {name}",
    "n" * 100_000,
)  # fmt: skip

KEYS = (
    "![x](http:§§evil.example§x.png) <img src=x onerror=alert(1)>.json",
    "\x1b[31mred\u202e\r\n# heading.json",
    "`tick` {{ 7 * 7 }} %s [a](javascript:alert(1)).json",
    "=1+1; $(touch x) '\" DROP TABLE.json",
)

_PAGE = MarkdownIt("gfm-like", {"html": True, "linkify": False})
# What renderers that look for addresses make a link of, in text that is not code.
_ADDRESS = re.compile(r"https?://\w\S*|www\.\w\S*|\w+@\w+\.\w+")
_ACTIVE = {"html_block", "html_inline", "image", "link_open"}


def hostile_chart() -> bytes:
    """Return a chart whose names all mean harm."""
    tree = json.loads(snapshot("global-weekly", datetime(2026, 11, 20, 22, tzinfo=UTC)))
    tree["name"] = tree["description"] = TEXTS[0]
    for number, row in enumerate(tree["tracks"]["items"]):
        track, text = row["track"], TEXTS[number % len(TEXTS)]
        track["name"] = track["album"]["name"] = text
        track["external_urls"]["spotify"] = "javascript:window.hacked=1"
        for artist in track["artists"]:
            artist["name"] = text
    return json.dumps(tree).encode()


def acting(markdown: str) -> list[str]:
    """Return what acts in a text when it is rendered as Markdown: HTML, pictures, links to elsewhere."""
    inline = [token for block in _PAGE.parse(markdown) for token in [block, *(block.children or ())]]
    found = [token for token in inline if token.type in _ACTIVE]
    addresses = [
        found for token in inline if token.type == "text" for found in _ADDRESS.findall(token.content)
    ]
    return [*addresses, *(str(token) for token in found if not _is_ours(token.attrGet("href")))]


def _is_ours(href: object) -> bool:
    return isinstance(href, str) and (href == "https://open.spotify.com/" or href.startswith("/"))
