"""Report: the chart's page in the lake, the chart and the run as artifacts, and events for other flows."""

from contextlib import nullcontext

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.events import emit_event
from prefect.logging import get_run_logger

from tasks.outage import required
from tasks.run import Run
from tasks.step import step
from top50.catalog.duckdb import CATALOG, linked_catalog
from top50.catalog.newest import repeat_until_newest, unchanged_contents
from top50.errors import Top50Error
from top50.lake import Item
from top50.lake.directory import DirectoryLake
from top50.raw.quarantine import quarantine_table
from top50.report.links import page_key
from top50.report.outcome import Awaited
from top50.report.page.pages import ChartPage, make_pages_apart, outdated_pages
from top50.report.summary import quality_table, set_aside_table, summary_markdown
from top50.tables.files import TRANSFORMED
from top50.text import as_code, clipped, escape_markdown, one_line

_LONGEST_KEY = 200


@step("report")
def report(run: Run, awaited: Awaited | None = None, *, only_new: bool = False) -> None:
    """Show the newest chart, which the run has from then on, and what the run did.

    awaited: the chart that it should be. only_new: whether to show none when no page would change.
    """
    outcome, newest = run.outcome, None
    if not only_new or outcome.published or outdated_pages(run.lake, run.lake.list(TRANSFORMED)):
        newest = _write_pages(run).get(outcome.chart)
    if awaited and (newest is None or newest.table.chart_date < awaited.chart_date):
        outcome.missing = awaited
    with required("the report"):
        if newest:
            _show_chart(newest)
        summarize(run)
    _announce(run)
    get_run_logger().info("Result: %s", outcome.message)
    run.newest = newest.table if newest else None


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


def _announce(run: Run) -> None:
    """Send events for other flows and automations: the newest chart of each kind, and what was refused."""
    outcome, lake = run.outcome, run.lake.address
    for chart, chart_date in dict(sorted(outcome.charts)).items():
        emit_event(
            "top50.chart.published",
            resource={"prefect.resource.id": f"top50.chart.{chart}", "prefect.resource.name": chart},
            payload={"chart": chart, "chart_date": chart_date, "lake": lake},
        )
    if outcome.refused:
        first = (outcome.failures or outcome.refused)[0]
        emit_event(
            "top50.raw.refused",
            resource={
                "prefect.resource.id": f"top50.chart.{outcome.chart}",
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


def _write_pages(run: Run) -> dict[str, ChartPage]:
    """Write the pages of the run's charts and of outdated ones; return their digests and rows, by chart."""
    lake, outcome = run.lake, run.outcome
    has_made_catalog = outcome.catalog == f"{lake.address}/{CATALOG}"

    def write(files: list[Item]) -> dict[str, ChartPage]:
        charts = {outcome.chart, *(name for name, _ in outcome.charts)}
        charts |= outdated_pages(lake, files, but=charts)
        with (
            nullcontext(lake.root / CATALOG)
            if has_made_catalog and isinstance(lake, DirectoryLake)
            else linked_catalog(lake, files, unchanged_contents(outcome.published.values(), files))
        ) as catalog:
            links = {chart: f"{lake.address}/{page_key(chart)}" for chart in sorted(charts)}
            pages = make_pages_apart(catalog, links)
        for chart, page in pages.items():
            lake.write(page_key(chart), page.html)
        return pages

    return repeat_until_newest(lake, write, CATALOG if has_made_catalog else None, outcome.listed)


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
        description=f"# {chart.chart}, {chart.chart_date}\n\nData from Spotify.",
    )
    create_markdown_artifact(
        key=f"top50-digest-{chart.chart}",
        markdown=newest.digest,
        description=f"{chart.chart}, {chart.chart_date}",
    )
