"""Points tried side by side: each process has its own stage, all share the S3 and the Prefect server."""

import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.servers.glue import running_glue
from tests.servers.prefect import PrefectServer, running_prefect_server
from tests.servers.seaweedfs import running_s3
from tests.torture.places import in_directory, on_s3
from tests.torture.scenarios import Scenario, Stage, prepare
from tests.torture.tally import Place, Tally, Verdict
from tests.torture.zygote import running_zygote
from top50.simulator import running

WORKERS = 4
"""Points at a time, on two cores: runs also wait, for crawls, for queries and before they ask again."""

_FEW = 20
"""From this stride on the points are so few that one process at a time is quicker: starting takes longer."""

_logger = logging.getLogger(__name__)


class Result(NamedTuple):
    """A point that was tried: what it is a point of, which one, what became of it, and what was seen."""

    what: str
    point: str
    verdict: Verdict
    seen: str = ""


Try = Callable[[Stage, Scenario, Sequence[int]], Iterator[Result]]
"""Tries the points with these numbers; one that the run did not come to has no result."""


@dataclass(frozen=True)
class Servers:
    """What all stages share, as it travels to their processes."""

    prefect: PrefectServer
    s3: dict[str, str]
    bucket: str
    folder: Path
    """Where the stages have their own."""


@dataclass(frozen=True)
class Job:
    """What one of several processes tries: every `of`-th point of each run, from the `first` one on."""

    servers: Servers
    place: Place
    runs: tuple[str, ...]
    points: tuple[Try, ...]
    folder: Path
    first: int
    of: int


_IDLE = {
    f"PREFECT_SERVER_SERVICES_{service}_ENABLED": "false"
    for service in ("EVENT_LOGGER", "EVENT_PERSISTER", "FOREMAN", "LATE_RUNS", "SCHEDULER", "TRIGGERS")
}
"""What the Prefect server does without: nobody has deployed anything or looks at events."""


@contextmanager
def shared_servers(folder: Path) -> Iterator[Servers]:
    """Start what all stages share."""
    (folder / "s3").mkdir()
    with running_s3(folder / "s3") as s3, running_prefect_server(folder / "prefect", _IDLE) as prefect:
        yield Servers(prefect, s3.endpoint_environment(), s3.bucket, folder)


def run_environment(prefect: PrefectServer, home: Path) -> dict[str, str]:
    """Return what is in the environment of every run."""
    quick = {"PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS": "0.1", "PREFECT_LOGGING_TO_API_ENABLED": "false"}
    return {**prefect.environment(), **quick, "HOME": str(home)}


def torture(
    servers: Servers, place: Place, runs: tuple[str, ...], points: tuple[Try, ...], stride: int
) -> list[Tally]:
    """Try every `stride`-th point of each scenario; return a tally for each kind of point."""
    began = time.monotonic()
    workers = WORKERS if stride < _FEW else 1
    jobs = [
        Job(servers, place, runs, points, servers.folder / f"{place}-{n}", n * stride, workers * stride)
        for n in range(workers)
    ]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        results = [result for found in pool.map(work, jobs) for result in found]
    return tallies(results, place, time.monotonic() - began)


def tallies(results: Sequence[Result], place: Place, seconds: float) -> list[Tally]:
    """Return results as tallies, by what they are points of; the seconds are shared out among them."""
    found: dict[str, Tally] = {}
    for result in results:
        tally = found.setdefault(result.what, Tally(result.what, place))
        tally.add(result.verdict, result.point, result.seen)
    for tally in found.values():
        tally.seconds = seconds * tally.points / len(results)
    return list(found.values())


def work(job: Job) -> list[Result]:
    """Try the points of a job, in a process of its own."""
    logging.basicConfig(format="  … %(message)s", level=logging.INFO)
    job.folder.mkdir(parents=True, exist_ok=True)
    with stage_of(job.servers, job.place, job.folder) as stage:
        return [_noted(result) for name in job.runs for result in _try(job, stage, name)]


def _try(job: Job, stage: Stage, name: str) -> Iterator[Result]:
    scenario = prepare(stage, name)
    numbers = scenario.points[job.first :: job.of]
    _logger.info("%s, %s: %d of %d steps", job.place, name, len(numbers), scenario.steps)
    for points in job.points:
        yield from points(stage, scenario, numbers)


def _noted(result: Result) -> Result:
    if result.verdict != "survived":
        _logger.warning("%s, %s: %s: %s", result.what, result.point, result.verdict, result.seen)
    return result


@contextmanager
def stage_of(servers: Servers, place: Place, folder: Path) -> Iterator[Stage]:
    """Open a stage in a folder."""
    environment = run_environment(servers.prefect, folder)
    with ExitStack() as stack:
        zygote = stack.enter_context(running_zygote(environment))
        simulator = stack.enter_context(running())
        if place == "directory":
            yield Stage(in_directory(folder, simulator), simulator, zygote, folder)
            return
        glue = stack.enter_context(running_glue(servers.s3))
        there = stack.enter_context(on_s3(servers.s3, servers.bucket, glue, simulator))
        yield Stage(there, simulator, zygote, folder)
