"""The songs that a chart only names, completed by what Spotify knows of them."""

from flows.shared.run import reschedule
from flows.shared.stages import publish_pending
from tasks.fetch import ask_spotify, find_bare_songs
from tasks.raw import land_raw
from tasks.run import Run
from top50.charts import SIMULATOR
from top50.errors import QuotaExceeded, SettingsError

# How many songs are looked up before the answers are landed: a crash costs no more than these.
CHUNK = 100


def enrich_songs(run: Run, limit: int | None) -> None:
    """Look up at most `limit` of the songs that lack track details, and publish the answers.

    A spent quota ends it, and schedules the run again for when Spotify may be asked.
    """
    outcome = run.outcome
    if outcome.ids_without_details == ():
        return
    if run.settings.source == SIMULATOR:  # its own songs come whole, and it knows none of a real chart
        outcome.songs_without_details = len(outcome.ids_without_details or ())
        if outcome.songs_without_details:
            outcome.lookup_stopped = SettingsError(
                f"TOP50_SOURCE={SIMULATOR} does not ask Spotify",
                "Name the source that your charts come from.",
            )
        return
    _look_up(run, find_bare_songs(run, limit))
    if outcome.answers:
        publish_pending(run)
    if isinstance(outcome.lookup_stopped, QuotaExceeded):
        reschedule(outcome.lookup_stopped.until)


def _look_up(run: Run, songs: list[str]) -> None:
    """Ask Spotify for songs, and land the answers, until it refuses."""
    for start in range(0, len(songs), CHUNK):
        raws, asked = ask_spotify(run, songs[start : start + CHUNK])
        if raws:
            land_raw(run, raws)
        run.outcome.add_answers(asked)
        if asked.stopped:
            break
