"""Faults: at every request a service fails, once or from then on."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.torture.crashes import after_next_run, judged
from tests.torture.gate import FAULTS, Plan
from tests.torture.scale import Scale
from tests.torture.scenarios import BACKLOG, CHARTS, FIRST, WEEKLY, Scenario, Stage, fill
from tests.torture.stages import Result, shared_servers
from tests.torture.stages import torture as torture_stages
from tests.torture.tally import Tally
from tests.torture.zygote import HUNG, Ended

_RUNS = (WEEKLY, CHARTS, BACKLOG, FIRST)


def torture(scale: Scale, folder: Path) -> list[Tally]:
    """Let S3, Glue, Athena and Spotify fail at each request of a run."""
    with shared_servers(folder) as servers:
        tallies = torture_stages(servers, "SeaweedFS", _RUNS, (passing, lasting), scale.stride)
    return sorted(tallies, key=_place)


def _place(tally: Tally) -> tuple[int, bool, int]:
    """Return where it stands in the document: run by run, what passes first."""
    fault, how, run = tally.what.rsplit(", ", 2)
    return _RUNS.index(run.removeprefix("in a ")), how == "lasting", [*_NAMES.values()].index(fault)


def passing(stage: Stage, scenario: Scenario, numbers: Sequence[int]) -> Iterator[Result]:
    """Let each request fail once in each way: the run must not end of it, nor the lake differ.

    The others repeat the same requests for each object, file and view: there, in one way after the other.
    """
    for number in numbers:
        kinds = _kinds(scenario, number)
        for kind in [kinds[number % len(kinds)]] if scenario.name != WEEKLY else kinds:
            result = once(stage, scenario, Plan(kind, number))
            if result:
                yield result


def _kinds(scenario: Scenario, number: int) -> Sequence[str]:
    """Return in which ways a request may fail: S3 says 503 SlowDown when it throttles."""
    at_s3 = number <= len(scenario.requests) and scenario.requests[number - 1].startswith("S3 ")
    return [kind for kind in FAULTS if not (at_s3 and kind == "throttling")]


def once(stage: Stage, scenario: Scenario, plan: Plan) -> Result | None:
    """Let one request fail; nothing when the run did not come to it."""
    fill(stage, scenario)
    order = stage.order(scenario.command, impatient=plan.kind == "stall")
    ended = stage.run(order, plan)
    return judged(stage, scenario, ended, _result(stage, scenario, plan)) if _counts(stage, ended) else None


def lasting(stage: Stage, scenario: Scenario, numbers: Sequence[int]) -> Iterator[Result]:
    """Let a service fail from each request on, in one way after the other: the run must end and say why.

    A backlog run has the requests of a weekly run, and more for its raw objects: these are tried here.
    """
    for number in numbers:
        if scenario.name == BACKLOG and "raw_data/" not in scenario.requests[number - 1]:
            continue
        kinds = _kinds(scenario, number)
        result = from_then_on(stage, scenario, Plan(kinds[number % len(kinds)], number, lasting=True))
        if result:
            yield result


def from_then_on(stage: Stage, scenario: Scenario, plan: Plan) -> Result | None:
    """Let a request and all later ones of its service fail; nothing when the run did not come to it."""
    fill(stage, scenario)
    ended = stage.run(stage.order(scenario.command, impatient=True, hopeless=True), plan)
    if not _counts(stage, ended):
        return None
    result, unclear = _result(stage, scenario, plan), how_unclear(ended)
    if unclear:
        return result._replace(verdict="unclear", seen=unclear)
    return after_next_run(stage, scenario, result)


def _counts(stage: Stage, ended: Ended) -> bool:
    """Whether the run came to its fault; one that never ended counts too, wherever it hung."""
    return bool(stage.place.gate.struck) or ended.code == HUNG


def _result(stage: Stage, scenario: Scenario, plan: Plan) -> Result:
    how = "lasting" if plan.lasting else "once"
    point = f"request {plan.at}, {next(iter(stage.place.gate.struck), '')}"
    return Result(f"{_NAMES[plan.kind]}, {how}, in a {scenario.name}", point, "survived")


def how_unclear(ended: Ended) -> str:
    """Return what is wrong with how a run failed: it must end with one line and without a traceback."""
    if ended.code != 1:
        return f"exit code {ended.code}: {ended.last_line}"
    if "Traceback" in ended.said:
        return f"a traceback: {ended.last_line}"
    return "" if ended.last_line.startswith("✗ ") else f"no clear line: {ended.last_line}"


_NAMES = {
    "500": "500",
    "503": "503 (S3: SlowDown)",
    "throttling": "Throttling (ThrottlingException, 429)",
    "reset before": "Connection reset before the request was acted on",
    "reset after": "Connection reset after the request was acted on",
    "cut": "Answer cut short",
    "stall": "No answer",
}
