"""Tables: build them from a batch of raw objects, and publish them."""

from dataclasses import dataclass

from prefect.logging import get_run_logger

from tasks import lineage
from tasks.run import Run
from tasks.step import step
from top50.errors import LakeError
from top50.raw import backlog
from top50.raw.backlog import Pending, read_pending
from top50.tables import publish as publishing
from top50.tables.files import Published, holds_simulated
from top50.tables.integrity import check_published
from top50.text import many, one_line
from top50.transform import Built, build_tables


@dataclass(frozen=True)
class Batch:
    """A batch of raw objects: those that are in the tables, those that are refused, and what was built."""

    taken: list[Pending]
    refused: list[Pending]
    built: Built


@step("build", lambda batch: f"{batch.built.tables['chart_entries'].height} entries")
def build(run: Run, keys: list[str]) -> Batch:
    """Read a batch of the backlog, make its tables, and write to the archive what is in them."""
    strays: list[LakeError] = []
    raws = read_pending(run.lake, keys, strays)
    for stray in strays:
        get_run_logger().warning("Left where it is: %s", stray)
    simulated = holds_simulated(run.lake) if run.simulated is None else run.simulated
    built = build_tables([pending.raw for pending in raws], run.wanted, simulated=simulated)
    batch = archived_batch(run, raws, built)
    run.outcome.left_pending += map(str, strays)
    return batch


def archived_batch(run: Run, raws: list[Pending], built: Built) -> Batch:
    """Log and record what was built of these objects, write those to the archive that are in it, return both.

    The archive comes before the tables: what gave a row stays, whatever is put in its place meanwhile.
    """
    logger = get_run_logger()
    for aside in built.set_aside:
        if aside.part:
            logger.warning("%s: %s", one_line(aside.key), aside.reason)
        elif aside.rank is not None:
            logger.warning("%s: rank %d has no song: %s", one_line(aside.key), aside.rank, aside.reason)
    logger.info("Built %s", ", ".join(f"{rows.height} {name}" for name, rows in built.tables.items()))
    refused = {aside.key for aside in built.refused}
    taken = [raw for raw in raws if raw.key not in refused]
    backlog.archive(run.lake, taken)
    run.outcome.add_built([raw.key for raw in taken], built.tables["chart_entries"], built.set_aside)
    return Batch(taken, [raw for raw in raws if raw.key in refused], built)


@step(
    "publish",
    lambda files: f"{many(len(files), 'file')}, {sum(file.changed for file in files)} written",
    lineage.of_tables,
)
def publish(run: Run, batch: Batch) -> list[Published]:
    """Merge the batch into the lake's files; return them."""
    published = publishing.publish(run.lake, batch.built.tables)
    lineage.add_row_counts(run.lake, published)
    for file in published:
        state = f"{file.rows} rows ({file.added:+})" if file.changed else "unchanged"
        get_run_logger().info("Published %s: %s", file.key, state)
    run.outcome.add_published(published)
    return published


@step("verify", lambda count: many(count, "file"))
def verify(run: Run) -> int:
    """Check the keys and references of what this run has published; return how many files that is.

    The whole lake is the work of top50.checks.verify.
    """
    published = run.outcome.published
    check_published(run.lake, published.values(), run.outcome.charts)
    get_run_logger().info("Verified %s: keys and references", many(len(published), "file"))
    return len(published)
