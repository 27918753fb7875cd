"""The weekly chart: fetch → land raw → build → publish → archive → enrich → catalog → report."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect.client.schemas.objects import State

from flows.shared.command_line import run_flow
from flows.shared.enrichment import enrich_songs
from flows.shared.options import (
    CatalogOption,
    ChartOption,
    FileOption,
    LakeOption,
    PlaylistOption,
    SizeOption,
    SourceOption,
)
from flows.shared.preflight import open_if_possible
from flows.shared.run import end, name_run, open_run, reschedule_after_quota, top50_flow
from flows.shared.stages import publish_pending, refresh_catalog
from tasks.fetch import check_fetch, fetch
from tasks.raw import land_raw
from tasks.report import report
from tasks.run import Run
from tasks.settings import check_files, run_settings
from top50.charts import CHARTS_CSV, SIMULATOR
from top50.lake import TO_PROCESSED
from top50.raw import date_in_key
from top50.report.outcome import Awaited
from top50.settings import Settings
from top50.sources.source import check_source

# After the midnight (UTC) that ends a chart's last day; as a rule it is out by 16:09.
_PUBLISHED_WITHIN = timedelta(hours=22)


@top50_flow("weekly-chart")
def weekly_chart(
    chart: ChartOption = None,
    size: SizeOption = None,
    source: SourceOption = None,
    file: FileOption = None,
    playlist: PlaylistOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
) -> State[Any]:
    """Fetch the newest charts and process them, with everything else that is pending."""
    settings = run_settings(
        chart=chart, size=size, source=source, playlist=playlist, lake=lake, catalog=catalog
    )
    check_files(settings, [file] if file else [])
    with open_run(settings, create=True) as run:
        name_run(f"{run.outcome.chart}-{settings.charts[0].date_of(datetime.now(UTC))}")
        raws = fetch(run, file)
        if raws:
            run.outcome.landed = land_raw(run, raws)
            name_run(f"{run.outcome.chart}-{date_in_key(raws[-1].key) or 'undated'}")
        publish_pending(run)
        enrich_songs(run, settings.enrich_limit)
        refresh_catalog(run)
        report(run, _awaited(run))
        if run.newest and not raws:
            name_run(f"{run.outcome.chart}-{run.newest.chart_date}")
        reschedule_after_quota(run)
        return end(run)


def _awaited(run: Run) -> dict[str, Awaited]:
    """Return the charts that are out by now; none for the simulator, which has a calendar of its own."""
    source = run.settings.source
    if source == SIMULATOR:
        return {}
    remedy = f"{source} still shows an older one; run it again later"
    if source == CHARTS_CSV:
        remedy = f"download it from charts.spotify.com and put it into {run.lake.address}/{TO_PROCESSED}"
    now = datetime.now(UTC) - _PUBLISHED_WITHIN
    return {chart.name: Awaited(chart.date_of(now), remedy) for chart in run.settings.charts}


def check_weekly_chart(settings: Settings, options: Mapping[str, Any]) -> None:
    """Check what needs no network: the source's credentials, the lake, and which kind of charts it holds."""
    check_source(settings, options.get("file"))
    lake = open_if_possible(settings, create=True)
    if lake and lake.near:
        check_fetch(lake, settings, options.get("file"))


if __name__ == "__main__":
    run_flow(weekly_chart, check_weekly_chart)
