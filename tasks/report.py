"""Report: the chart's page in the lake, the chart and the run as artifacts, and events for other flows."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.events import emit_event
from prefect.logging import get_run_logger

from tasks.outage import required
from tasks.run import Run
from tasks.step import step
from top50.catalog.duckdb import CATALOG, linked_catalog
from top50.catalog.newest import repeat_until_newest, unchanged_contents
from top50.charts import CHARTS
from top50.errors import Top50Error
from top50.lake import Item
from top50.lake.directory import DirectoryLake
from top50.raw.quarantine import quarantine_table
from top50.report.links import page_key, week_key
from top50.report.outcome import Awaited
from top50.report.page.pages import ChartPage, Pages, outdated_pages, write_pages
from top50.report.summary import quality_table, set_aside_table, summary_markdown
from top50.sources.songs import newest_date
from top50.tables.files import TRANSFORMED
from top50.text import as_code, clipped, escape_markdown, many, one_line

if TYPE_CHECKING:
    from top50.report.page.overview import NewestChart

_LONGEST_KEY = 200


@step("report")
def report(
    run: Run, awaited: Mapping[str, Awaited] = MappingProxyType({}), *, only_new: bool = False
) -> None:
    """Show the newest charts, the first of which the run has from then on, and what the run did.

    awaited: chart → what it should be by now. only_new: whether to show none when no page would change.
    """
    outcome = run.outcome
    made = Pages({})
    if not only_new or outcome.published or outdated_pages(run.lake, run.lake.list(TRANSFORMED)):
        made = _write_pages(run)
    pages = made.pages
    newest = {chart: page.table.chart_date for chart, page in pages.items()}
    for chart in awaited.keys() - newest.keys():
        newest[chart] = newest_date(run.lake, CHARTS[chart]) or date.min
    outcome.missing = {
        chart: one for chart, one in awaited.items() if newest.get(chart, date.min) < one.chart_date
    }
    with required("the report"):
        for chart in outcome.asked:
            if chart in pages:
                _show_chart(pages[chart])
        if made.overview:
            simulated = any(page.table.simulated for page in pages.values())
            _show_overview(made.overview, simulated=simulated)
        summarize(run)
    _announce(run, {chart: page.headline for chart, page in pages.items()})
    get_run_logger().info("Result: %s", outcome.message)
    run.newest = pages[outcome.asked[0]].table if outcome.asked[0] in pages else None


def summarize(run: Run, error: Top50Error | None = None) -> None:
    """Leave artifacts of what the run did. error: what ended it before its report."""
    outcome = run.outcome
    create_markdown_artifact(
        key="top50-run-summary",
        markdown=summary_markdown(outcome, run.seconds, run.lake.address, error),
        description=as_code(str(error) if error else outcome.message),
    )
    if outcome.published:
        table = quality_table(outcome.published.values())
        create_table_artifact(
            key="top50-tables", table=table, description="Rows of each file, and what they lack"
        )
    if outcome.set_aside:
        table = set_aside_table(outcome)
        create_table_artifact(key="top50-set-aside", table=table, description="What made no row, and why")
    if outcome.refused and (table := quarantine_table(run.lake)):
        create_table_artifact(
            key="top50-quarantine", table=table, description="What is in quarantine now, and why"
        )


def _announce(run: Run, headlines: Mapping[str, str]) -> None:
    """Send events for other flows and automations: the newest chart of each kind, and what was refused.

    headlines: chart → what happened, in sentences.
    """
    outcome, lake = run.outcome, run.lake.address
    for chart, chart_date in dict(sorted(outcome.charts)).items():
        emit_event(
            "top50.chart.published",
            resource={"prefect.resource.id": f"top50.chart.{chart}", "prefect.resource.name": chart},
            payload={
                "chart": chart,
                "chart_date": chart_date,
                "lake": lake,
                "page": f"{lake}/{week_key(chart, date.fromisoformat(chart_date))}",
                "headline": headlines.get(chart, ""),
            },
        )
    if outcome.refused:
        chart = outcome.asked[0] if len(outcome.asked) == 1 else "several"
        first = (outcome.failures or outcome.refused)[0]
        emit_event(
            "top50.raw.refused",
            resource={
                "prefect.resource.id": f"top50.chart.{chart}",
                "prefect.resource.name": outcome.chart,
                "top50.run": "failed" if outcome.failures else "completed",
            },
            payload={
                "count": len(outcome.refused),
                "first": clipped(one_line(first.key), _LONGEST_KEY),
                "reason": one_line(first.reason).rstrip("."),
                "lake": lake,
            },
        )


def _write_pages(run: Run) -> Pages:
    """Write the pages of the run's charts and of outdated ones, and their index; return them."""
    lake, outcome = run.lake, run.outcome
    has_made_catalog = outcome.catalog == f"{lake.address}/{CATALOG}"
    attempts = count()

    def write(files: list[Item]) -> Pages:
        charts = {outcome.asked[0], *(name for name, _ in outcome.charts)}
        charts |= outdated_pages(lake, files, but=charts)
        with (
            nullcontext(lake.root / CATALOG)
            if has_made_catalog and isinstance(lake, DirectoryLake)
            else linked_catalog(lake, files, unchanged_contents(outcome.published.values(), files))
        ) as catalog:
            links = {chart: f"{lake.address}/{page_key(chart)}" for chart in sorted(charts)}
            # Beside another run, what is in the lake may be of older tables than that run's.
            add_plays = run.settings.add_plays
            return write_pages(lake, catalog, links, rewrite_all=next(attempts) > 0, add_plays=add_plays)

    return repeat_until_newest(lake, write, CATALOG if has_made_catalog else None, outcome.listed)


def _origin(simulated: bool) -> str:
    return "Invented by the simulator." if simulated else "Data from Spotify."


def _show_overview(charts: Sequence["NewestChart"], *, simulated: bool) -> None:
    """Leave a table of all charts of the lake: the newest of each, its number one, how many songs are new."""
    create_table_artifact(
        key="top50-charts",
        table=[
            {
                "chart": one.chart,
                "date": one.chart_date.isoformat(),
                "number one": escape_markdown(one.song),
                "artists": escape_markdown(one.artists),
                "new": "unknown" if one.new is None else one.new,
            }
            for one in charts
        ],
        description=f"# {many(len(charts), 'chart')}\n\nThe newest of each. {_origin(simulated)}",
    )


def _show_chart(newest: ChartPage) -> None:
    chart = newest.table
    create_table_artifact(
        key=f"top50-chart-{chart.chart}",
        table=[
            {
                "rank": row.rank,
                "movement": row.movement,
                "song": escape_markdown(row.song),  # the dashboard takes every text in a cell for Markdown
                "artists": escape_markdown(row.artists),
            }
            for row in chart.rows
        ],
        description=f"# {chart.chart}, {chart.chart_date}\n\n{_origin(chart.simulated)}",
    )
    create_markdown_artifact(
        key=f"top50-digest-{chart.chart}",
        markdown=newest.digest,
        description=f"{chart.chart}, {chart.chart_date}",
    )
