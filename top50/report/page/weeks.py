"""The pages of a chart: the newest one, and one of each date, which stays.

`reports/<chart>/made.json` has what the pages of the dates were made from: a page is written again when rows
of its chart or of an earlier one have changed, and when a chart comes after it. Pages go PAGES dates back,
and further where they are already there.
"""

import json
from dataclasses import replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import duckdb

from top50.lake.base import Lake
from top50.parallel import in_threads
from top50.report.links import REPORTS, page_key, week_key
from top50.report.page.catalog import select_chart
from top50.report.page.facts import HISTORY, Facts
from top50.report.page.html import page_html, week_html
from top50.report.page.queries import facts_since

# How many dates back a chart has pages when it is new to a lake: two years of weeks.
PAGES = HISTORY


class Made(NamedTuple):
    """What the pages of the dates of a chart were made from.

    code: a digest of the code that made them. first: the first date that has a page.
    rows: date → a digest of what its page shows of the tables, of every date of the chart.
    """

    code: str
    first: date
    rows: dict[date, str]

    def encode(self) -> bytes:
        """Return it as JSON."""
        rows = {day.isoformat(): digest for day, digest in self.rows.items()}
        return json.dumps({"code": self.code, "first": self.first.isoformat(), "rows": rows}).encode()


def write_chart(
    lake: Lake, connection: duckdb.DuckDBPyConnection, chart: str, *, rewrite_all: bool, add_plays: bool
) -> Facts | None:
    """Write the newest page of a chart, and those of its dates that are not up to date.

    connection: a catalog opened by `open_catalog`. rewrite_all: whether to take none for up to date.
    add_plays: whether the newest page adds up plays by artist and by label.
    Returns the facts of the newest date; None, and writes nothing, where the catalog has no such chart.
    Raises duckdb.Error and LakeError.
    """
    select_chart(connection, chart)
    rows = dict(connection.execute(_ROWS).fetchall())
    if not rows:
        return None
    before = _made(lake, chart)
    first = min(sorted(rows)[-PAGES:][0], before.first if before else date.max)
    now = Made(_code(), max(first, min(rows)), rows)
    since = now.first if rewrite_all else _outdated_since(before, now)
    weeks = [_with_neighbours(facts, now) for facts in facts_since(connection, chart, since)]

    def write(facts: Facts) -> None:
        lake.write(week_key(chart, facts.newest.chart_date), week_html(facts).encode())

    if since:
        in_threads(write, weeks)
        lake.write(f"{REPORTS}{chart}/made.json", now.encode())
    newest = replace(weeks[-1], adds_plays=add_plays)
    lake.write(page_key(chart), page_html(newest).encode())
    return newest


def _outdated_since(before: Made | None, now: Made) -> date | None:
    """Return the first date whose page must be written; None where all are as they should be."""
    if before is None or before.code != now.code:
        return now.first
    differing = [
        day for day in before.rows.keys() | now.rows.keys() if before.rows.get(day) != now.rows.get(day)
    ]
    if not differing:
        return None
    # The page before links to the one after it.
    earlier = [day for day in now.rows if now.first <= day < min(differing)]
    return max(earlier, default=now.first)


def _with_neighbours(facts: Facts, made: Made) -> Facts:
    day = facts.newest.chart_date
    earlier = [other for other in made.rows if made.first <= other < day]
    later = [other for other in made.rows if other > day]
    return replace(facts, earlier=max(earlier, default=None), later=min(later, default=None))


def _made(lake: Lake, chart: str) -> Made | None:
    """Return what a chart's pages were made from; None where it is unknown."""
    stored = lake.read(f"{REPORTS}{chart}/made.json")
    try:
        found = json.loads(stored.content) if stored else {}
        rows = {date.fromisoformat(day): str(digest) for day, digest in found["rows"].items()}
        return Made(found["code"], date.fromisoformat(found["first"]), rows)
    except (ValueError, KeyError, TypeError, AttributeError):  # none, or somebody wrote something else
        return None


@cache
def _code() -> str:
    """Return a digest of the code of the pages: those of a new release replace those of the old one."""
    folder = Path(__file__).parent
    files = sorted(path for path in folder.iterdir() if path.suffix in (".py", ".j2", ".css"))
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


# What the pages show of each date: a change of it, or of a name, is a change of the page.
_ROWS = """
    SELECT chart_date, format('{:016x}', bit_xor(hash(row(
        rank, song_id, song_key, song_name, artist_names, streams, label, source,
        coalesce(url, 'https://open.spotify.com/track/' || song_id), CAST(observed_at AS timestamp),
        reported_previous_rank, reported_peak_rank, reported_weeks_on_chart
    ))))
    FROM entries JOIN song_identity USING (song_id)
    LEFT JOIN (SELECT song_id, song_name, artist_names, url FROM songs) USING (song_id)
    GROUP BY chart_date ORDER BY chart_date
"""
