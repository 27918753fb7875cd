"""The weekly chart: fetch → land raw → build → publish → archive → enrich → catalog → report."""

from datetime import UTC, date, datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.again import again_after_quota
from flows.command_line import run
from flows.ending import end
from flows.parameters import (
    CatalogOption,
    ChartOption,
    FileOption,
    LakeOption,
    PlaylistOption,
    SizeOption,
    SourceOption,
)
from flows.processing import process
from tasks.aws import aws_session
from tasks.fetch import fetch
from tasks.raw import land_raw
from tasks.report import name_run, report
from tasks.step import timed_steps
from top50.lake import open_lake
from top50.official_csv import SOURCE as CHARTS_CSV
from top50.raw import date_in_key
from top50.report.outcome import Outcome
from top50.settings import Settings, load_settings
from top50.snapshot import SIMULATOR


@flow(name="weekly-chart", flow_run_name="weekly-chart")
def weekly_chart(
    chart: ChartOption = None,
    size: SizeOption = None,
    source: SourceOption = None,
    file: FileOption = None,
    playlist: PlaylistOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
) -> State[Any]:
    """Fetch the newest chart and process it, with everything else that is pending."""
    settings = load_settings(
        chart=chart, size=size, source=source, playlist=playlist, lake=lake, catalog=catalog
    )
    place = open_lake(settings, aws_session(settings) if settings.is_s3 else None, create=True)
    outcome = Outcome(settings.chart)
    with timed_steps() as seconds, again_after_quota():
        raws, outcome.warnings = fetch(place, settings, file)
        outcome.landed = land_raw(place, raws)
        if raws:
            name_run(f"{settings.chart}-{date_in_key(raws[-1].key) or 'undated'}")
        process(place, settings, outcome, simulated=settings.source == SIMULATOR)
        newest = report(place, outcome, seconds, awaited=_awaited(settings))
    if newest and not raws:
        name_run(f"{settings.chart}-{newest.chart_date}")
    return end(outcome, newest, place.address)


def _awaited(settings: Settings) -> date | None:
    """Return the date of the chart that a person was to bring by now, where it is a person who does."""
    if settings.source != CHARTS_CSV:
        return None
    return settings.chosen_chart.date_of(datetime.now(UTC))


if __name__ == "__main__":
    run(weekly_chart)
