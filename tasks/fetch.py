"""Fetch: what Spotify answers, as raw objects: charts, and the songs that a chart only names."""

import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from prefect.logging import get_run_logger
from prefect.runtime import task_run

from tasks.consent import consent_for, save_consent, warn_of_end
from tasks.run import Run
from tasks.step import RETRIES, step
from top50.charts import CHARTS_CSV, SIMULATOR
from top50.errors import SettingsError, SourceUnavailable
from top50.lake import Lake
from top50.raw import RawObject
from top50.settings import Settings
from top50.sources.newest import fetch_newest
from top50.sources.songs import Asked, ask_for, newest_date, songs_to_ask, to_raw
from top50.sources.source import check_source, open_source
from top50.sources.spotify import SpotifyClient
from top50.tables.files import bare_songs, chart_file, charts_in, refuse_other_kind
from top50.text import many, one_line

# Without an app the chart is complete all the same: a run mentions it once, in three words.
NO_APP = SettingsError(
    "no Spotify app", "Set SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET to have albums and lengths too."
)


@step("fetch", lambda raws: many(len(raws), "chart"))
def fetch(run: Run, file: str | None = None) -> list[RawObject]:
    """Return the newest chart as a raw object, and before it the history that an empty lake starts with.

    file: a chart's CSV on this machine, for the source charts-csv, which fetches nothing without one.
    """
    logger, settings = get_run_logger(), run.settings
    check_fetch(run.lake, settings, file)
    run.simulated = settings.source == SIMULATOR
    if settings.source == CHARTS_CSV and not file:
        logger.info("No file is given: the chart is what is in to_processed")
        return []
    consent = consent_for(settings)
    warnings = warn_of_end(settings, consent)
    in_lake = charts_in(run.lake) if run.simulated else set()
    with open_source(
        settings, Path(file) if file else None, consent, partial(save_consent, settings)
    ) as source:
        fetched = run.fetched
        fetch_newest(source, settings.charts, fetched, lambda chart: chart.name not in in_lake)
        warnings += source.warnings
    _raise_or_record(run)
    for warning in warnings:
        logger.warning("%s", warning)
    for raw in fetched.all_raws:
        logger.info("Fetched %s, %d KB", raw.key, len(raw.content) // 1000)
    run.outcome.warnings = warnings
    return fetched.all_raws


def _raise_or_record(run: Run) -> None:
    """Raise an error that the step is tried again for, or that left no chart at all; record the others."""
    logger, fetched = get_run_logger(), run.fetched
    passing = fetched.passing
    if passing and task_run.run_count <= RETRIES:  # after the last attempt nothing follows
        if passing.retry_after:
            logger.warning("Rate limited by the source, retrying in %d s", passing.retry_after)
            time.sleep(passing.retry_after)
        raise passing
    if not fetched.raws:
        raise next(iter(fetched.errors.values()))
    for chart, error in fetched.errors.items():
        logger.warning("Could not fetch %s: %s", chart, one_line(str(error)))
    run.outcome.unfetched = fetched.errors


def check_fetch(lake: Lake, settings: Settings, file: str | None) -> bool:
    """Return whether the lake holds no chart yet; raise SettingsError where none can be fetched into it."""
    check_source(settings, file)
    this_year = chart_file(settings.chart[0], datetime.now(UTC).year)
    return refuse_other_kind(lake, simulated=settings.source == SIMULATOR, likely=this_year)


@step("find-bare-songs", lambda songs: many(len(songs), "song") + " to look up")
def find_bare_songs(run: Run, limit: int | None) -> list[str]:
    """Return the ids of at most `limit` songs that lack track details and that Spotify may know.

    No more than are asked for: Prefect looks for states in everything that a step returns.
    """
    bare = run.outcome.ids_without_details  # as the last publish saw them; None when nothing was published
    bare = bare_songs(run.lake) if bare is None else bare
    songs = songs_to_ask(run.lake, bare) if bare else []
    if bare:
        get_run_logger().info("%d songs lack track details; %d can be looked up", len(bare), len(songs))
    run.outcome.songs_without_details, run.outcome.songs_to_look_up = len(bare), len(songs)
    return songs[:limit]


@step("enrich", lambda asked: many(len(asked[0]), "answer"))
def ask_spotify(run: Run, songs: Sequence[str]) -> tuple[list[RawObject], Asked]:
    """Look songs up at Spotify one by one; return the answers as raw objects, and how it ended."""
    logger, chart = get_run_logger(), run.settings.charts[0]
    day = newest_date(run.lake, chart)  # before asking: a lake that fails costs no quota
    try:
        client = SpotifyClient(run.settings)
    except SettingsError:
        return [], Asked(stopped=NO_APP)
    with closing(client):
        asked = ask_for(songs, client.track, _pause)
    for answer in asked.answers:
        if not answer.found:
            logger.warning("Spotify does not know song %s", answer.song_id)
    if asked.answers:
        logger.info("Spotify knew %d of %d songs", len(asked.found), len(songs))
    if asked.stopped:
        logger.warning("Stopped asking Spotify: %s", one_line(str(asked.stopped)))
    return to_raw(asked, chart, day), asked


def _pause(busy: SourceUnavailable, number: int) -> None:
    seconds = busy.retry_after or 2**number
    get_run_logger().warning("%s: waiting %d s", busy.what, seconds)
    time.sleep(seconds)
