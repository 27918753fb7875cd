"""Rebuild: every table from the archive, compared, and put in place."""

from contextlib import nullcontext

from prefect.logging import get_run_logger

from tasks import lineage
from tasks.dask import on_dask
from tasks.run import Run
from tasks.step import step
from top50.rebuild import Rebuilt, rebuild
from top50.rebuild.replace import put_in_place
from top50.text import many


@step("compare", lambda rebuilt: many(len(rebuilt.files), "table file"))
def compare_tables(run: Run, dask: str | None = None) -> Rebuilt:
    """Build every table aside, and compare each file with the lake's. dask: a scheduler's address."""
    return _compared(run, dask)


@step("rebuild", lambda rebuilt: many(len(rebuilt.files), "table file"), lineage.of_tables)
def rebuild_tables(run: Run, dask: str | None = None) -> Rebuilt:
    """Do that and put the tables in place; a file that somebody else wrote meanwhile starts it over."""
    rebuilt = _compared(run, dask)
    published = put_in_place(run.lake, rebuilt)
    lineage.add_row_counts(run.lake, published)
    for file in published:
        if file.changed:
            get_run_logger().info("Put in place %s: %d rows (%+d)", file.key, file.rows, file.added)
    run.outcome.add_published(published)
    return rebuilt


def _compared(run: Run, dask: str | None) -> Rebuilt:
    logger = get_run_logger()
    with on_dask(dask, run.settings) if dask else nullcontext() as build_all:
        rebuilt = rebuild(run.lake, run.wanted, logger.info, build_all)
    for file in rebuilt.files:
        (logger.info if file.state == "same" else logger.warning)("%-7s  %s", file.state, file.key)
    return rebuilt
