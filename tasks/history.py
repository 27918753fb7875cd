"""History: find old raw objects, and land those that the lake does not have."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from prefect.logging import get_run_logger

from tasks.aws import aws_session
from tasks.dask import on_dask
from tasks.step import step
from tasks.tables import Batch, batch_of
from top50.history.clones import Clone, find_clone
from top50.history.find import Found, find
from top50.history.judge import Tally, Verdict, judge
from top50.history.lake_index import LakeIndex
from top50.history.land import ARCHIVE_STRETCH_BYTES, STRETCH_BYTES, land_all
from top50.lake import TO_PROCESSED, Item, Lake, open_lake
from top50.lake.directory import DirectoryLake
from top50.parallel import processes
from top50.raw.backlog import Pending
from top50.raw.backlog import archive as write_archive
from top50.read.snapshot import Wanted
from top50.rebuild.batches import Builder, Selection, local_builder, map_on_cores
from top50.rebuild.partial_tables import merge_partials, tables_of
from top50.settings import Settings
from top50.tables.files import holds_simulated
from top50.text import many, one_line


class Files:
    """What the PATHs stand for; it can be gone through more than once."""

    def __init__(self, settings: Settings, paths: list[str], within: Path | None) -> None:
        own = [settings.playlist] if settings.playlist else []
        clone = partial(find_clone, playlists=own)
        self._roots = find(paths, settings.lake, _bucket_opener(settings), clone, within)
        self.clones = [root for root in self._roots if isinstance(root, Clone)]
        self.count = sum(map(len, self._roots))

    def __iter__(self) -> Iterator[Found]:
        """Yield them in order, as they are found."""
        return chain.from_iterable(self._roots)


class Group:
    """Some of them; a class of its own, so that Prefect does not look into each."""

    def __init__(self, found: list[Found]) -> None:
        self.found = found


class Landed:
    """What landed; a class of its own, for the same reason."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.of_archives = False
        """Whether parts of merged archives may be among it."""

    @property
    def is_enough(self) -> bool:
        """Whether it is time to build and publish it."""
        limit = ARCHIVE_STRETCH_BYTES if self.of_archives else STRETCH_BYTES
        return sum(item.size for item in self.items) >= limit


def _bucket_opener(settings: Settings) -> Callable[[str], Lake]:
    def open_bucket(name: str) -> Lake:
        from top50.lake.s3 import S3Lake  # noqa: PLC0415 - 30 MB that files on a disk do not need

        return S3Lake(name, "", aws_session(settings))

    return open_bucket


@contextmanager
def lake_of(settings: Settings, *, dry_run: bool) -> Iterator[Lake]:
    """Open the lake; for a dry run one that is not there yet is an empty one."""
    if not dry_run or settings.is_s3 or Path(settings.lake).expanduser().exists():
        yield open_lake(settings, aws_session(settings) if settings.is_s3 else None, create=not dry_run)
        return
    with TemporaryDirectory(prefix="top50-") as folder:
        yield DirectoryLake(Path(folder))


@step("find", lambda files: many(files.count, "file"))
def find_files(settings: Settings, paths: list[str], within: Path | None = None) -> Files:
    """Find what the PATHs stand for, and count it; one that is not there ends the run.

    within: the folder that all files on this machine must lie below.
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
def list_lake(lake: Lake) -> LakeIndex:
    """Say what the lake has already."""
    return LakeIndex(lake)


@step("look", lambda verdicts: many(len(verdicts), "file"))
def look(lake: Lake, settings: Settings, group: Group, known: LakeIndex) -> list[Verdict]:
    """Say of each file what would become of it, and write nothing."""
    verdicts = _judged(lake, settings, group, known)
    for verdict in verdicts:
        get_run_logger().info("%s", _line(verdict))
    return [verdict._replace(content=b"") for verdict in verdicts]


@step("land-history", lambda landed: f"{many(len(landed[0]), 'file')}, {len(landed[1])} landed")
def land_history(
    lake: Lake, settings: Settings, group: Group, known: LakeIndex
) -> tuple[list[Verdict], list[Item]]:
    """Put what the lake does not have into its backlog; return what became of each file, and what landed."""
    verdicts = _judged(lake, settings, group, known)
    landed = land_all(lake, verdicts, known)
    for verdict in verdicts:
        if verdict.state in ("left out", "key"):
            get_run_logger().warning("%s", _line(verdict))
    return [verdict._replace(content=b"") for verdict in verdicts], landed


def tell_left_out(tally: Tally) -> None:
    """Log what was not taken of the files, and why; a line for each reason."""
    for why, count in tally.skipped.items():
        get_run_logger().info("Skipped %s: %s", many(count, "file"), why)
    for note in tally.notes:
        get_run_logger().info("%s", one_line(note))


@contextmanager
def _builder(lake: Lake, settings: Settings, landed: Landed, dask: str | None) -> Iterator[Builder]:
    if dask:
        with on_dask(dask, settings) as build_all:
            yield build_all
        return
    if landed.of_archives:  # dense rows, in a process that keeps their memory out of the flow's
        with processes(1, "top50.rebuild.batches") as share:
            yield local_builder(lake, share)
        return
    with map_on_cores(len(landed.items)) as do_all:
        yield local_builder(lake, do_all)


@step("build-landed", lambda batch: f"{batch.built.tables['chart_entries'].height} entries")
def build_landed(lake: Lake, settings: Settings, landed: Landed, dask: str | None) -> Batch:
    """Make the tables of what landed, on a Dask cluster or on the cores here, and write it to the archive."""
    wanted = Wanted(chart=settings.chosen_chart, size=settings.size, playlist=settings.playlist)
    source = Selection(TO_PROCESSED, wanted, holds_simulated(lake))
    items = sorted(landed.items)
    with _builder(lake, settings, landed, dask) as build_all:
        made = merge_partials([*build_all(source, items)])
        if source.simulated is None and len(made.kinds) == 2:  # the real ones then, as build_tables has it
            made = merge_partials([*build_all(source._replace(simulated=False), items)])
    batch = batch_of([Pending(item.key, item.key, item.version) for item in landed.items], tables_of(made))
    write_archive(lake, batch.taken)
    return batch


def _judged(lake: Lake, settings: Settings, group: Group, known: LakeIndex) -> list[Verdict]:
    wanted = Wanted(chart=settings.chosen_chart, size=settings.size, playlist=settings.playlist)
    return judge(lake, group.found, known, wanted)


def _line(verdict: Verdict) -> str:
    facts = (verdict.chart, verdict.key and f"→ {verdict.key}", verdict.why and f"({verdict.why})")
    return one_line(f"{verdict.state}: {verdict.found.name} {' '.join(fact for fact in facts if fact)}")
