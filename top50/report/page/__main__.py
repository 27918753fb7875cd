"""Write the page of a chart to a file, and its rows and digest to standard output, as JSON."""

import argparse
import sys
from pathlib import Path

import duckdb
import msgspec

from top50.errors import one_line
from top50.report.chart import ChartRow, ChartTable
from top50.report.page.digest import digest_markdown
from top50.report.page.facts import Facts, read_facts
from top50.report.page.html import page_html
from top50.report.page.make import Told
from top50.report.page.words import movement


def main() -> None:
    """Write them; nothing when the catalog has no such chart."""
    arguments = _arguments()
    try:
        facts = read_facts(arguments.catalog, arguments.chart)
    except duckdb.Error as error:
        sys.exit(f"{arguments.catalog}: {error}")
    if facts is None:
        sys.stderr.write(f"{arguments.catalog} has no chart {arguments.chart}\n")
        return
    arguments.output.write_text(page_html(facts), encoding="utf-8", newline="\n")
    told = Told(digest_markdown(facts, arguments.link), _table(facts))
    sys.stdout.write(msgspec.json.encode(told).decode())


def _table(facts: Facts) -> ChartTable:
    rows = [
        ChartRow(entry.rank, movement(entry), _name(entry.song_name), _name(entry.artist_names))
        for entry in facts.entries
    ]
    return ChartTable(facts.chart, facts.newest.chart_date, rows)


def _name(name: str | None) -> str:
    """Return a name as it stands in a cell or on a terminal, where nothing in it may act."""
    return one_line(name or "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m top50.report.page", description=__doc__)
    parser.add_argument("catalog", type=Path, help="a catalog.duckdb, or the SQL of a linked one")
    parser.add_argument("chart", help="global-weekly or global-daily")
    parser.add_argument("output", type=Path, help="the HTML file to write")
    parser.add_argument("--link", help="where the page will be seen, for the digest")
    return parser.parse_args()


if __name__ == "__main__":
    main()
