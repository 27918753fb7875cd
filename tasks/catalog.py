"""Catalog: make the new week visible."""

from uuid import uuid4

from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from tasks.aws import aws_session
from tasks.step import step
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.lake import Lake
from top50.settings import Settings


@step("catalog")
def refresh_catalog(lake: Lake, settings: Settings) -> str:
    """Refresh the catalog of the settings; return where it is, in one line."""
    logger = get_run_logger()
    if settings.catalog_name == "none":
        return "none (TOP50_CATALOG)"
    if settings.catalog_name == "duckdb":
        counts = refresh_duckdb(lake)
        logger.info("Catalog holds %s", ", ".join(f"{rows} {table}" for table, rows in counts.items()))
        return f"{lake.address}/{CATALOG}"
    from top50.catalog.glue import glue_client, refresh_glue  # noqa: PLC0415 - botocore is not small

    ended = refresh_glue(glue_client(aws_session(settings)), tell=logger.info)
    return f"Glue database {settings.glue_database}, {len(ended)} crawlers succeeded"


@step("quicksight")
def refresh_quicksight(settings: Settings) -> None:
    """Let QuickSight read the new week, where it keeps data sets of its own."""
    from top50.catalog.quicksight import quicksight_client, start_ingestions  # noqa: PLC0415 - as above

    quicksight, account = quicksight_client(aws_session(settings))
    # A retry of the step has the same flow run, and so the same ids: QuickSight reads nothing twice.
    run = flow_run.get_id() or uuid4().hex
    for line in start_ingestions(quicksight, account, settings.quicksight_datasets, run):
        get_run_logger().info(line)
