"""Import history: old raw responses and chart CSVs, thousands at a time, into the lake and its tables."""

from tempfile import TemporaryDirectory
from typing import Any

from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Failed

from flows.shared.command_line import run_flow
from flows.shared.options import (
    CatalogOption,
    ChartOption,
    DaskOption,
    DryRunOption,
    LakeOption,
    PathsOption,
    PlaylistOption,
    SizeOption,
)
from flows.shared.preflight import check_lake_if_there
from flows.shared.run import end, name_run, open_run, top50_flow
from flows.shared.stages import publish_batch, publish_pending, refresh_catalog
from tasks.history import Files, build_landed, find_files, land_history, list_lake, log_left_out, look
from tasks.report import report
from tasks.run import Run
from tasks.settings import check_files, run_settings
from top50.history.archives import SplitArchives
from top50.history.judge import Tally
from top50.history.land import ARCHIVE_STRETCH_BYTES, STRETCH_BYTES, Progress, in_groups
from top50.lake import Item, directory_of
from top50.security import refuse_open_cluster
from top50.settings import Settings
from top50.text import many


@top50_flow("import-history", hours=48)
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
    if dry_run:
        return _try_out(settings, files)
    with open_run(settings, create=True) as run:
        publish_pending(run)  # what is there, or what was left when it was stopped
        tally = _take(run, files, dask)
        outcome = run.outcome
        outcome.idle = str(tally)
        outcome.warnings += [str(tally)] if outcome.processed or outcome.refused else []
        outcome.songs_without_details = len(outcome.ids_without_details or ())
        refresh_catalog(run)
        report(run, only_new=True)
        name_run(f"import-history-{many(tally.counts['new'], 'file').replace(' ', '-')}")
        if tally.left_out and not outcome.failures:
            left_out = many(len(tally.left_out), "file")
            return Failed(message=f"{left_out} left out: {tally.left_out[0]}. {tally}")
        return end(run)


def _try_out(settings: Settings, files: Files) -> State[Any]:
    """Look at the files, and write nothing; a lake that is not there yet counts as an empty one."""
    name_run("import-history-dry-run")
    with TemporaryDirectory(prefix="top50-") as empty:
        if not settings.is_s3 and not directory_of(settings.lake).exists():
            settings = settings.model_copy(update={"lake": empty})
        with open_run(settings) as run:
            index, tally, progress = list_lake(run), Tally(), Progress(files.count)
            with SplitArchives(files, progress.expect) as cut:
                for group in in_groups(cut):
                    tally.add(look(run, group, index))
                    get_run_logger().info("Looked at %s", progress.add(len(group)))
                tally.notes += cut.notes
            log_left_out(tally)
            run.outcome.idle = f"{tally}; nothing was written"
            return end(run)


def _take(run: Run, files: Files, dask: str | None) -> Tally:
    """Land the files group by group, and publish them once enough has landed; return what became of them."""
    index, tally, progress = list_lake(run), Tally(), Progress(files.count)
    landed: list[Item] = []
    with SplitArchives(files, progress.expect) as cut:
        for group in in_groups(cut):
            verdicts, items = land_history(run, group, index)
            tally.add(verdicts)
            landed += items
            enough = ARCHIVE_STRETCH_BYTES if cut.archives else STRETCH_BYTES
            if sum(item.size for item in landed) >= enough:
                publish_batch(run, build_landed(run, landed, dask, of_archives=cut.archives > 0))
                landed = []
            get_run_logger().info("Imported %s", progress.add(len(group)))
        tally.notes += cut.notes
    log_left_out(tally)
    if landed:
        publish_batch(run, build_landed(run, landed, dask, of_archives=cut.archives > 0))
    return tally


if __name__ == "__main__":
    run_flow(import_history, check_lake_if_there)
