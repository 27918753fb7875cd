"""History: find old raw objects, and land those that the lake does not have."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path

from prefect.logging import get_run_logger

from tasks.aws import aws_session
from tasks.dask import on_dask
from tasks.run import Run
from tasks.step import step
from tasks.tables import Batch, archived_batch
from top50.history.clones import Clone, find_clone
from top50.history.find import Found, find
from top50.history.judge import Tally, Verdict, judge
from top50.history.lake_index import LakeIndex
from top50.history.land import land_all
from top50.lake import TO_PROCESSED, Item, Lake
from top50.parallel import processes
from top50.raw.backlog import Pending
from top50.rebuild.batches import Selection, local_builder, map_on_cores
from top50.rebuild.partial_tables import merge_partials, tables_of
from top50.settings import Settings
from top50.tables.files import holds_simulated
from top50.text import many, one_line


class Files:
    """The files that the PATHs stand for; they can be iterated more than once."""

    def __init__(self, settings: Settings, paths: list[str], within: Path | None) -> None:
        def open_bucket(name: str) -> Lake:
            from top50.lake.s3 import S3Lake  # noqa: PLC0415 - 30 MB that files on a disk do not need

            return S3Lake(name, "", aws_session(settings))

        clone = partial(find_clone, playlists=[settings.playlist] if settings.playlist else [])
        self._roots = find(paths, settings.lake, open_bucket, clone, within)
        self.clones = [root for root in self._roots if isinstance(root, Clone)]
        self.count = sum(map(len, self._roots))

    def __iter__(self) -> Iterator[Found]:
        """Yield them in order, as they are found."""
        return chain.from_iterable(self._roots)


@step("find", lambda files: many(files.count, "file"))
def find_files(settings: Settings, paths: list[str], within: Path | None = None) -> Files:
    """Find and count the files that the PATHs stand for; a PATH that is not there ends the run.

    within: the folder that all files on this machine must be below.
    """
    files = Files(settings, paths, within)
    get_run_logger().info("Found %d files", files.count)
    for clone in files.clones:
        get_run_logger().info(
            "%s is a clone of the public archive: %s of %s; its other playlists, and cumulative/, which has "
            "no ranks, are left where they are",
            clone.root,
            many(len(clone), "version"),
            many(len(clone.versions), "chart"),
        )
    return files


@step("list-lake")
def list_lake(run: Run) -> LakeIndex:
    """Return what the lake has already."""
    return LakeIndex(run.lake)


@step("look", lambda verdicts: many(len(verdicts), "file"))
def look(run: Run, group: list[Found], index: LakeIndex) -> list[Verdict]:
    """Return what would become of each file, and write nothing."""
    verdicts = judge(run.lake, group, index, run.wanted)
    for verdict in verdicts:
        get_run_logger().info("%s", _line(verdict))
    return [verdict._replace(content=b"") for verdict in verdicts]


@step("land-history", lambda landed: f"{many(len(landed[0]), 'file')}, {len(landed[1])} landed")
def land_history(run: Run, group: list[Found], index: LakeIndex) -> tuple[list[Verdict], list[Item]]:
    """Put what the lake does not have into its backlog; return what became of each file, and what landed."""
    verdicts = judge(run.lake, group, index, run.wanted)
    landed = land_all(run.lake, verdicts, index)
    for verdict in verdicts:
        if verdict.state in ("left out", "key"):
            get_run_logger().warning("%s", _line(verdict))
    return [verdict._replace(content=b"") for verdict in verdicts], landed


def _line(verdict: Verdict) -> str:
    facts = (verdict.chart, verdict.key and f"→ {verdict.key}", verdict.why and f"({verdict.why})")
    return one_line(f"{verdict.state}: {verdict.found.name} {' '.join(fact for fact in facts if fact)}")


def log_left_out(tally: Tally) -> None:
    """Log what was not taken of the files, and why; a line for each reason."""
    for why, count in tally.skipped.items():
        get_run_logger().info("Skipped %s: %s", many(count, "file"), why)
    for note in tally.notes:
        get_run_logger().info("%s", one_line(note))


@step("build-landed", lambda batch: f"{batch.built.tables['chart_entries'].height} entries")
def build_landed(run: Run, landed: list[Item], dask: str | None, *, of_archives: bool) -> Batch:
    """Make the tables of what landed, on a Dask cluster or on the cores here, and write it to the archive.

    of_archives: whether parts of merged archives may be among it.
    """
    source = Selection(TO_PROCESSED, run.wanted, holds_simulated(run.lake))
    items = sorted(landed)
    with ExitStack() as stack:
        if dask:
            build_all = stack.enter_context(on_dask(dask, run.settings))
        else:
            # The dense rows of archives are read in a process that keeps their memory out of the flow's.
            cores = processes(1, "top50.rebuild.batches") if of_archives else map_on_cores(len(items))
            build_all = local_builder(run.lake, stack.enter_context(cores))
        made = merge_partials([*build_all(source, items)])
        if source.simulated is None and len(made.kinds) == 2:  # the real ones then, as build_tables has it
            made = merge_partials([*build_all(source._replace(simulated=False), items)])
    raws = [Pending(item.key, item.key, item.version) for item in landed]
    return archived_batch(run, raws, tables_of(made))
