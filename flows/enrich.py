"""Enrich: ask Spotify for every song that only a chart's line is known of, as far as the day's quota goes."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run
from flows.ending import end
from flows.parameters import CatalogOption, ChartOption, LakeOption, LimitOption
from flows.processing import enrich_songs, show_to_bi
from tasks.aws import aws_session
from tasks.report import report
from tasks.step import timed_steps
from top50.lake import open_lake
from top50.report.outcome import Outcome
from top50.settings import load_settings


@flow(name="enrich", flow_run_name="enrich")
def enrich(
    limit: LimitOption = None,
    chart: ChartOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
) -> State[Any]:
    """Complete the songs of charts that came from a CSV or the charts page."""
    settings = load_settings(chart=chart, lake=lake, catalog=catalog)
    place = open_lake(settings, aws_session(settings) if settings.is_s3 else None)
    outcome = Outcome(settings.chart, idle="no song was completed")
    with timed_steps() as seconds:
        enrich_songs(place, settings, outcome, limit)
        show_to_bi(place, settings, outcome)
        newest = report(place, outcome, seconds)
    return end(outcome, newest, place.address)


if __name__ == "__main__":
    run(enrich)
