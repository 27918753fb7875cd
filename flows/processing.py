"""What the flows have in common once raw objects are there: tables, enrichment, catalog."""

from collections.abc import Iterator

from flows.again import schedule_again
from tasks.catalog import refresh_catalog, refresh_quicksight
from tasks.enrich import ask_spotify, find_bare_songs
from tasks.raw import archive, land_raw, list_pending, refuse_large
from tasks.tables import Batch, build, publish, verify
from top50.backlog import in_batches, too_large
from top50.errors import QuotaExceeded, SettingsError
from top50.lake import Lake
from top50.report.outcome import Outcome
from top50.settings import Settings
from top50.snapshot import SIMULATOR

_ASKS_NOBODY = SettingsError(
    f"TOP50_SOURCE={SIMULATOR} does not ask Spotify", "Name the source that your charts come from."
)

CHUNK = 100
"""How many songs are asked for before the answers are landed: a crash costs no more than these."""


def process(lake: Lake, settings: Settings, outcome: Outcome, simulated: bool | None = None) -> None:
    """Take the backlog into the tables, complete its songs, refresh the catalog."""
    publish_pending(lake, settings, outcome, simulated)
    enrich_songs(lake, settings, outcome, settings.enrich_limit)
    show_to_bi(lake, settings, outcome)


def show_to_bi(lake: Lake, settings: Settings, outcome: Outcome) -> None:
    """Verify what was published, refresh the catalog, then what BI tools keep of it."""
    if outcome.published:
        verify(lake, outcome)
    outcome.catalog = refresh_catalog(lake, settings, outcome.published)
    if settings.quicksight_datasets:
        refresh_quicksight(settings)


def publish_pending(lake: Lake, settings: Settings, outcome: Outcome, simulated: bool | None = None) -> None:
    """Take the backlog batch by batch into the tables: build → publish → archive."""
    pending = list_pending(lake)
    large = too_large(pending)
    if large:
        outcome.set_aside += refuse_large(lake, large)
    for keys in in_batches(item for item in pending if item not in large):
        publish_batch(lake, outcome, build(lake, settings, keys, simulated))


def publish_batch(lake: Lake, outcome: Outcome, batch: Batch) -> None:
    """Put what was built into the tables, then move its raw objects on."""
    outcome.strays += batch.strays
    outcome.add_built(batch.keys, batch.built.tables["chart_entries"], batch.built.set_aside)
    outcome.add_published(publish(lake, batch))
    archive(lake, batch.keys, batch.built.refused)


def enrich_songs(lake: Lake, settings: Settings, outcome: Outcome, limit: int | None) -> None:
    """Ask Spotify for at most `limit` of the songs that only a chart's line is known of, and publish them."""
    if outcome.bare_songs == ():
        return
    if settings.source == SIMULATOR:  # its own songs come whole, and it knows none of a real chart
        outcome.bare, outcome.stopped = len(outcome.bare_songs or ()), _ASKS_NOBODY
        return
    outcome.bare, songs = find_bare_songs(lake, outcome.bare_songs)
    outcome.askable = len(songs)
    for chunk in _chunks(songs[:limit]):
        raws, asked = ask_spotify(lake, settings, chunk)
        land_raw(lake, settings, raws)
        outcome.add_asked(asked)
        if asked.stopped:
            break
    if outcome.asked:
        publish_pending(lake, settings, outcome)
    if isinstance(outcome.stopped, QuotaExceeded):
        schedule_again(outcome.stopped.until)


def _chunks(songs: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(songs), CHUNK):
        yield songs[start : start + CHUNK]
