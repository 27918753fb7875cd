"""Raw objects: land them, find what is pending, and move on what is done."""

from prefect.logging import get_run_logger

from tasks import lineage
from tasks.step import step
from tasks.tables import Batch
from top50.lake import Item, Lake
from top50.raw import RawObject, SetAside, backlog
from top50.raw import quarantine as quarantining
from top50.raw.backlog import Landed
from top50.settings import Settings
from top50.text import clipped, many, one_line

_LONGEST_KEY = 120


def land_raw(lake: Lake, settings: Settings, raws: list[RawObject]) -> dict[str, Landed]:
    """Put raw objects into the backlog, each once; return what became of each key."""
    return _land_raw.with_options(**lineage.of_raw(lake, settings))(lake, raws) if raws else {}


@step("land-raw", lambda landed: many(len(landed), "raw object"))
def _land_raw(lake: Lake, raws: list[RawObject]) -> dict[str, Landed]:
    landed = {raw.key: backlog.land(lake, raw) for raw in raws}
    for key, state in landed.items():
        get_run_logger().info("Landed %s: %s", one_line(key), state)
    return landed


@step("list-pending", lambda items: f"{many(len(items), 'raw object')} pending")
def list_pending(lake: Lake) -> list[Item]:
    """Return the backlog."""
    left_alone: list[str] = []
    items = backlog.list_pending(lake, left_alone)
    size = sum(item.size for item in items)
    get_run_logger().info("%d raw objects are pending, %.1f MB", len(items), size / 1e6)
    if left_alone:
        what = many(len(left_alone), "file")
        get_run_logger().info(
            "Left alone by name: %s, such as %s", what, clipped(one_line(left_alone[0]), _LONGEST_KEY)
        )
    return items


@step("requeue", lambda keys: many(len(keys), "raw object"))
def requeue(lake: Lake, wanted: list[str]) -> list[str]:
    """Put quarantined objects back into the backlog, by their keys or patterns; return their keys there."""
    put_back = []
    for key in quarantining.find_quarantined(lake, wanted):
        put_back.append(quarantining.put_back(lake, key))
        get_run_logger().info("Put back %s", one_line(put_back[-1]))
    return put_back


@step("refuse-large", lambda refused: f"{many(len(refused), 'raw object')} to quarantine")
def refuse_large(lake: Lake, pending: list[Item]) -> list[SetAside]:
    """Move what is larger than any chart to `quarantine`, without reading it."""
    refused = backlog.quarantine_unread(lake, pending)
    _tell_refused(refused)
    return refused


@step(
    "archive",
    lambda changed: f"{many(len(changed), 'raw object')} left, changed meanwhile" if changed else "",
)
def archive(lake: Lake, batch: Batch) -> list[str]:
    """Take what is in the tables and in `processed` out of the backlog, and move the rest to `quarantine`.

    Returns of each that has changed since it was read, and stays pending, which one it is.
    """
    # In this order: a run after one that was killed in between finds more than what is refused.
    changed = backlog.quarantine(lake, batch.built.refused, batch.refused)
    changed += backlog.remove_archived(lake, batch.taken)
    get_run_logger().info("Archived %d raw objects", len(batch.taken))
    _tell_refused(batch.built.refused)
    for each in changed:
        get_run_logger().warning("Left where it is: %s", one_line(each))
    return changed


def _tell_refused(refused: list[SetAside]) -> None:
    for each in refused:
        get_run_logger().warning("Quarantined %s: %s", one_line(each.key), each.reason)
