"""What all flows have in common once raw objects are there: tables, catalog, report. It knows no source."""

from tasks.catalog import name_strays, refresh_catalog
from tasks.raw import archive, list_pending, refuse_large
from tasks.report import report
from tasks.tables import Batch, build, publish, verify
from top50.lake import Lake
from top50.raw.backlog import in_batches, too_large
from top50.report.outcome import Awaited, Outcome
from top50.report.page.pages import ChartTable
from top50.settings import Settings


def show(
    lake: Lake,
    settings: Settings,
    outcome: Outcome,
    awaited: Awaited | None = None,
    *,
    only_new: bool = False,
    may_shrink: bool = False,
) -> ChartTable | None:
    """Verify what was published, refresh the catalog and what BI tools keep of it, report; return the chart.

    awaited, only_new: see the report. may_shrink: see the catalog.
    """
    if outcome.published:
        verify(lake, outcome)
    outcome.catalog, outcome.listed = refresh_catalog(
        lake, settings, outcome.published, may_shrink=may_shrink
    )
    outcome.warnings += name_strays(lake, outcome)
    return report(lake, outcome, awaited, only_new=only_new)


def publish_pending(lake: Lake, settings: Settings, outcome: Outcome, simulated: bool | None = None) -> None:
    """Take the backlog batch by batch into the tables: build → publish → archive."""
    pending = list_pending(lake)
    large = too_large(pending)
    if large:
        outcome.set_aside += refuse_large(lake, large)
    for keys in in_batches(item for item in pending if item not in large):
        publish_batch(lake, outcome, build(lake, settings, keys, simulated))


def publish_batch(lake: Lake, outcome: Outcome, batch: Batch) -> None:
    """Put what was built into the tables, then take its raw objects out of the backlog."""
    outcome.left_pending += batch.strays
    taken = [raw.key for raw in batch.taken]
    outcome.add_built(taken, batch.built.tables["chart_entries"], batch.built.set_aside)
    outcome.add_published(publish(lake, batch))
    outcome.left_pending += archive(lake, batch)
