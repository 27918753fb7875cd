"""Rebuild: every table from `raw_data/processed/`, compared with what is there, and put in place."""

from collections import Counter
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Failed

from flows.shared.command_line import run_flow
from flows.shared.options import (
    CatalogOption,
    ChartOption,
    CheckOption,
    DaskOption,
    LakeOption,
    PlaylistOption,
    SizeOption,
)
from flows.shared.preflight import check_lake
from flows.shared.run import end, name_run, open_run, top50_flow
from flows.shared.stages import refresh_catalog
from tasks.rebuild import compare_tables, rebuild_tables
from tasks.report import report
from tasks.run import Run
from tasks.settings import run_settings
from top50.printed_commands import module_command
from top50.rebuild import Rebuilt
from top50.text import many


@top50_flow("rebuild", hours=48)
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
    with open_run(settings) as run:
        if check:
            return _compare(run, dask)
        rebuilt = rebuild_tables(run, dask)
        changed = len(rebuilt.differing)
        same = len(rebuilt.files) - changed
        run.outcome.idle = f"{_sizes(rebuilt)}: {same} were the same, {changed} put in place"
        run.outcome.charts |= rebuilt.newest_changed
        refresh_catalog(run, may_shrink=True)
        report(run)
        newest = run.newest
        name_run(f"rebuild-{newest.chart}-{newest.chart_date}" if newest else f"rebuild-{run.outcome.chart}")
        return end(run)


def _compare(run: Run, dask: str | None) -> State[Any]:
    """Only compare; return Failed when a file differs."""
    name_run("rebuild-check")
    rebuilt = compare_tables(run, dask)
    states = Counter(file.state for file in rebuilt.files)
    counts = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    result = f"{_sizes(rebuilt)}: {counts}" if counts else _sizes(rebuilt)
    if rebuilt.differing:
        first, command = rebuilt.differing[0].key, module_command("flows.rebuild")
        return Failed(message=f"{result}. The first: {first}. Run {command}.")
    run.outcome.idle = result
    return end(run)


def _sizes(rebuilt: Rebuilt) -> str:
    return f"{many(len(rebuilt.files), 'table file')} from {many(len(rebuilt.raw_keys), 'raw object')}"


if __name__ == "__main__":
    run_flow(rebuild, check_lake)
