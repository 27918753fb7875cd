"""Catalog: make the new week visible."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import uuid4

from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from tasks import lineage
from tasks.aws import aws_session
from tasks.run import Run
from tasks.step import step
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.tables.files import TRANSFORMED, strays_among
from top50.text import clipped, one_line

if TYPE_CHECKING:
    from top50.catalog.glue import GlueCatalog, Refreshed
    from top50.catalog.glue.proof import ProvenFile


# How many stray files the log names.
_NAMED = 10

_LONGEST_KEY = 200


def refresh(run: Run, *, may_shrink: bool = False) -> None:
    """Let the catalog of the settings, and QuickSight's copy, show what this run has published.

    may_shrink: whether charts that the catalog shows may be gone. Raises LakeError for incomplete tables.
    """
    outcome, catalog = run.outcome, run.settings.catalog_name
    if catalog == "none":
        outcome.catalog = "none (TOP50_CATALOG)"
        if outcome.published:
            _refresh_quicksight(run)
    elif catalog == "duckdb":
        outcome.catalog = _refresh_duckdb(run, may_shrink)
    else:
        refreshed = _refresh_glue(run, may_shrink)
        line = refreshed.summary
        if not refreshed.is_complete:
            line, proven = _prove(run, refreshed)
            _refresh_quicksight(run)
            _record(run, proven)
        outcome.catalog, outcome.listed = line, refreshed.found.listed


def warn_of_strays(run: Run) -> None:
    """Warn of the files among the tables' that no table has, which nothing reads."""
    outcome = run.outcome
    if outcome.listed is None and not run.lake.near:
        outcome.listed = list(run.lake.list(TRANSFORMED))
    strays = strays_among(run.lake.list(TRANSFORMED) if outcome.listed is None else outcome.listed)
    if not strays:
        return
    for key in strays[:_NAMED]:
        get_run_logger().warning("Ignored, because it is not a table file: %s", one_line(key))
    more = f" and {len(strays) - 1} more" if len(strays) > 1 else ""
    first = clipped(one_line(strays[0]), _LONGEST_KEY)
    outcome.warnings.append(f"{first}{more}: no table's file, not read. Move it out of {TRANSFORMED}")


@step("catalog", lambda _: CATALOG, lineage.of_catalog)
def _refresh_duckdb(run: Run, may_shrink: bool) -> str:
    counts = refresh_duckdb(run.lake, may_shrink=may_shrink)
    held = ", ".join(f"{rows} {table}" for table, rows in counts.items())
    get_run_logger().info("Catalog holds %s", held)
    return f"{run.lake.address}/{CATALOG}"


@step("catalog", lambda refreshed: str(refreshed.summary))
def _refresh_glue(run: Run, may_shrink: bool) -> "Refreshed":
    return _glue_catalog(run).refresh(may_shrink=may_shrink)


@step("proof", lambda proof: str(proof[0]), lineage.of_catalog)
def _prove(run: Run, refreshed: "Refreshed") -> "tuple[str, dict[str, ProvenFile]]":
    # A step of its own: when Athena throttles, nothing is crawled again.
    return _glue_catalog(run).prove(refreshed, run.outcome.published)


@step("record")
def _record(run: Run, proven: "Mapping[str, ProvenFile]") -> None:
    # Last: after a run that fails before, the next one proves, and lets QuickSight read, again.
    _glue_catalog(run).record(proven)


def _glue_catalog(run: Run) -> "GlueCatalog":
    from top50.catalog.glue import GlueCatalog  # noqa: PLC0415 - botocore is not small

    return GlueCatalog(run.lake, run.settings, aws_session(run.settings), get_run_logger().info)


def _refresh_quicksight(run: Run) -> None:
    if run.settings.quicksight_datasets:
        _start_quicksight(run)


@step("quicksight")
def _start_quicksight(run: Run) -> None:
    """Let QuickSight read the new week, where it keeps data sets of its own."""
    from top50.catalog.quicksight import quicksight_client, start_ingestions  # noqa: PLC0415 - as above

    quicksight, account = quicksight_client(aws_session(run.settings))
    # A retry of the step has the same flow run, and so the same ids: QuickSight reads nothing twice.
    run_id = flow_run.get_id() or uuid4().hex
    for line in start_ingestions(quicksight, account, run.settings.quicksight_datasets, run_id):
        get_run_logger().info(line)
