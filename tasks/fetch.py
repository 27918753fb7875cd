"""Fetch: the source's answers, as raw objects."""

import time

from prefect.logging import get_run_logger
from prefect.runtime import task_run

from tasks.step import RETRIES, step
from top50.errors import SettingsError, SourceUnavailable
from top50.lake import Lake
from top50.publish import holds_simulated
from top50.raw import RawObject
from top50.settings import Settings
from top50.snapshot import SIMULATOR
from top50.sources import open_source


@step("fetch")
def fetch(lake: Lake, settings: Settings) -> list[RawObject]:
    """Read the newest chart, and in front of it the history that an empty lake starts with."""
    logger = get_run_logger()
    empty = _refuse_other_kind(lake, settings)
    try:
        with open_source(settings) as source:
            newest = source.newest(settings.chosen_chart)
            raws = [*(source.history(settings.chosen_chart) if empty else []), newest]
    except SourceUnavailable as error:
        if error.retry_after and task_run.run_count <= RETRIES:  # else there is nothing to wait for
            logger.warning("Spotify wants to be left alone for %d s: waiting", error.retry_after)
            time.sleep(error.retry_after)
        raise
    for raw in raws:
        logger.info("Fetched %s, %d KB", raw.key, len(raw.content) // 1000)
    return raws


def _refuse_other_kind(lake: Lake, settings: Settings) -> bool:
    """Return whether the lake has no charts yet; raise SettingsError if it holds the other kind."""
    holds = holds_simulated(lake)
    if holds is not None and holds != (settings.source == SIMULATOR):
        kind, other = ("simulated", "real") if holds else ("real", "simulated")
        raise SettingsError(
            f"the lake {lake.address} holds {kind} charts and refuses {other} ones",
            "Choose another TOP50_LAKE, or another TOP50_SOURCE.",
        )
    return holds is None
