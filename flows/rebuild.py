"""Rebuild: every table anew from `raw_data/processed/`, compared with what is there, and put in place."""

from collections import Counter
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Failed

from flows.command_line import run
from flows.ending import LONG, end, ends_in_one_line
from flows.form import explained
from flows.parameters import (
    CatalogOption,
    ChartOption,
    CheckOption,
    DaskOption,
    LakeOption,
    PlaylistOption,
    SizeOption,
)
from flows.preflight import lake_is_there
from flows.publishing import show
from tasks.aws import aws_session
from tasks.rebuild import compare_tables, rebuild_tables
from tasks.report import name_run, summed_up
from tasks.settings import run_settings
from top50.lake import Lake, open_lake
from top50.printed_commands import module_command
from top50.rebuild import Rebuilt
from top50.report.links import links_of
from top50.report.outcome import Outcome
from top50.settings import Settings
from top50.text import many


@flow(name="rebuild", timeout_seconds=LONG, retries=0, persist_result=False)
@ends_in_one_line
@explained
def rebuild(
    check: CheckOption = False,
    chart: ChartOption = None,
    size: SizeOption = None,
    playlist: PlaylistOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
    dask: DaskOption = None,
) -> State[Any]:
    """Build every table aside → compare → put in place → catalog → report; or only compare."""
    settings = run_settings(chart=chart, size=size, playlist=playlist, lake=lake, catalog=catalog)
    place = open_lake(settings, aws_session(settings) if settings.is_s3 else None)
    return _check(place, settings, dask) if check else _rebuild(place, settings, dask)


def _check(place: Lake, settings: Settings, dask: str | None) -> State[Any]:
    name_run("rebuild-check")
    rebuilt = compare_tables(place, settings, dask)
    if rebuilt.differing:
        first, command = rebuilt.differing[0], module_command("flows.rebuild")
        return Failed(message=f"{_compared(rebuilt)}. The first: {first.key}. Run {command}.")
    return end(Outcome(settings.chart, idle=_compared(rebuilt)), None, place.address)


def _rebuild(place: Lake, settings: Settings, dask: str | None) -> State[Any]:
    outcome = Outcome(settings.chart, links=links_of(settings))
    with summed_up(place, outcome):
        rebuilt, published = rebuild_tables(place, settings, dask)
        outcome.idle = _mended(rebuilt)
        outcome.add_published(published)
        outcome.charts |= rebuilt.newest_changed
        newest = show(place, settings, outcome, may_shrink=True)
    name_run(f"rebuild-{newest.chart}-{newest.chart_date}" if newest else f"rebuild-{settings.chart}")
    return end(outcome, newest, place.address)


def _compared(rebuilt: Rebuilt) -> str:
    states = Counter(each.state for each in rebuilt.files)
    found = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    return f"{_sizes(rebuilt)}: {found}" if found else _sizes(rebuilt)


def _mended(rebuilt: Rebuilt) -> str:
    changed = len(rebuilt.differing)
    return f"{_sizes(rebuilt)}: {len(rebuilt.files) - changed} were the same, {changed} put in place"


def _sizes(rebuilt: Rebuilt) -> str:
    return f"{many(len(rebuilt.files), 'table file')} from {many(len(rebuilt.raw_keys), 'raw object')}"


if __name__ == "__main__":
    run(rebuild, lake_is_there)
