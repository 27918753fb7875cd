"""`flows.rebuild --dask` with as many workers as cores, beside the flow's own processes."""

from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from tests.bench.archives import PROCESSES, REBUILD, Archive, archive, rebuilt
from tests.bench.figures import Duel, Figure, Skipped, alternate
from tests.bench.rebuilding import ROUNDS
from tests.bench.runs import RunFailedError
from tests.bench.scale import Scale
from tests.servers.dask import running_dask
from tests.servers.prefect import running_prefect_server

ON_DASK = "flows.rebuild --dask"


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Rebuild the largest archive both ways, in turn, and look whether the bytes are the same."""
    if not find_spec("distributed"):
        raise Skipped("distributed is not installed")
    lake = archive(scale.archives[-1], folder)
    with (
        running_prefect_server(folder / "prefect") as server,
        running_dask(folder, server.environment(), PROCESSES) as cluster,
    ):
        contenders = {
            ON_DASK: partial(rebuilt, server, lake, folder, "--dask", cluster.address),
            REBUILD: partial(rebuilt, server, lake, folder),
        }
        bytes_of = {}
        for name, contender in contenders.items():  # a run of each that is not timed
            contender()
            bytes_of[name] = _digest(lake)
        runs = alternate(contenders, ROUNDS)
    if len(set(bytes_of.values())) > 1:
        raise RunFailedError(f"{ON_DASK} wrote other bytes than {REBUILD}")
    seconds = {name: [run.seconds for run in each] for name, each in runs.items()}
    name = f"{ON_DASK}, {PROCESSES} workers, {lake.count:,} snapshots"
    return [Duel(seconds, ON_DASK, REBUILD).times_faster(name, "≥ 0.9 ×")]


def _digest(lake: Archive) -> str:
    files = sorted((lake.root / "transformed_data").rglob("*.parquet"))
    return sha256(b"".join(sha256(file.read_bytes()).digest() for file in files)).hexdigest()
