"""`flows.rebuild` of a directory lake, beside bare decoding of the same files, and how it grows."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.bench.archives import PROCESSES, REBUILD, Archive, archives, rebuilt, runner
from tests.bench.figures import Duel, Figure, alternate
from tests.bench.runs import EMPTY, OFTEN, Point, Run, Runner, middle
from tests.bench.scale import Scale
from tests.servers.prefect import PrefectServer, running_prefect_server

ALONE = "rebuild without Prefect"
LESS = f"{REBUILD} less an empty flow"
BARE = f"bare msgspec, {PROCESSES} processes"

ROUNDS = 5
"""For the two archives of which the figures speak; one for those that are only drawn."""


class Measured(NamedTuple):
    """The runs of each contender with one archive, and one more of each whose memory was looked at."""

    runs: dict[str, list[Run]]
    weighed: dict[str, Run]


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Rebuild an archive of each size, in turn with its rivals; a Prefect server runs already."""
    lakes, small, large = archives(scale, folder), scale.growth_from, scale.archives[-1]
    with running_prefect_server(folder / "prefect") as server:
        measured = {
            lake.count: _turns(server, lake, folder, ROUNDS if lake.count in (small, large) else 1)
            for lake in lakes
        }
    return [
        *_speed(large, measured[large].runs),
        _busy(large, measured[large].runs[REBUILD]),
        *_growth(small, large, measured),
        *_memory(small, large, measured),
    ]


def _turns(server: PrefectServer, lake: Archive, folder: Path, rounds: int) -> Measured:
    plain = Runner(folder, {})

    def alone(**looks: float) -> Run:
        return plain.run("tests.bench.alone", "rebuild", lake.without_tables().root, **looks)

    contenders: dict[str, Callable[..., Run]] = {
        REBUILD: partial(rebuilt, server, lake, folder),
        BARE: partial(plain.run, "tests.bench.alone", "decode", lake.raw, str(PROCESSES)),
        EMPTY: partial(runner(server, lake.root, folder, {}).run, EMPTY),
        ALONE: alone,
    }
    runs = alternate(contenders, rounds)
    return Measured(runs, {name: run(every=OFTEN) for name, run in contenders.items()})


def points(measured: Mapping[int, Measured]) -> list[Point]:
    """Return the middle run of each contender and size, for the plot."""
    return [
        Point(name, count, middle(runs).seconds, weighed[name].tree_mb)
        for count, (contenders, weighed) in measured.items()
        for name, runs in contenders.items()
        if name != EMPTY
    ]


def _speed(count: int, runs: Mapping[str, list[Run]]) -> list[Figure]:
    seconds = seconds_of(runs)
    return [
        Duel(seconds, ours, BARE).times_faster(f"{ours}, {count:,} snapshots", "≥ 0.5 ×")
        for ours in (REBUILD, LESS, ALONE)
    ]


def seconds_of(runs: Mapping[str, list[Run]]) -> dict[str, list[float]]:
    """Return the seconds of each contender, and those of ours less an empty flow's of the same round."""
    seconds = {name: [run.seconds for run in each] for name, each in runs.items()}
    rounds = zip(seconds[REBUILD], seconds[EMPTY], strict=True)
    return seconds | {LESS: [own - empty for own, empty in rounds]}


def _busy(count: int, runs: list[Run]) -> Figure:
    run = middle(runs)
    name = f"cores busy in {REBUILD}, {count:,} snapshots"
    details = {"CPU seconds": [each.cpu_seconds for each in runs], "seconds": [each.seconds for each in runs]}
    cores = run.cpu_seconds / run.seconds
    return Figure(name, cores, "cores", cores, "cores", f"≥ {0.8 * PROCESSES:.1f} cores", details=details)


def _growth(small: int, large: int, measured: Mapping[int, Measured]) -> list[Figure]:
    told = {"points": points(measured), "times as many": large / small}
    rival = f"{small:,} snapshots"
    figures = []
    for name in (REBUILD, ALONE):
        few, many = (measured[count].runs[name] for count in (small, large))
        ours = f"{name}, {large:,} snapshots"
        seconds = {rival: [run.seconds for run in few], ours: [run.seconds for run in many]}
        figures.append(Duel(seconds, ours, rival).times_as_much(f"seconds of {ours}", "≤ 11 ×", told))
    return figures


def _memory(small: int, large: int, measured: Mapping[int, Measured]) -> list[Figure]:
    few, many = (measured[count].weighed[REBUILD].tree_mb for count in (small, large))
    if few is None or many is None:
        return []  # the system does not say
    rival, name = f"{small:,} snapshots", f"peak memory of {REBUILD}, {large:,} snapshots"
    growth = Duel({rival: [few], name: [many]}, name, rival, "MB").times_as_much(name, "≤ 1.3 ×")
    return [growth, Figure(f"{name}, all its processes", many, "MB", many, "MB", "< 700 MB")]
