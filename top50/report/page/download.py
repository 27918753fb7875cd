"""The chart of a page as a CSV that a spreadsheet opens; the page holds it as a link."""

import csv
from io import StringIO

from top50.report.page import words
from top50.report.page.facts import Facts

_COLUMNS = (
    "chart",
    "chart_date",
    "rank",
    "previous_rank",
    "status",
    "peak_rank",
    "weeks_on_chart",
    "streams",
    "song_name",
    "artist_names",
    "label",
    "song_id",
)

# What a spreadsheet may take for a formula begins and goes on like this: `=HYPERLINK(…)`, `=cmd|…`.
# A song is called “+57”, and stays it.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WORKS_IN_FORMULA = ("(", "|", "!")


def chart_csv(facts: Facts) -> bytes:
    """Return the rows of a page as CSV in UTF-8; its first bytes tell Excel so. Unknown is an empty field."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for entry in facts.entries:
        row = (
            facts.chart,
            facts.newest.chart_date,
            entry.rank,
            entry.previous_rank,
            entry.status,
            words.peak(facts, entry),
            entry.weeks_on_chart if words.time_on_chart(facts, entry) else None,
            entry.streams,
            _harmless(entry.song_name),
            _harmless(entry.artist_names),
            _harmless(entry.label),
            entry.song_id,
        )
        writer.writerow(row)
    return text.getvalue().encode("utf-8-sig")


def _harmless(text: str | None) -> str:
    """Return a name; one that a spreadsheet could run as a formula has an apostrophe before it."""
    name = text or ""
    is_formula = name.startswith(_BEGINS_FORMULA) and any(mark in name for mark in _WORKS_IN_FORMULA)
    return f"'{name}" if is_formula else name
