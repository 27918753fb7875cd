"""Tables: build them from a batch of raw objects, and publish them."""

from dataclasses import dataclass, replace

from prefect.logging import get_run_logger

from tasks import lineage
from tasks.step import step
from top50.errors import LakeError
from top50.lake import Lake
from top50.raw.backlog import Pending, read_pending
from top50.raw.backlog import archive as write_archive
from top50.read.snapshot import Wanted
from top50.report.outcome import Outcome
from top50.settings import Settings
from top50.tables import publish as publishing
from top50.tables.files import Published, holds_simulated
from top50.tables.integrity import check_published
from top50.text import many, one_line
from top50.transform import Built, build_tables


@dataclass(frozen=True)
class Batch:
    """A batch of raw objects, built: those that are in the tables, those that are not, and what was built."""

    taken: list[Pending]
    refused: list[Pending]
    built: Built
    strays: tuple[str, ...] = ()
    """Of each pending object that can be neither read nor moved: which one, and why."""


@step("build", lambda batch: f"{batch.built.tables['chart_entries'].height} entries")
def build(lake: Lake, settings: Settings, pending: list[str], simulated: bool | None = None) -> Batch:
    """Read a batch of the backlog, make its tables, and write to the archive what is in them.

    The archive comes before the tables: what gave a row stays, whatever is put in its place meanwhile.
    simulated: the kind of charts, if it is known.
    """
    strays: list[LakeError] = []
    raws = read_pending(lake, pending, strays)
    wanted = Wanted(chart=settings.chosen_chart, size=settings.size, playlist=settings.playlist)
    kind = holds_simulated(lake) if simulated is None else simulated
    for stray in strays:
        get_run_logger().warning("Left where it is: %s", stray)
    built = build_tables([pending.raw for pending in raws], wanted, simulated=kind)
    batch = batch_of(raws, built)
    write_archive(lake, batch.taken)
    return replace(batch, strays=tuple(str(stray) for stray in strays))


def batch_of(raws: list[Pending], built: Built) -> Batch:
    """Return what was built of these objects as a batch, and tell of it."""
    refused = {each.key for each in built.refused}
    logger = get_run_logger()
    for each in built.set_aside:
        if each.part:
            logger.warning("%s: %s", one_line(each.key), each.reason)
        elif each.rank is not None:
            logger.warning("%s: rank %d has no song: %s", one_line(each.key), each.rank, each.reason)
    logger.info("Built %s", ", ".join(f"{rows.height} {name}" for name, rows in built.tables.items()))
    taken = [raw for raw in raws if raw.key not in refused]
    return Batch(taken, [raw for raw in raws if raw.key in refused], built)


def publish(lake: Lake, batch: Batch) -> list[Published]:
    """Merge the batch into the lake's files."""
    return _publish.with_options(**lineage.of_tables(lake))(lake, batch)


@step("publish", lambda files: f"{many(len(files), 'file')}, {sum(each.changed for each in files)} written")
def _publish(lake: Lake, batch: Batch) -> list[Published]:
    published = publishing.publish(lake, batch.built.tables)
    lineage.tell_rows(lake, published)
    for file in published:
        state = f"{file.rows} rows ({file.added:+})" if file.changed else "unchanged"
        get_run_logger().info("Published %s: %s", file.key, state)
    return published


@step("verify", lambda files: many(files, "file"))
def verify(lake: Lake, outcome: Outcome) -> int:
    """See that what this run has published holds together; return how many files that is.

    The whole lake is the work of top50.checks.verify.
    """
    check_published(lake, outcome.published.values(), outcome.charts)
    get_run_logger().info("Verified %s: keys and references", many(len(outcome.published), "file"))
    return len(outcome.published)
