"""Process pending: whatever lies in `raw_data/to_processed/`, put there by anyone, into the tables."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run
from flows.ending import end
from flows.parameters import CatalogOption, ChartOption, LakeOption, PlaylistOption, SizeOption
from tasks.aws import aws_session
from tasks.catalog import refresh_catalog
from tasks.raw import archive, list_pending
from tasks.report import name_run, report
from tasks.step import timed_steps
from tasks.tables import build, publish
from top50.backlog import in_batches
from top50.lake import Lake, open_lake
from top50.report.outcome import Outcome
from top50.settings import Settings, load_settings


@flow(name="process-pending", flow_run_name="process-pending")
def process_pending(
    chart: ChartOption = None,
    size: SizeOption = None,
    playlist: PlaylistOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
) -> State[Any]:
    """Process everything that is pending: build → publish → archive → catalog → report."""
    settings = load_settings(chart=chart, size=size, playlist=playlist, lake=lake, catalog=catalog)
    place = open_lake(settings, aws_session(settings) if settings.is_s3 else None)
    outcome = Outcome(settings.chart)
    with timed_steps() as seconds:
        process(place, settings, outcome)
        newest = report(place, outcome, seconds)
    if newest:
        name_run(f"pending-{newest.chart}-{newest.chart_date}")
    return end(outcome, newest, place.address)


def process(lake: Lake, settings: Settings, outcome: Outcome, simulated: bool | None = None) -> None:
    """Take the backlog batch by batch into the tables, then refresh the catalog."""
    for keys in in_batches(list_pending(lake)):
        batch = build(lake, settings, keys, simulated)
        outcome.add_built(batch.keys, batch.built.tables["chart_entries"], batch.built.set_aside)
        outcome.add_published(publish(lake, batch))
        archive(lake, batch.keys, batch.built.refused)
    outcome.catalog = refresh_catalog(lake, settings)


if __name__ == "__main__":
    run(process_pending)
