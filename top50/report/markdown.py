"""Other people's text on a Markdown page; the cells of a table artifact are such pages, too."""

import re
import string

from top50.errors import one_line

_WORD_JOINER = "\u2060"
_INERT = str.maketrans(
    {mark: f"\\{mark}" for mark in string.punctuation} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_LINK_LIKE = re.compile(r"(?<=\S)[.:@/](?=\S)")


def as_text(text: str) -> str:
    """Show text as it is, as code: nothing in it acts as Markdown or HTML."""
    return f"`{one_line(text).replace('`', chr(39))}`"


def escaped(text: str) -> str:
    """Return other people's text so that nothing in it acts as Markdown or HTML, nor becomes a link.

    Backslashes do not stop renderers that look for addresses in the finished text: an invisible
    word joiner behind their dots and colons does.
    """
    joined = _LINK_LIKE.sub(lambda found: found[0] + _WORD_JOINER, one_line(text))
    return joined.translate(_INERT)
