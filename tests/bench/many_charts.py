"""A lake with ten years of every region's weekly charts: what one more week of it takes, and a rebuild."""

import os
import shutil
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from tests.bench.archives import PROCESSES, REBUILD
from tests.bench.figures import Duel, Figure, alternate
from tests.bench.in_csvs import WAYS
from tests.bench.on_dask import ON_DASK
from tests.bench.region_csvs import CHARTS, written
from tests.bench.runs import OFTEN, Run, Runner
from tests.bench.scale import Scale
from tests.bench.weekly import s3_requests
from tests.servers.dask import running_dask
from tests.servers.prefect import PrefectServer, running_prefect_server
from top50.lake import PROCESSED, TO_PROCESSED

_FLOW = "flows.process_pending"
_FEW = 8
_ROUNDS = 3
_ONE_MORE, _ALL_MORE = "one more week of one chart", "one more week of all charts"


class Lake:
    """A directory lake that charts are put into."""

    def __init__(self, root: Path, server: PrefectServer, notes: Path, **settings: str) -> None:
        self.root = root
        root.mkdir()
        own = {"TOP50_LAKE": str(root), "TOP50_SOURCE": "charts-csv", **settings}
        self.runner = Runner(notes, server.environment() | own)

    def put(self, files: list[Path], folder: str) -> None:
        """Link files into the backlog, or into the archive."""
        for file in files:
            chart, day = file.stem.removeprefix("regional-")[:-11], file.stem[-10:]
            target = self.root / folder / f"chart={chart}" / day / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, target)

    def take(self, files: list[Path], every: float = 0.0) -> Run:
        """Process files as a backlog."""
        self.put(files, TO_PROCESSED)
        return self.runner.run(_FLOW, every=every)


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Make the lake by a rebuild, then process a week more of it, in turn with small lakes."""
    weeks = written(scale.region_weeks + 2 * _ROUNDS + 2, scale.regions, folder / "csvs")
    old, new = weeks[: scale.region_weeks], iter(weeks[scale.region_weeks :])
    with running_prefect_server(folder / "prefect") as server:
        large = Lake(folder / "large", server, folder)
        large.put([file for week in old for file in week], PROCESSED)
        figures = _rebuilds(large, server, folder)
        figures += _others(large, folder, new)
        figures += _weeks(large, server, folder, old, new)
        figures.append(_memory(large, next(new)))
        return [*figures, _requests(server, scale, folder)]


def _rebuilds(large: Lake, server: PrefectServer, folder: Path) -> list[Figure]:
    """Rebuild it with and without Dask, in turn."""
    count = sum(1 for _ in (large.root / PROCESSED).rglob("*.csv"))
    rebuild = partial(large.runner.run, "flows.rebuild")
    if not find_spec("distributed"):
        seconds = rebuild().seconds
        return [Figure(f"{REBUILD}, {count:,} charts", seconds, "s", seconds, "s", "")]
    with running_dask(folder, server.environment(), PROCESSES) as cluster:
        contenders = {
            ON_DASK: lambda: rebuild("--dask", cluster.address).seconds,
            REBUILD: lambda: rebuild().seconds,
        }
        runs = alternate(contenders, 2)
    return [Duel(runs, ON_DASK, REBUILD).times_faster(f"{ON_DASK}, {count:,} charts", "≥ 0.9 ×")]


def _others(large: Lake, folder: Path, new: Iterator[list[Path]]) -> list[Figure]:
    """One more week of all charts, beside others that make their tables of all CSVs again."""
    took = large.take(next(new)).seconds
    figures = []
    for name in WAYS:
        (out := folder / name).mkdir()
        theirs = Runner(folder, {}).run("tests.bench.in_csvs", name, large.root / PROCESSED, out).seconds
        runs = {_ALL_MORE: [took], f"all CSVs in {name}": [theirs]}
        figures.append(Duel(runs, _ALL_MORE, f"all CSVs in {name}").times_faster(_ALL_MORE, ""))
        shutil.rmtree(out)
    return figures


def _weeks(
    large: Lake, server: PrefectServer, folder: Path, old: list[list[Path]], new: Iterator[list[Path]]
) -> list[Figure]:
    """A week more, in turn: of one chart beside a lake of few charts, of all beside an empty lake."""
    few = Lake(folder / "few", server, folder)
    few.take([week[0] for week in old[-_FEW:]])
    beside = f"in a lake of {_FEW} charts"
    ones: dict[str, list[float]] = {_ONE_MORE: [], beside: []}
    alls: dict[str, list[float]] = {_ALL_MORE: [], "into an empty lake": []}
    for number in range(_ROUNDS):
        first, *others = next(new)
        ones[_ONE_MORE].append(large.take([first]).seconds)
        ones[beside].append(few.take([first]).seconds)
        large.take(others)
        week = next(new)
        alls[_ALL_MORE].append(large.take(week).seconds)
        alls["into an empty lake"].append(Lake(folder / f"empty-{number}", server, folder).take(week).seconds)
    return [
        Duel(ones, _ONE_MORE, beside).times_as_much(_ONE_MORE, "≤ 1.3 ×"),
        Duel(alls, _ALL_MORE, "into an empty lake").times_as_much(_ALL_MORE, "≤ 1.5 ×"),
    ]


def _memory(large: Lake, week: list[Path]) -> Figure:
    took = large.take(week, every=OFTEN).tree_mb or 0.0
    return Figure(f"memory of {_ALL_MORE}, all processes", took, "MB", took, "MB", "< 500 MB")


def _requests(server: PrefectServer, scale: Scale, folder: Path) -> Figure:
    """S3 requests of a weekly run of all charts, above the ten of the run itself."""
    asked = s3_requests(server, scale, folder, TOP50_CHART=",".join(CHARTS[: scale.regions]))
    each = (len(asked) - 10) / scale.regions
    return Figure(
        "S3 requests of a weekly run of all charts", len(asked), "requests", each, "a chart", "≤ 3 a chart"
    )
