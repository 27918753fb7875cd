"""Raw objects: land them, find what is pending, and move on what is done."""

from prefect.logging import get_run_logger

from tasks import lineage
from tasks.run import Run
from tasks.step import step
from tasks.tables import Batch
from top50.lake import Item
from top50.raw import RawObject, SetAside, backlog
from top50.raw import quarantine as quarantining
from top50.raw.backlog import Landed
from top50.text import clipped, many, one_line

_LONGEST_KEY = 120


@step("land-raw", lambda landed: many(len(landed), "raw object"), lineage.of_raw)
def land_raw(run: Run, raws: list[RawObject]) -> dict[str, Landed]:
    """Put raw objects into the backlog, each once; return key → what became of it."""
    landed = {raw.key: backlog.land(run.lake, raw) for raw in raws}
    for key, state in landed.items():
        get_run_logger().info("Landed %s: %s", one_line(key), state)
    return landed


@step("list-pending", lambda items: f"{many(len(items), 'raw object')} pending")
def list_pending(run: Run) -> list[Item]:
    """Return the backlog."""
    left_alone: list[str] = []
    items = backlog.list_pending(run.lake, left_alone)
    if left_alone:
        what = many(len(left_alone), "file")
        get_run_logger().info(
            "Left alone by name: %s, such as %s", what, clipped(one_line(left_alone[0]), _LONGEST_KEY)
        )
    size = sum(item.size for item in items)
    get_run_logger().info("%d raw objects are pending, %.1f MB", len(items), size / 1e6)
    return items


@step("requeue", lambda keys: many(len(keys), "raw object"))
def requeue(run: Run, wanted: list[str]) -> list[str]:
    """Put quarantined objects back into the backlog, by their keys or patterns; return their keys there."""
    put_back = []
    for key in quarantining.find_quarantined(run.lake, wanted):
        put_back.append(quarantining.put_back(run.lake, key))
        get_run_logger().info("Put back %s", one_line(put_back[-1]))
    return put_back


@step("refuse-large", lambda refused: f"{many(len(refused), 'raw object')} to quarantine")
def refuse_large(run: Run, pending: list[Item]) -> list[SetAside]:
    """Move what is larger than any chart to `quarantine` unread; return what was moved, and why."""
    refused = backlog.quarantine_unread(run.lake, pending)
    _log_refused(refused)
    run.outcome.set_aside += refused
    return refused


@step(
    "archive",
    lambda changed: f"{many(len(changed), 'raw object')} left, changed meanwhile" if changed else "",
)
def archive(run: Run, batch: Batch) -> list[str]:
    """Take what is in the tables and in `processed` out of the backlog, and move the rest to `quarantine`.

    Returns the objects that have changed since they were read, in words; they stay pending.
    """
    # In this order: a run after one that was killed in between finds more than what is refused.
    changed = backlog.quarantine(run.lake, batch.built.refused, batch.refused)
    changed += backlog.remove_archived(run.lake, batch.taken)
    get_run_logger().info("Archived %d raw objects", len(batch.taken))
    _log_refused(batch.built.refused)
    for stray in changed:
        get_run_logger().warning("Left where it is: %s", one_line(stray))
    run.outcome.left_pending += changed
    return changed


def _log_refused(refused: list[SetAside]) -> None:
    for aside in refused:
        get_run_logger().warning("Quarantined %s: %s", one_line(aside.key), aside.reason)
