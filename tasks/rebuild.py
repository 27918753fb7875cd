"""Rebuild: every table anew from the archive, compared, and put in place."""

from contextlib import nullcontext

from prefect.logging import get_run_logger

from tasks import lineage
from tasks.dask import on_dask
from tasks.step import step
from top50.lake import Lake
from top50.read.snapshot import Wanted
from top50.rebuild import Rebuilt, rebuild
from top50.rebuild.replace import put_in_place
from top50.settings import Settings
from top50.tables.files import Published
from top50.text import many


@step("compare", lambda rebuilt: many(len(rebuilt.files), "table file"))
def compare_tables(lake: Lake, settings: Settings, dask: str | None = None) -> Rebuilt:
    """Make every table anew, aside, and say of each file whether the lake's is the same."""
    return _compared(lake, settings, dask)


def rebuild_tables(
    lake: Lake, settings: Settings, dask: str | None = None
) -> tuple[Rebuilt, list[Published]]:
    """Do that and put the tables in place; a file that somebody else wrote meanwhile starts it over."""
    return _rebuild_tables.with_options(**lineage.of_tables(lake))(lake, settings, dask)


@step("rebuild", lambda done: many(len(done[0].files), "table file"))
def _rebuild_tables(lake: Lake, settings: Settings, dask: str | None) -> tuple[Rebuilt, list[Published]]:
    rebuilt = _compared(lake, settings, dask)
    published = put_in_place(lake, rebuilt)
    lineage.tell_rows(lake, published)
    for file in published:
        if file.changed:
            get_run_logger().info("Put in place %s: %d rows (%+d)", file.key, file.rows, file.added)
    return rebuilt, published


def _compared(lake: Lake, settings: Settings, dask: str | None) -> Rebuilt:
    logger = get_run_logger()
    wanted = Wanted(chart=settings.chosen_chart, size=settings.size, playlist=settings.playlist)
    with on_dask(dask, settings) if dask else nullcontext() as builder:
        rebuilt = rebuild(lake, wanted, logger.info, builder)
    for each in rebuilt.files:
        (logger.info if each.state == "same" else logger.warning)("%-7s  %s", each.state, each.key)
    return rebuilt
