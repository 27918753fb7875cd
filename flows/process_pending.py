"""Process pending: whatever lies in `raw_data/to_processed/`, put there by anyone, into the tables."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run
from flows.ending import end
from flows.parameters import CatalogOption, ChartOption, LakeOption, PlaylistOption, SizeOption
from flows.processing import process
from tasks.aws import aws_session
from tasks.report import name_run, report
from tasks.step import timed_steps
from top50.lake import open_lake
from top50.report.outcome import Outcome
from top50.settings import load_settings


@flow(name="process-pending", flow_run_name="process-pending")
def process_pending(
    chart: ChartOption = None,
    size: SizeOption = None,
    playlist: PlaylistOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
) -> State[Any]:
    """Process everything that is pending: build → publish → archive → enrich → catalog → report."""
    settings = load_settings(chart=chart, size=size, playlist=playlist, lake=lake, catalog=catalog)
    place = open_lake(settings, aws_session(settings) if settings.is_s3 else None)
    outcome = Outcome(settings.chart)
    with timed_steps() as seconds:
        process(place, settings, outcome)
        newest = report(place, outcome, seconds)
    if newest:
        name_run(f"pending-{newest.chart}-{newest.chart_date}")
    return end(outcome, newest, place.address)


if __name__ == "__main__":
    run(process_pending)
