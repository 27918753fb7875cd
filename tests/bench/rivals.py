"""`flows.rebuild` beside others that do the same work on the same files, as their users would write it.

Each gets one archive after the other, from the smallest on, until the next would take too long or too much
memory: by its last, and as if both grew with the number of raw objects.
"""

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.archives import REBUILD, Archive, archives, rebuilt
from tests.bench.figures import Figure, Skipped
from tests.bench.rival import BUILDS, DLT, DLT_ALONE, DUCKDB, DUCKDB_TOLD, PANDAS, ROWS
from tests.bench.runs import SELDOM, Point, Run, Runner
from tests.bench.scale import Scale
from tests.servers.prefect import running_prefect_server

TARGETS = {
    PANDAS: "≥ 10 ×",
    DUCKDB: "≥ 15 ×",
    DUCKDB_TOLD: "≥ 15 ×",
    DLT: "≥ 20 ×",
    DLT_ALONE: "≥ 20 ×",
}

MEMORY_MB = 8000
"""A rival that would need more for its next archive is not given it."""

_MODULE = "tests.bench.rival"


@dataclass(frozen=True)
class Attempt:
    """A rival's run of one archive, and whether its tables have as many rows as ours (None: unknown)."""

    count: int
    run: Run
    same_rows: bool | None


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Run ours once for each archive, then each rival as far as it comes."""
    if not find_spec("dlt"):
        raise Skipped("dlt is not installed; make bench installs it")
    lakes = archives(scale, folder)
    with running_prefect_server(folder / "prefect") as server:
        ours = {lake.count: rebuilt(server, lake, folder, every=SELDOM) for lake in lakes}
    tables = {lake.count: lake.rows() for lake in lakes}
    figures = []
    for name in BUILDS:
        attempts = _as_far_as_it_comes(name, lakes, tables, scale.patience, folder)
        figures.append(compared(name, ours, attempts))
    return figures


def _as_far_as_it_comes(
    name: str, lakes: list[Archive], tables: dict[int, dict[str, int]], patience: float, folder: Path
) -> list[Attempt]:
    attempts = [_attempt(name, lakes[0], tables[lakes[0].count], folder)]
    for before, lake in pairwise(lakes):
        if not bearable(attempts[-1].run, lake.count / before.count, patience):
            break
        attempts.append(_attempt(name, lake, tables[lake.count], folder))
    return attempts


def bearable(run: Run, times: float, patience: float) -> bool:
    return run.seconds * times <= patience and (run.tree_mb or 0) * times <= MEMORY_MB


def _attempt(name: str, lake: Archive, expected: dict[str, int], folder: Path) -> Attempt:
    out = folder / "out"
    out.mkdir()
    run = Runner(folder, {}).run(_MODULE, name, lake.raw, out, every=SELDOM)
    rows = msgspec.json.decode((out / ROWS).read_bytes(), type=dict[str, int])
    shutil.rmtree(out)
    return Attempt(lake.count, run, rows == expected if rows else None)


def compared(name: str, ours: dict[int, Run], attempts: list[Attempt]) -> Figure:
    """Compare rates: ours of the largest archive, the rival's of the largest that it was given."""
    last, largest = attempts[-1], max(ours)
    own, theirs = largest / ours[largest].seconds, last.count / last.run.seconds
    details: dict[str, Any] = {
        "points": [
            *(Point(REBUILD, count, run.seconds, run.tree_mb) for count, run in ours.items()),
            *(Point(name, each.count, each.run.seconds, each.run.tree_mb) for each in attempts),
        ],
        "same rows": [each.same_rows for each in attempts],
    }
    target, unit = TARGETS.get(name, ""), "snapshots/s"
    what = f"{REBUILD}, {largest:,} snapshots"
    rival = f"{name}, {last.count:,} snapshots"
    return Figure(what, own, unit, own / theirs, "×", target, theirs, rival, details)
