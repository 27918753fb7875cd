"""Catalog: make the new week visible."""

from botocore.config import Config
from prefect.logging import get_run_logger

from tasks.aws import aws_session
from tasks.step import step
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.glue import refresh_glue
from top50.lake import Lake
from top50.settings import Settings

_PATIENT = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})


@step("catalog")
def refresh_catalog(lake: Lake, settings: Settings) -> str:
    """Refresh the catalog of the settings; return where it is, in one line."""
    logger = get_run_logger()
    if settings.catalog_name == "none":
        return "Catalog:   none (TOP50_CATALOG)"
    if settings.catalog_name == "duckdb":
        counts = refresh_duckdb(lake)
        logger.info("Catalog holds %s", ", ".join(f"{rows} {table}" for table, rows in counts.items()))
        return f"Catalog:   {lake.address}/{CATALOG}"
    glue = aws_session(settings).client("glue", config=_PATIENT)
    ended = refresh_glue(glue, tell=logger.info)
    return f"Catalog:   Glue database {settings.glue_database}, {len(ended)} crawlers succeeded"
