"""Charts, from a catalog to their pages, digests and rows: where DuckDB and Jinja are imported."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from top50.errors import ReportError, one_line
from top50.report.chart import ChartRow, ChartTable
from top50.report.page.digest import digest_markdown
from top50.report.page.facts import Facts, read_facts
from top50.report.page.html import page_html
from top50.report.page.maker import Made, Told
from top50.report.page.words import movement


def make_pages(catalog: Path, links: Mapping[str, str]) -> dict[str, Made]:
    """Return the pages (HTML, UTF-8) of charts, each of its newest date, and what else is told of them.

    catalog: a `catalog.duckdb`, or the SQL of a linked one; a chart that it does not have is left out.
    links: chart → where its page will be seen, for the digest. Raises ReportError with DuckDB's own words.
    """
    try:
        facts = read_facts(catalog, links)
    except duckdb.Error as error:
        raise ReportError(
            f"The page cannot be made: {catalog}: {str(error)[-500:]}",
            "The tables and the catalog are complete; run the flow again.",
        ) from None
    return {chart: _made(told, links[chart]) for chart, told in facts.items()}


def _made(facts: Facts, link: str) -> Made:
    return page_html(facts).encode(), Told(digest_markdown(facts, link), _table(facts))


def _table(facts: Facts) -> ChartTable:
    rows = [
        ChartRow(entry.rank, movement(entry), _name(entry.song_name), _name(entry.artist_names))
        for entry in facts.entries
    ]
    return ChartTable(facts.chart, facts.newest.chart_date, rows)


def _name(name: str | None) -> str:
    """Return a name as it stands in a cell or on a terminal, where nothing in it may act."""
    return one_line(name or "")
