"""Other people's text on a Markdown page."""

from top50.errors import one_line


def as_text(text: str) -> str:
    """Show text as text: nothing in it acts as Markdown or HTML."""
    return f"`{one_line(text).replace('`', chr(39))}`"
