"""The charts' pages: which ones are out of date, and making them from a catalog.

The flow imports this module; DuckDB and Jinja are imported only where a page is made.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from top50.errors import ReportError
from top50.lake.base import Item, Lake
from top50.parallel import in_another_process
from top50.report.links import INDEX, REPORTS, page_key
from top50.text import one_line

if TYPE_CHECKING:
    from top50.report.page.facts import Facts
    from top50.report.page.overview import NewestChart

LONGEST = 1800.0  # seconds; a page takes half of one


@dataclass(frozen=True)
class ChartRow:
    """One rank of a chart, as people read it; every text is on one line.

    movement: `▲ 3`, `▼ 2`, `=`; `new` or `back` for a song that was not on the chart before; `` if unknown.
    """

    rank: int
    movement: str
    song: str
    artists: str


@dataclass(frozen=True)
class ChartTable:
    """A chart of one date. simulated: whether its songs are invented."""

    chart: str
    chart_date: date
    rows: list[ChartRow]
    simulated: bool


@dataclass(frozen=True)
class ChartPage:
    """What is on a chart's page: its digest (Markdown), its rows, and what happened, in sentences."""

    digest: str
    table: ChartTable
    headline: str


def outdated_pages(lake: Lake, files: Iterable[Item], but: Collection[str] = ()) -> set[str]:
    """Return the charts whose page is missing, or older than one of the files of their entries.

    A run that ends before its report leaves such a page. files: a listing of the tables. but: charts to
    leave out. Raises LakeError.
    """
    from top50.tables.files import find_file  # noqa: PLC0415 - Polars: the process that makes pages needs none

    found = [(find_file(item.key), item.written) for item in files]
    charts = [(file.partitions["chart"], written) for file, written in found if file and file.partitions]
    others = [(chart, written) for chart, written in charts if chart not in but]
    pages = {item.key: item.written for item in lake.list(REPORTS)} if others else {}
    return {chart for chart, written in others if written > pages.get(page_key(chart), 0.0)}


@dataclass(frozen=True)
class Pages:
    """What is on the charts' pages, and of a lake with several charts on their index."""

    pages: dict[str, ChartPage]
    overview: Sequence["NewestChart"] = ()


def write_pages(
    lake: Lake, catalog: Path, links: Mapping[str, str], *, rewrite_all: bool = False, add_plays: bool = False
) -> Pages:
    """Make pages in another process: the flow keeps none of the memory that it takes.

    Raises ReportError, also when it takes too long, and WorkerUnavailable when the process ends.
    """
    make = partial(make_pages, rewrite_all=rewrite_all, add_plays=add_plays)
    try:
        return in_another_process(make, lake, catalog, links, seconds=LONGEST)
    except TimeoutError:
        raise ReportError(
            f"the charts' pages were not made within {LONGEST / 60:g} min",
            "See whether the lake's disk answers, and run it again; the tables are complete.",
        ) from None


def make_pages(
    lake: Lake, catalog: Path, links: Mapping[str, str], *, rewrite_all: bool = False, add_plays: bool = False
) -> Pages:
    """Write the pages of charts, and the index of all charts, into a lake; return what is on the newest.

    catalog: a `catalog.duckdb`, or the SQL file of `linked_catalog`. links: chart → address of its page, for
    the digest. rewrite_all: whether to write the pages of earlier dates, too, whose rows have not changed.
    add_plays: whether plays are added up by artist and by label.
    A chart that is not in the catalog is left out. Raises ReportError with DuckDB's own words, and LakeError.
    """
    import duckdb  # noqa: PLC0415 - these take a quarter of the flow's memory

    from top50.report.page.catalog import open_catalog  # noqa: PLC0415
    from top50.report.page.overview import index_html, newest_charts  # noqa: PLC0415
    from top50.report.page.weeks import write_chart  # noqa: PLC0415

    try:
        with open_catalog(catalog, pages=len(links)) as connection:
            overview = newest_charts(connection)
            written = {
                chart: write_chart(lake, connection, chart, rewrite_all=rewrite_all, add_plays=add_plays)
                for chart in links
            }
    except duckdb.Error as error:
        raise ReportError(
            f"The page cannot be made: {catalog}: {str(error)[-500:]}",
            "The tables and the catalog are complete; run the flow again.",
        ) from None
    facts_of = {chart: facts for chart, facts in written.items() if facts}
    pages = {chart: _page(facts, links[chart]) for chart, facts in facts_of.items()}
    if len(overview) < 2:
        return Pages(pages)
    simulated = any(facts.is_simulated for facts in facts_of.values())
    lake.write(INDEX, index_html(overview, simulated=simulated).encode())
    return Pages(pages, overview)


def _page(facts: "Facts", link: str) -> ChartPage:
    from top50.report.page.digest import digest_markdown  # noqa: PLC0415 - as above
    from top50.report.page.headline import sentences  # noqa: PLC0415
    from top50.report.page.words import movement  # noqa: PLC0415

    rows = [
        ChartRow(
            entry.rank, movement(entry), one_line(entry.song_name or ""), one_line(entry.artist_names or "")
        )
        for entry in facts.entries
    ]
    return ChartPage(
        digest=digest_markdown(facts, link),
        table=ChartTable(facts.chart, facts.newest.chart_date, rows, facts.is_simulated),
        headline=" ".join(sentences(facts, one_line)),
    )
