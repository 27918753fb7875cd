"""`flows.import_history` of a merged archive: its memory, and its time beside bare scans of the file."""

import shutil
from functools import partial
from pathlib import Path
from random import Random

from tests.bench.alone import SCANS
from tests.bench.archives import runner
from tests.bench.big_archive import write_archive
from tests.bench.figures import Duel, Figure, alternate
from tests.bench.history import IMPORT
from tests.bench.runs import EMPTY, NEVER, OFTEN, Run, Runner
from tests.bench.scale import Scale
from tests.servers.prefect import PrefectServer, running_prefect_server

OURS = "the import"
ROUNDS = 3


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Import a small and a large archive's global charts, each into an empty lake."""
    files = {
        size: write_archive(folder / f"charts_songs_daily_{size / 1e9:g}.csv", size, Random(50))
        for size in scale.merged
    }
    with running_prefect_server(folder / "prefect") as server:
        peaks = {size: _imported(server, file, folder, OFTEN).peak_mib for size, file in files.items()}
        small, large = scale.merged
        memory = Figure(
            f"memory, {IMPORT} of a merged archive of {large / 1e9:g} GB",
            *(peaks[large], "MiB", peaks[large] / peaks[small], "×", "≤ 1.1 ×", peaks[small]),
            rival=f"one of {small / 1e9:g} GB",
        )
        return [memory, *_times(server, files[large], large, folder)]


def _times(server: PrefectServer, file: Path, size: int, folder: Path) -> list[Figure]:
    scan = runner(server, folder / "unused", folder, {})
    contenders = {
        OURS: lambda: _imported(server, file, folder).seconds,
        EMPTY: lambda: scan.run(EMPTY).seconds,
    }
    contenders |= {name: partial(_scanned, scan, name, file) for name in SCANS}
    runs = alternate(contenders, ROUNDS)
    less = {OURS: [ours - empty for ours, empty in zip(runs[OURS], runs[EMPTY], strict=True)]}
    name = f"{IMPORT} of a merged archive of {size / 1e9:g} GB"
    return [
        *(Duel(runs, OURS, scanner).times_faster(name, "≥ 0.3 ×") for scanner in SCANS),
        *(
            Duel(runs | less, OURS, scanner).times_faster(f"{name}, less an empty flow", "")
            for scanner in SCANS
        ),
    ]


def _imported(server: PrefectServer, file: Path, folder: Path, every: float = NEVER) -> Run:
    lake = folder / "lake"
    try:
        return runner(server, lake, folder, {}).run(IMPORT, file, every=every)
    finally:
        shutil.rmtree(lake, ignore_errors=True)


def _scanned(runner: Runner, name: str, file: Path) -> float:
    return runner.run("tests.bench.alone", SCANS[name], file).seconds
