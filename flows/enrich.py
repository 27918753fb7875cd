"""Enrich: ask Spotify for every song that only a chart names, as far as the day's quota goes."""

from typing import Any

from prefect.client.schemas.objects import State

from flows.shared.command_line import run_flow
from flows.shared.enrichment import enrich_songs
from flows.shared.options import CatalogOption, ChartOption, LakeOption, LimitOption
from flows.shared.preflight import check_lake
from flows.shared.run import end, open_run, top50_flow
from flows.shared.stages import refresh_catalog
from tasks.report import report
from tasks.settings import run_settings


@top50_flow("enrich")
def enrich(
    limit: LimitOption = None,
    chart: ChartOption = None,
    lake: LakeOption = None,
    catalog: CatalogOption = None,
) -> State[Any]:
    """Complete the songs of charts that came from a CSV or the charts page."""
    with open_run(run_settings(chart=chart, lake=lake, catalog=catalog)) as run:
        run.outcome.idle = "no song was completed"
        enrich_songs(run, limit)
        refresh_catalog(run)
        report(run)
        return end(run)


if __name__ == "__main__":
    run_flow(enrich, check_lake)
