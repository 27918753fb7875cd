"""The peak memory of a backlog's run, beside an empty flow's; both talk to a server that runs already."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.figures import Duel, Figure, alternate
from tests.bench.runs import EMPTY, Runner
from tests.bench.scale import Scale
from tests.bench.snapshots import link_backlog, snapshots, write_all
from tests.servers.prefect import PrefectServer, running_prefect_server

EMPTY_FLOW = "empty flow"

TARGET = "≤ 250 MiB more"

ROUNDS = 2
"""Peaks hardly differ from run to run."""


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Process each backlog from a lake of its own."""
    files = write_all(snapshots(max(scale.backlogs)), folder / "raw")
    with running_prefect_server(folder / "prefect") as server:
        return [_backlog(server, files[:count], folder) for count in scale.backlogs]


def _backlog(server: PrefectServer, files: list[Path], folder: Path) -> Figure:
    lake = folder / "lake"
    runner = Runner(folder, server.environment() | {"TOP50_LAKE": str(lake), "TOP50_SOURCE": "playlist"})
    name = f"backlog of {len(files):,}"
    contenders: dict[str, Callable[[], float]] = {
        name: partial(_processing_mib, runner, files, folder, lake),
        EMPTY_FLOW: lambda: runner.run(EMPTY).peak_mib,
    }
    return Duel(alternate(contenders, ROUNDS), name, EMPTY_FLOW, "MiB").more(f"memory, {name}", TARGET)


def _processing_mib(runner: Runner, files: list[Path], folder: Path, lake: Path) -> float:
    link_backlog(files, folder / "raw", lake)
    try:
        return runner.run("flows.process_pending").peak_mib
    finally:
        shutil.rmtree(lake)
