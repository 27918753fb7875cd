"""Crashes: a run is killed at every step, and the next run must leave nothing to be seen of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.torture.gate import KILLS, Plan
from tests.torture.lake_state import compare, reader_sees
from tests.torture.scale import Scale
from tests.torture.scenarios import BACKLOG, CHARTS, FIRST, REQUEUE, WEEKLY, Scenario, Stage, fill
from tests.torture.stages import Result, shared_servers
from tests.torture.stages import torture as torture_stages
from tests.torture.tally import Tally
from tests.torture.zygote import Ended

KILLED = -9

_RUNS = (WEEKLY, CHARTS, BACKLOG, REQUEUE)
_ON_S3 = (*_RUNS, FIRST)


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Kill runs, in a directory at each file-system step and on S3 at each request."""
    with shared_servers(folder) as servers:
        in_directory = torture_stages(servers, "directory", _RUNS, (at_steps,), scale.stride)
        return in_directory + torture_stages(servers, "SeaweedFS", _ON_S3, (at_requests,), scale.stride)


def at_steps(stage: Stage, scenario: Scenario, numbers: Sequence[int]) -> Iterator[Result]:
    """Kill the run at file-system steps."""
    what = f"SIGKILL at a file-system step of a {scenario.name}"
    for number in numbers:
        fill(stage, scenario)
        ended = stage.run(stage.order(scenario.command, kill_at=number))
        yield from _afterwards(stage, scenario, ended, Result(what, f"step {number}", "survived"))


def at_requests(stage: Stage, scenario: Scenario, numbers: Sequence[int]) -> Iterator[Result]:
    """Kill the run before and after requests."""
    for number in numbers:
        for kind in KILLS:
            fill(stage, scenario)
            ended = stage.run(stage.order(scenario.command), Plan(kind, number))
            what = f"SIG{kind.replace('kill', 'KILL')} a request of a {scenario.name}"
            point = f"request {number}, {' '.join(stage.place.gate.struck)}"
            yield from _afterwards(stage, scenario, ended, Result(what, point, "survived"))


def _afterwards(stage: Stage, scenario: Scenario, killed: Ended, result: Result) -> Iterator[Result]:
    """Look at what the killed run left, run again, and look again; nothing when it ended before that."""
    if killed.code == KILLED:
        yield after_next_run(stage, scenario, result)
    elif killed.code:
        yield judged(stage, scenario, killed, result)


def after_next_run(stage: Stage, scenario: Scenario, result: Result) -> Result:
    """Look as a reader does, then run undisturbed and compare the lake with one that nobody disturbed."""
    seen = reader_sees(stage.place.state())
    if seen:
        return result._replace(verdict="lost", seen=f"a reader saw {seen}")
    return judged(stage, scenario, stage.run(stage.order(scenario.command)), result)


def judged(stage: Stage, scenario: Scenario, ended: Ended, result: Result) -> Result:
    """Say what became of a point whose last run must have ended well."""
    if ended.code:
        return result._replace(verdict="unclear", seen=f"exit code {ended.code}: {ended.last_line}")
    verdict, seen = compare(scenario.after, stage.place.state())
    return result._replace(verdict=verdict, seen=seen)
