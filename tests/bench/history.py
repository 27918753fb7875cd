"""`flows.import_history` of a folder: the first time, and once more when all of it is in the lake already."""

from pathlib import Path

from tests.bench.archives import archive, runner
from tests.bench.figures import Details, Figure, alternate
from tests.bench.runs import EMPTY, middle
from tests.bench.scale import Scale
from tests.servers.prefect import running_prefect_server

IMPORT = "flows.import_history"

AGAIN = "once more"

ROUNDS = 3


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Import the largest archive's files into an empty lake once, then again."""
    files = archive(scale.archives[-1], folder)
    with running_prefect_server(folder / "prefect") as server:
        flow = runner(server, folder / "imported", folder, {})
        first = flow.run(IMPORT, files.raw)
        again = alternate(
            {AGAIN: lambda: flow.run(IMPORT, files.raw), EMPTY: lambda: flow.run(EMPTY)}, ROUNDS
        )
    empty = middle(again[EMPTY]).seconds
    name, whole = f"{IMPORT} of {files.count:,} files that are there", middle(again[AGAIN]).seconds
    details = {"seconds": again, "first": first}
    return [
        _share(name, whole, first.seconds, details),
        _share(f"{name}, less an empty flow", whole - empty, first.seconds - empty, details),
    ]


def _share(name: str, again: float, first: float, details: Details) -> Figure:
    percent = 100 * again / first
    # Both sides are read and compared: no size, name or time stands for a content.
    return Figure(name, again, "s", percent, "%", "≤ 20 %", first, "the first import", details)
