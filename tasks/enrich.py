"""Enrich: ask Spotify for the songs of which only a chart's line is known."""

import time
from collections.abc import Sequence
from contextlib import closing

from prefect.logging import get_run_logger

from tasks.step import step
from top50.errors import SettingsError, SourceUnavailable
from top50.lake import Lake
from top50.raw import RawObject
from top50.settings import Settings
from top50.sources.songs import Asked, ask_for, newest_date, songs_to_ask, to_raw
from top50.sources.spotify import SpotifyClient
from top50.tables.files import bare_songs
from top50.text import many, one_line

NO_APP = SettingsError(
    "no Spotify app", "Set SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET to have albums and lengths too."
)
# The chart is complete without: a run says it in three words, once.


@step("find-bare-songs", lambda found: f"{many(found[0], 'song')} without details")
def find_bare_songs(lake: Lake, bare: Sequence[str] | None) -> tuple[int, list[str]]:
    """Return how many songs have no track object yet, and those of them that Spotify may know.

    bare: their ids as the last publish saw them; None when nothing was published.
    """
    found = bare_songs(lake) if bare is None else bare
    songs = songs_to_ask(lake, found) if found else []
    if found:
        get_run_logger().info("%d songs lack track details; %d can be looked up", len(found), len(songs))
    return len(found), songs


@step("enrich", lambda asked: many(len(asked[0]), "answer"))
def ask_spotify(lake: Lake, settings: Settings, songs: list[str]) -> tuple[list[RawObject], Asked]:
    """Ask for songs one by one; return the answers as raw objects, and how it ended."""
    logger = get_run_logger()
    day = newest_date(lake, settings.chosen_chart)  # before asking: a lake that fails costs no quota
    asked = _ask(settings, songs)
    for answer in asked.answers:
        if not answer.known:
            logger.warning("Spotify does not know song %s", answer.song_id)
    if asked.answers:
        logger.info("Spotify knew %d of %d songs", len(asked.known), len(songs))
    if asked.stopped and asked.stopped is not NO_APP:
        logger.warning("Stopped asking Spotify: %s", one_line(str(asked.stopped)))
    return to_raw(asked, settings.chosen_chart, day), asked


def _ask(settings: Settings, songs: list[str]) -> Asked:
    try:
        client = SpotifyClient(settings)
    except SettingsError:
        return Asked(stopped=NO_APP)
    with closing(client):
        return ask_for(songs, client.track, _pause)


def _pause(busy: SourceUnavailable, number: int) -> None:
    seconds = busy.retry_after or 2**number
    get_run_logger().warning("%s: waiting %d s", busy.what, seconds)
    time.sleep(seconds)
