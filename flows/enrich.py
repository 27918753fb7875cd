"""Enrich: ask Spotify for every song that only a chart's line is known of, as far as the day's quota goes."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command_line import run
from flows.ending import USUAL, end, ends_in_one_line
from flows.form import explained
from flows.parameters import CatalogOption, ChartOption, LakeOption, LimitOption
from flows.preflight import lake_is_there
from flows.processing import enrich_songs
from flows.publishing import show
from tasks.aws import aws_session
from tasks.report import summed_up
from tasks.settings import run_settings
from top50.lake import open_lake
from top50.report.links import links_of
from top50.report.outcome import Outcome


@flow(name="enrich", timeout_seconds=USUAL, retries=0, persist_result=False)
@ends_in_one_line
@explained
def enrich(
    limit: LimitOption = None,
    chart: ChartOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
) -> State[Any]:
    """Complete the songs of charts that came from a CSV or the charts page."""
    settings = run_settings(chart=chart, lake=lake, catalog=catalog)
    place = open_lake(settings, aws_session(settings) if settings.is_s3 else None)
    outcome = Outcome(settings.chart, idle="no song was completed", links=links_of(settings))
    with summed_up(place, outcome):
        enrich_songs(place, settings, outcome, limit)
        newest = show(place, settings, outcome)
    return end(outcome, newest, place.address)


if __name__ == "__main__":
    run(enrich, lake_is_there)
