"""Lakes whose archive holds so many simulated snapshots, and what a flow makes of one, metered."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tests.bench.runs import NEVER, Run, Runner
from tests.bench.scale import Scale
from tests.bench.snapshots import link, written
from tests.servers.prefect import PrefectServer
from top50.lake import PROCESSED
from top50.parallel import cores
from top50.tables.schemas import TABLES

REBUILD = "flows.rebuild"

PROCESSES = cores()
"""How many processes a rebuild uses, and so its bare minimum."""

_SNAPSHOTS = "snapshots"


@dataclass(frozen=True)
class Archive:
    """A directory lake of its own with `count` raw objects in `processed`."""

    root: Path
    count: int

    @property
    def raw(self) -> Path:
        """The folder of the raw objects, for rivals."""
        return self.root / PROCESSED

    def without_tables(self) -> "Archive":
        """Take the tables away, so that all of them must be written."""
        shutil.rmtree(self.root / "transformed_data", ignore_errors=True)
        return self

    def rows(self) -> dict[str, int]:
        """Return how many rows each table has."""
        files = {name: self.root / "transformed_data" / name for name in TABLES}
        scans = {name: pl.scan_parquet(folder / "**/*.parquet") for name, folder in files.items()}
        return {name: scan.select(pl.len()).collect().item() for name, scan in scans.items()}


def archive(count: int, folder: Path) -> Archive:
    """Make one below a part's folder; the snapshots are written once for all parts, beside that folder."""
    snapshots = folder.parent / _SNAPSHOTS
    made = Archive(folder / f"lake-{count}", count)
    link(written(count, snapshots), snapshots, made.raw)
    return made


def archives(scale: Scale, folder: Path) -> list[Archive]:
    """Make one of each size."""
    return [archive(count, folder) for count in scale.archives]


def runner(server: PrefectServer, lake: Path | str, folder: Path, extra: Mapping[str, str]) -> Runner:
    """Run flows on a lake, without a catalog: no rival makes one."""
    own = {"TOP50_LAKE": str(lake), "TOP50_SOURCE": "playlist", "TOP50_CATALOG": "none"}
    return Runner(folder, server.environment() | own | dict(extra))


def rebuilt(server: PrefectServer, lake: Archive, folder: Path, *options: str, every: float = NEVER) -> Run:
    """Let the flow write all tables of a lake."""
    lake.without_tables()
    return runner(server, lake.root, folder, {}).run(REBUILD, *options, every=every)
