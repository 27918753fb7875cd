"""The stages of a run that all flows share, once raw objects are there. They know no source."""

from tasks.catalog import refresh, warn_of_strays
from tasks.raw import archive, list_pending, refuse_large
from tasks.run import Run
from tasks.tables import Batch, build, publish, verify
from top50.raw.backlog import in_batches, too_large


def publish_pending(run: Run) -> None:
    """Take the backlog batch by batch into the tables: build → publish → archive."""
    pending = list_pending(run)
    large = too_large(pending)
    if large:
        refuse_large(run, large)
    for keys in in_batches(item for item in pending if item not in large):
        publish_batch(run, build(run, keys))


def publish_batch(run: Run, batch: Batch) -> None:
    """Put what was built into the tables, then take its raw objects out of the backlog."""
    publish(run, batch)
    archive(run, batch)


def refresh_catalog(run: Run, *, may_shrink: bool = False) -> None:
    """Verify what was published, then let the catalog, and what BI tools copy from it, show it.

    may_shrink: whether charts that the catalog shows may be gone, as after a rebuild.
    """
    if run.outcome.published:
        verify(run)
    refresh(run, may_shrink=may_shrink)
    warn_of_strays(run)
