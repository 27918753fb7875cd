"""Report: the chart and the run as artifacts, and the run's own name."""

from datetime import date

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.logging import get_run_logger

from tasks.step import step
from top50.lake import Lake
from top50.report.chart import ChartTable, newest_chart
from top50.report.outcome import Outcome, summary_markdown


@step("report")
def report(
    lake: Lake, outcome: Outcome, seconds: dict[str, float], awaited: date | None = None
) -> ChartTable | None:
    """Show the newest chart and what the run did; return the chart. `awaited`: the date it should have."""
    chart = newest_chart(lake, outcome.chart)
    if awaited and (chart is None or chart.chart_date < awaited):
        outcome.warn_of_missing(awaited, lake.address)
    if chart:
        create_table_artifact(
            key=f"chart-{chart.chart}",
            table=[vars(row) for row in chart.rows],
            description=f"# {chart.chart}, {chart.chart_date}\n\nData from Spotify.",
        )
    create_markdown_artifact(
        key="run-summary",
        markdown=summary_markdown(outcome, seconds, lake.address),
        description=outcome.message,
    )
    get_run_logger().info("Result: %s", outcome.message)
    return chart


def name_run(name: str) -> None:
    """Give the flow run that this is called in a name that says what it did."""
    context = FlowRunContext.get()
    if context and context.flow_run:
        with get_client(sync_client=True) as client:
            client.update_flow_run(context.flow_run.id, name=name)
