"""A backlog from raw objects to tables, completed by what Spotify knows of its songs."""

from collections.abc import Iterator

from flows.again import schedule_again
from flows.publishing import publish_pending
from tasks.enrich import ask_spotify, find_bare_songs
from tasks.raw import land_raw
from top50.charts import SIMULATOR
from top50.errors import QuotaExceeded, SettingsError
from top50.lake import Lake
from top50.report.outcome import Outcome
from top50.settings import Settings

_ASKS_NOBODY = SettingsError(
    f"TOP50_SOURCE={SIMULATOR} does not ask Spotify", "Name the source that your charts come from."
)

CHUNK = 100
"""How many songs are asked for before the answers are landed: a crash costs no more than these."""


def process(lake: Lake, settings: Settings, outcome: Outcome, simulated: bool | None = None) -> None:
    """Take the backlog into the tables, and complete its songs."""
    publish_pending(lake, settings, outcome, simulated)
    enrich_songs(lake, settings, outcome, settings.enrich_limit)


def enrich_songs(lake: Lake, settings: Settings, outcome: Outcome, limit: int | None) -> None:
    """Ask Spotify for at most `limit` of the songs that only a chart's line is known of, and publish them."""
    if outcome.ids_without_details == ():
        return
    if settings.source == SIMULATOR:  # its own songs come whole, and it knows none of a real chart
        outcome.songs_without_details = len(outcome.ids_without_details or ())
        outcome.lookup_stopped = _ASKS_NOBODY if outcome.songs_without_details else None
        return
    outcome.songs_without_details, songs = find_bare_songs(lake, outcome.ids_without_details)
    outcome.songs_to_look_up = len(songs)
    for chunk in _chunks(songs[:limit]):
        raws, asked = ask_spotify(lake, settings, chunk)
        land_raw(lake, settings, raws)
        outcome.add_answers(asked)
        if asked.stopped:
            break
    if outcome.answers:
        publish_pending(lake, settings, outcome)
    if isinstance(outcome.lookup_stopped, QuotaExceeded):
        schedule_again(outcome.lookup_stopped.until)


def _chunks(songs: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(songs), CHUNK):
        yield songs[start : start + CHUNK]
