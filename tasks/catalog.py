"""Catalog: make the new week visible."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from tasks import lineage
from tasks.aws import aws_session
from tasks.step import step
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.lake import Item, Lake
from top50.report.outcome import Outcome
from top50.settings import Settings
from top50.tables.files import TRANSFORMED, Published, strays_among
from top50.text import clipped, one_line

if TYPE_CHECKING:
    from top50.catalog.glue import GlueCatalog, Refreshed
    from top50.catalog.glue.proof import ProvenFile


_NAMED = 10
"""How many of the files that are no table's the log names."""

_LONGEST_KEY = 200


class Catalog(NamedTuple):
    """Where the catalog is and what is known of it, and the tables' files if they were listed for it."""

    summary: str
    listed: list[Item] | None = None


def refresh_catalog(
    lake: Lake, settings: Settings, published: Mapping[str, Published], *, may_shrink: bool = False
) -> Catalog:
    """Refresh the catalog of the settings, then what QuickSight keeps of it.

    published: key → what this run wrote, which the catalog must show. may_shrink: whether charts may be
    gone that it shows, as after a rebuild. Raises LakeError when the tables are not whole.
    """
    if settings.catalog_name == "none":
        if published:
            _refresh_quicksight(settings)
        return Catalog("none (TOP50_CATALOG)")
    if settings.catalog_name == "duckdb":
        return Catalog(_refresh_duckdb.with_options(**lineage.of_catalog(lake, settings))(lake, may_shrink))
    refreshed = _refresh_glue(lake, settings, may_shrink)
    if refreshed.is_complete:
        return Catalog(refreshed.summary, refreshed.found.listed)
    prove = _prove.with_options(**lineage.of_catalog(lake, settings))
    line, proven = prove(lake, settings, refreshed, published)
    _refresh_quicksight(settings)
    _record(lake, settings, proven)
    return Catalog(line, refreshed.found.listed)


def name_strays(lake: Lake, outcome: Outcome) -> list[str]:
    """Log what lies among the tables' files and is none; return one line about it, if there is anything."""
    if outcome.listed is None and not lake.near:
        outcome.listed = list(lake.list(TRANSFORMED))
    strays = strays_among(lake.list(TRANSFORMED) if outcome.listed is None else outcome.listed)
    for key in strays[:_NAMED]:
        get_run_logger().warning("Not read, because it is no table's file: %s", one_line(key))
    more = f" and {len(strays) - 1} more" if len(strays) > 1 else ""
    line = f"{clipped(one_line(strays[0]), _LONGEST_KEY)}{more}: no table's file, not read" if strays else ""
    return [f"{line}. Move it out of {TRANSFORMED}"] if line else []


@step("catalog", lambda _: CATALOG)
def _refresh_duckdb(lake: Lake, may_shrink: bool) -> str:
    counts = refresh_duckdb(lake, may_shrink=may_shrink)
    held = ", ".join(f"{rows} {table}" for table, rows in counts.items())
    get_run_logger().info("Catalog holds %s", held)
    return f"{lake.address}/{CATALOG}"


@step("catalog", lambda refreshed: str(refreshed.summary))
def _refresh_glue(lake: Lake, settings: Settings, may_shrink: bool) -> "Refreshed":
    return _glue_catalog(lake, settings).refresh(may_shrink=may_shrink)


@step("proof", lambda proof: str(proof[0]))
def _prove(
    lake: Lake, settings: Settings, refreshed: "Refreshed", published: Mapping[str, Published]
) -> "tuple[str, dict[str, ProvenFile]]":
    # A step of its own: when Athena throttles, nothing is crawled again.
    return _glue_catalog(lake, settings).prove(refreshed, published)


@step("record")
def _record(lake: Lake, settings: Settings, proven: "Mapping[str, ProvenFile]") -> None:
    # Last: after a run that fails before, the next one proves, and lets QuickSight read, again.
    _glue_catalog(lake, settings).record(proven)


def _glue_catalog(lake: Lake, settings: Settings) -> "GlueCatalog":
    from top50.catalog.glue import GlueCatalog  # noqa: PLC0415 - botocore is not small

    return GlueCatalog(lake, settings, aws_session(settings), get_run_logger().info)


def _refresh_quicksight(settings: Settings) -> None:
    if settings.quicksight_datasets:
        _start_quicksight(settings)


@step("quicksight")
def _start_quicksight(settings: Settings) -> None:
    """Let QuickSight read the new week, where it keeps data sets of its own."""
    from top50.catalog.quicksight import quicksight_client, start_ingestions  # noqa: PLC0415 - as above

    quicksight, account = quicksight_client(aws_session(settings))
    # A retry of the step has the same flow run, and so the same ids: QuickSight reads nothing twice.
    run = flow_run.get_id() or uuid4().hex
    for line in start_ingestions(quicksight, account, settings.quicksight_datasets, run):
        get_run_logger().info(line)
