"""Process pending: whatever is in `raw_data/to_processed/`, put there by anyone, into the tables."""

from typing import Any

from prefect.client.schemas.objects import State

from flows.shared.command_line import run_flow
from flows.shared.enrichment import enrich_songs
from flows.shared.options import (
    CatalogOption,
    ChartOption,
    LakeOption,
    PlaylistOption,
    RequeueOption,
    SizeOption,
)
from flows.shared.preflight import check_lake
from flows.shared.run import end, name_run, open_run, top50_flow
from flows.shared.stages import publish_pending, refresh_catalog
from tasks.raw import requeue as requeue_raw
from tasks.report import report
from tasks.settings import run_settings


@top50_flow("process-pending")
def process_pending(
    chart: ChartOption = None,
    size: SizeOption = None,
    playlist: PlaylistOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
    requeue: RequeueOption = None,
) -> State[Any]:
    """Process everything that is pending: build → publish → archive → enrich → catalog → report."""
    settings = run_settings(chart=chart, size=size, playlist=playlist, lake=lake, catalog=catalog)
    with open_run(settings) as run:
        if requeue:
            requeue_raw(run, requeue)
        publish_pending(run)
        enrich_songs(run, settings.enrich_limit)
        refresh_catalog(run)
        report(run)
        if run.newest:
            name_run(f"pending-{run.newest.chart}-{run.newest.chart_date}")
        return end(run)


if __name__ == "__main__":
    run_flow(process_pending, check_lake)
