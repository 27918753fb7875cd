"""Report: the chart's page in the lake, the chart and the run as artifacts, and the run's own name."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import coolname.data
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.logging import get_run_logger

from tasks.step import seconds_per_step, step, timed_steps
from tasks.told import told_again_later, told_if_possible
from top50.catalog.duckdb import CATALOG, linked_catalog
from top50.catalog.newest import repeat_until_newest, unchanged_contents
from top50.errors import Top50Error
from top50.lake import Item, Lake
from top50.lake.directory import DirectoryLake
from top50.raw.quarantine import quarantine_table
from top50.report.links import page_key
from top50.report.outcome import Awaited, Outcome
from top50.report.page.pages import ChartPage, ChartRow, ChartTable, make_pages_apart, outdated_pages
from top50.report.summary import quality_table, set_aside_table, summary_markdown
from top50.tables.files import TRANSFORMED
from top50.text import as_code, clipped, escape_markdown, one_line

_LONGEST_KEY = 200


@step("report")
def report(
    lake: Lake,
    outcome: Outcome,
    awaited: Awaited | None = None,
    *,
    only_new: bool = False,
) -> ChartTable | None:
    """Show the newest chart and what the run did; return the chart.

    awaited: the chart that it should be. only_new: whether to show none when no page would be another one.
    """
    shown = only_new and _is_shown(lake, outcome)
    page = None if shown else _remake(lake, outcome).get(outcome.chart)
    if awaited and (page is None or page.table.chart_date < awaited.chart_date):
        outcome.missing = awaited
    with told_again_later("the report"):
        if page:
            _show(page)
        _sum_up(lake, outcome)
    _announce(lake, outcome)
    get_run_logger().info("Result: %s", outcome.message)
    return page.table if page else None


@contextmanager
def summed_up(lake: Lake, outcome: Outcome) -> Iterator[None]:
    """Time the steps within; when one of them ends the run, show all the same what was done until then."""
    with timed_steps():
        try:
            yield
        except Top50Error as error:
            with told_if_possible("the summary"):  # what the run ends with is its own error
                _sum_up(lake, outcome, error)
            raise


def _sum_up(lake: Lake, outcome: Outcome, error: Top50Error | None = None) -> None:
    create_markdown_artifact(
        key="top50-run-summary",
        markdown=summary_markdown(outcome, seconds_per_step(), lake.address, error),
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
    if outcome.refused and (table := quarantine_table(lake)):
        create_table_artifact(
            key="top50-quarantine", table=table, description="What is in quarantine now, and why"
        )


def _announce(lake: Lake, outcome: Outcome) -> None:
    """Tell other flows and automations of the newest chart of each kind, and of what was refused."""
    for chart, chart_date in dict(sorted(outcome.charts)).items():
        emit_event(
            "top50.chart.published",
            resource={"prefect.resource.id": f"top50.chart.{chart}", "prefect.resource.name": chart},
            payload={"chart": chart, "chart_date": chart_date, "lake": lake.address},
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
                "lake": lake.address,
            },
        )


def _is_shown(lake: Lake, outcome: Outcome) -> bool:
    return not outcome.published and not outdated_pages(lake, lake.list(TRANSFORMED))


def _remake(lake: Lake, outcome: Outcome) -> dict[str, ChartPage]:
    own = CATALOG if _has_made_catalog(lake, outcome) else None
    return repeat_until_newest(lake, lambda files: _remake_pages(lake, outcome, files), own, outcome.listed)


def _remake_pages(lake: Lake, outcome: Outcome, files: list[Item]) -> dict[str, ChartPage]:
    """Make the page of each chart that the run speaks of, or that an earlier run left undone."""
    charts = {outcome.chart, *(name for name, _ in outcome.charts)}
    charts |= outdated_pages(lake, files, but=charts)
    with _catalog(lake, outcome, files) as catalog:
        links = {chart: f"{lake.address}/{page_key(chart)}" for chart in sorted(charts)}
        pages = make_pages_apart(catalog, links)
    for chart, page in pages.items():
        lake.write(page_key(chart), page.html)
    return pages


@contextmanager
def _catalog(lake: Lake, outcome: Outcome, files: list[Item]) -> Iterator[Path]:
    """Open the lake's own catalog if this run has made it, else the tables' files."""
    if isinstance(lake, DirectoryLake) and _has_made_catalog(lake, outcome):
        yield lake.root / CATALOG
        return
    with linked_catalog(lake, files, unchanged_contents(outcome.published.values(), files)) as file:
        yield file


def _has_made_catalog(lake: Lake, outcome: Outcome) -> bool:
    return outcome.catalog == f"{lake.address}/{CATALOG}"


def _show(page: ChartPage) -> None:
    chart = page.table
    create_table_artifact(
        key=f"top50-chart-{chart.chart}",
        table=[_row(row) for row in chart.rows],
        description=f"# {chart.chart}, {chart.chart_date}\n\nData from Spotify.",
    )
    create_markdown_artifact(
        key=f"top50-digest-{chart.chart}",
        markdown=page.digest,
        description=f"{chart.chart}, {chart.chart_date}",
    )


def _row(row: ChartRow) -> dict[str, str | int]:
    """Return a row of the table; the dashboard takes every text in a cell for Markdown."""
    return {
        "rank": row.rank,
        "movement": row.movement,
        "song": escape_markdown(row.song),
        "artists": escape_markdown(row.artists),
    }


def name_run(name: str) -> None:
    """Give this flow run a name that says what it did, beside one that a user gave it."""
    context = FlowRunContext.get()
    if context and context.flow_run:
        with told_if_possible("the run's name"), get_client(sync_client=True) as client:
            client.update_flow_run(context.flow_run.id, name=_beside(context.flow_run.name, name))


def _beside(given: str, name: str) -> str:
    """Return a run's new name. given: its name as it started."""
    if given.startswith(name):  # flows/again.py
        return given
    # Prefect does not say who chose a name. What it invents itself is two words of coolname's
    # (prefect/utilities/names.py), of which hardly anybody makes one; any other name stays.
    lists: Iterable[Any] = coolname.data.config.values()
    invented = {word for words in lists for word in words.get("words", ())}
    return name if invented.issuperset(given.split("-")) else f"{given} ({name})"
