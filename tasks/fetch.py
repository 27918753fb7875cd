"""Fetch: the source's answers, as raw objects."""

import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from prefect.logging import get_run_logger
from prefect.runtime import task_run

from tasks.consent import consent_for, keep_consent, warn_of_end
from tasks.step import RETRIES, step
from top50.charts import CHARTS_CSV, SIMULATOR
from top50.errors import SourceUnavailable
from top50.lake import Lake
from top50.raw import RawObject
from top50.settings import Settings
from top50.sources.source import check_source, open_source
from top50.tables.files import chart_file, refuse_other_kind
from top50.text import many


class Fetched(NamedTuple):
    """What a source gave, oldest first, and what the user should know about that source."""

    raws: list[RawObject]
    warnings: list[str]


@step("fetch", lambda fetched: many(len(fetched.raws), "chart"))
def fetch(lake: Lake, settings: Settings, file: str | None = None) -> Fetched:
    """Read the newest chart, and in front of it the history that an empty lake starts with."""
    logger = get_run_logger()
    empty = check_fetch(lake, settings, file)
    if settings.source == CHARTS_CSV and not file:
        logger.info("No file is given: whatever lies in to_processed is the chart")
        return Fetched([], [])
    fetched = _read(settings, Path(file) if file else None, with_history=empty)
    for warning in fetched.warnings:
        logger.warning("%s", warning)
    for raw in fetched.raws:
        logger.info("Fetched %s, %d KB", raw.key, len(raw.content) // 1000)
    return fetched


def check_fetch(lake: Lake, settings: Settings, file: str | None) -> bool:
    """Return whether the lake holds no chart yet; raise SettingsError where none can be fetched into it."""
    check_source(settings, file)
    this_year = chart_file(settings.chart, datetime.now(UTC).year)
    return refuse_other_kind(lake, simulated=settings.source == SIMULATOR, likely=this_year)


def _read(settings: Settings, file: Path | None, *, with_history: bool) -> Fetched:
    consent = consent_for(settings)
    warnings = warn_of_end(settings, consent)
    try:
        with open_source(settings, file, consent, partial(keep_consent, settings)) as source:
            newest = source.newest(settings.chosen_chart)
            history = source.history(settings.chosen_chart) if with_history else []
            warnings += source.warnings
    except SourceUnavailable as error:
        _wait(error)
        raise
    return Fetched([*history, newest], warnings)


def _wait(error: SourceUnavailable) -> None:
    if error.retry_after and task_run.run_count <= RETRIES:  # else there is nothing to wait for
        get_run_logger().warning("Rate limited by the source, retrying in %d s", error.retry_after)
        time.sleep(error.retry_after)
