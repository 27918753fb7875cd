"""Import history: old raw responses and chart CSVs, thousands at a time, into the lake and its tables."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Failed

from flows.command_line import run
from flows.ending import LONG, end, ends_in_one_line
from flows.form import explained
from flows.parameters import (
    CatalogOption,
    ChartOption,
    DaskOption,
    DryRunOption,
    LakeOption,
    PathsOption,
    PlaylistOption,
    SizeOption,
)
from flows.preflight import lake_can_be
from flows.publishing import publish_batch, publish_pending, show
from tasks.history import (
    Files,
    Group,
    Landed,
    build_landed,
    find_files,
    lake_of,
    land_history,
    list_lake,
    look,
    tell_left_out,
)
from tasks.report import name_run, summed_up
from tasks.settings import check_files, run_settings
from top50.history.archives import SplitArchives
from top50.history.judge import Tally
from top50.history.land import Progress, in_groups
from top50.lake import Lake
from top50.report.links import links_of
from top50.report.outcome import Outcome
from top50.security import refuse_open_cluster
from top50.settings import Settings
from top50.text import many


@flow(name="import-history", timeout_seconds=LONG, retries=0, persist_result=False)
@ends_in_one_line
@explained
def import_history(
    paths: PathsOption,
    dry_run: DryRunOption = False,
    chart: ChartOption = None,
    size: SizeOption = None,
    playlist: PlaylistOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
    dask: DaskOption = None,
) -> State[Any]:
    """Find → land what is new → build → publish → archive, group by group; then catalog → report, once."""
    settings = run_settings(chart=chart, size=size, playlist=playlist, lake=lake, catalog=catalog)
    if dask:  # before anything lands
        refuse_open_cluster(dask, allow_http=settings.allow_http)
    files = find_files(settings, paths, check_files(settings, paths))
    with lake_of(settings, dry_run=dry_run) as place:
        return _dry_run(place, settings, files) if dry_run else _import(place, settings, files, dask)


def _dry_run(place: Lake, settings: Settings, files: Files) -> State[Any]:
    name_run("import-history-dry-run")
    known, tally = list_lake(place), Tally()
    progress = Progress(files.count)
    with SplitArchives(files, progress.expect) as cut:
        for found in in_groups(cut):
            tally.add(look(place, settings, Group(found), known))
            get_run_logger().info("Looked at %s", progress.add(len(found)))
        tally.notes += cut.notes
    tell_left_out(tally)
    return end(Outcome(settings.chart, idle=f"{tally}; nothing was written"), None, place.address)


def _import(place: Lake, settings: Settings, files: Files, dask: str | None) -> State[Any]:
    outcome, tally = Outcome(settings.chart, links=links_of(settings)), Tally()
    with summed_up(place, outcome):
        publish_pending(place, settings, outcome)  # what is there, or what was left when it was stopped
        _take(place, settings, files, outcome, tally, dask)
        outcome.idle = str(tally)
        outcome.warnings += [str(tally)] if outcome.processed or outcome.refused else []
        outcome.songs_without_details = len(outcome.ids_without_details or ())
        newest = show(place, settings, outcome, only_new=True)
    name_run(f"import-history-{many(tally.counts['new'], 'file').replace(' ', '-')}")
    if tally.left_out and not outcome.failures:
        return Failed(message=f"{many(len(tally.left_out), 'file')} left out: {tally.left_out[0]}. {tally}")
    return end(outcome, newest, place.address)


def _take(
    place: Lake, settings: Settings, files: Files, outcome: Outcome, tally: Tally, dask: str | None
) -> None:
    known, progress, landed = list_lake(place), Progress(files.count), Landed()
    with SplitArchives(files, progress.expect) as cut:
        for found in in_groups(cut):
            verdicts, items = land_history(place, settings, Group(found), known)
            tally.add(verdicts)
            landed.items += items
            landed.of_archives = cut.archives > 0
            if landed.is_enough:
                _publish(place, settings, outcome, landed, dask)
            get_run_logger().info("Imported %s", progress.add(len(found)))
        tally.notes += cut.notes
    tell_left_out(tally)
    _publish(place, settings, outcome, landed, dask)


def _publish(place: Lake, settings: Settings, outcome: Outcome, landed: Landed, dask: str | None) -> None:
    if landed.items:
        publish_batch(place, outcome, build_landed(place, settings, landed, dask))
    landed.items.clear()


if __name__ == "__main__":
    run(import_history, lake_can_be)
