"""The weekly chart: fetch → land raw → build → publish → archive → enrich → catalog → report."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.again import again_after_quota
from flows.command_line import run
from flows.ending import USUAL, end, ends_in_one_line
from flows.form import explained
from flows.parameters import (
    CatalogOption,
    ChartOption,
    FileOption,
    LakeOption,
    PlaylistOption,
    SizeOption,
    SourceOption,
)
from flows.preflight import opened
from flows.processing import process
from flows.publishing import show
from tasks.aws import aws_session
from tasks.fetch import check_fetch, fetch
from tasks.raw import land_raw
from tasks.report import name_run, summed_up
from tasks.settings import check_files, run_settings
from top50.charts import CHARTS_CSV, SIMULATOR
from top50.lake import TO_PROCESSED, Lake, open_lake
from top50.raw import date_in_key
from top50.report.links import links_of
from top50.report.outcome import Awaited, Outcome
from top50.settings import Settings
from top50.sources.source import check_source


@flow(name="weekly-chart", timeout_seconds=USUAL, retries=0, persist_result=False)
@ends_in_one_line
@explained
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
    settings = run_settings(
        chart=chart, size=size, source=source, playlist=playlist, lake=lake, catalog=catalog
    )
    check_files(settings, [file] if file else [])
    place = open_lake(settings, aws_session(settings) if settings.is_s3 else None, create=True)
    outcome = Outcome(settings.chart, links=links_of(settings))
    expected = settings.chosen_chart.date_of(datetime.now(UTC))
    name_run(f"{settings.chart}-{expected}")  # what a run that fails early was to bring
    with summed_up(place, outcome), again_after_quota():
        raws, outcome.warnings = fetch(place, settings, file)
        outcome.landed = land_raw(place, settings, raws)
        if raws:
            name_run(f"{settings.chart}-{date_in_key(raws[-1].key) or 'undated'}")
        process(place, settings, outcome, simulated=settings.source == SIMULATOR)
        newest = show(place, settings, outcome, _awaited(settings, place))
    if newest and not raws:
        name_run(f"{settings.chart}-{newest.chart_date}")
    return end(outcome, newest, place.address)


_PUBLISHED_BY = timedelta(hours=22)
"""After the midnight (UTC) that ends a chart's last day; as a rule it is out by 16:09."""


def _awaited(settings: Settings, lake: Lake) -> Awaited | None:
    """Return the chart that is out by now; the simulator has a calendar of its own."""
    if settings.source == SIMULATOR:
        return None
    remedy = f"{settings.source} still shows an older one; run it again later"
    if settings.source == CHARTS_CSV:
        remedy = f"download it from charts.spotify.com and put it into {lake.address}/{TO_PROCESSED}"
    return Awaited(settings.chosen_chart.date_of(datetime.now(UTC) - _PUBLISHED_BY), remedy)


def _check(settings: Settings, options: Mapping[str, Any]) -> None:
    """Check what needs no network: the source's credentials, the lake, and which kind of charts it holds."""
    check_source(settings, options.get("file"))
    lake = opened(settings, create=True)
    if lake and lake.near:
        check_fetch(lake, settings, options.get("file"))


if __name__ == "__main__":
    run(weekly_chart, _check)
