"""Process pending: whatever lies in `raw_data/to_processed/`, put there by anyone, into the tables."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run
from flows.ending import USUAL, end, ends_in_one_line
from flows.form import explained
from flows.parameters import (
    CatalogOption,
    ChartOption,
    LakeOption,
    PlaylistOption,
    RequeueOption,
    SizeOption,
)
from flows.preflight import lake_is_there
from flows.processing import process
from flows.publishing import show
from tasks.aws import aws_session
from tasks.raw import requeue as requeue_raw
from tasks.report import name_run, summed_up
from tasks.settings import run_settings
from top50.lake import open_lake
from top50.report.links import links_of
from top50.report.outcome import Outcome


@flow(name="process-pending", timeout_seconds=USUAL, retries=0, persist_result=False)
@ends_in_one_line
@explained
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
    place = open_lake(settings, aws_session(settings) if settings.is_s3 else None)
    outcome = Outcome(settings.chart, links=links_of(settings))
    with summed_up(place, outcome):
        if requeue:
            requeue_raw(place, requeue)
        process(place, settings, outcome)
        newest = show(place, settings, outcome)
    if newest:
        name_run(f"pending-{newest.chart}-{newest.chart_date}")
    return end(outcome, newest, place.address)


if __name__ == "__main__":
    run(process_pending, lake_is_there)
