"""Text for people: one line of it, not too much of it, counted, and harmless in Markdown."""

import re
import string

# Backslashes do not stop a renderer that looks for addresses in the finished text;
# an invisible word joiner behind their dots and colons does.
_WORD_JOINER = "\u2060"
_LINK_LIKE = re.compile(r"(?<=\S)[.:@/](?=\S)")
_ESCAPES = str.maketrans(
    {mark: f"\\{mark}" for mark in string.punctuation} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
)


def one_line(text: str) -> str:
    """Return text with its white space folded, without the characters that a terminal could act on."""
    folded = " ".join(text.split())
    return "".join(character for character in folded if character.isprintable())


def clipped(text: str, longest: int) -> str:
    """Return text of at most `longest` characters: its beginning says what it is, its end often why."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]} … {text[-half:]}"


def many(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun: `1 song`, `2,000 songs`; `plural` where it is not the noun with an s."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def as_code(text: str) -> str:
    """Return text as Markdown code on one line, in which nothing acts as Markdown or HTML."""
    return f"`{one_line(text).replace('`', chr(39))}`"


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is: nothing in it acts as Markdown or HTML, or becomes a link.

    The cells of a table artifact are Markdown, too.
    """
    unlinked = _LINK_LIKE.sub(lambda found: found[0] + _WORD_JOINER, one_line(text))
    return unlinked.translate(_ESCAPES)


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `11th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
