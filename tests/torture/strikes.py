"""A run, its worker or both are killed, or the run is cancelled from the dashboard, at chosen moments."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.flows.deploying import ENDS
from tests.torture.api_away import CHARTS, whole
from tests.torture.race_material import simulated_days
from tests.torture.same_lake import put_pending
from tests.torture.scale import Scale
from tests.torture.tally import Tally, Verdict
from tests.torture.work import MOMENTS, Work, kill, runs_of, until
from top50.lake.directory import DirectoryLake

DAYS = 150
"""How many charts wait besides: a run takes them in several goes, so that there is time to strike between."""

Blow = Callable[[Work, "subprocess.Popen[bytes]", str], None]


def kill_run(work: Work, worker: "subprocess.Popen[bytes]", run: str) -> None:
    """Kill the processes of a run; its worker lives."""
    del work
    kill(runs_of(worker.pid, run))


def kill_worker(work: Work, worker: "subprocess.Popen[bytes]", run: str) -> None:
    """Kill the worker; the processes of its run live on without it."""
    del work, run
    kill([worker.pid])


def cancel(work: Work, worker: "subprocess.Popen[bytes]", run: str) -> None:
    """Cancel a run as the dashboard does."""
    del worker
    cancelling = {"type": "CANCELLING", "name": "Cancelling", "message": "Cancelled from the dashboard"}
    work.api.post(f"flow_runs/{run}/set_state", {"state": cancelling})


BLOWS: dict[str, tuple[Blow, set[str]]] = {
    "SIGKILL for the process of a run": (kill_run, {"CRASHED", "COMPLETED"}),
    "SIGKILL for a worker with a run": (kill_worker, {"CRASHED", "COMPLETED"}),
    "a run cancelled from the dashboard": (cancel, {"CANCELLED", "COMPLETED"}),
}
"""What is done → how, and the states that the run may end in: it may have been too late."""


def torture(scale: Scale, folder: Path, work: Work) -> list[Tally]:
    """Strike in every way at every moment."""
    moments = list(MOMENTS)[2:3] if scale.quick else list(MOMENTS)
    return [_struck(work, what, moments, folder / what.replace(" ", "-")) for what in BLOWS]


def _struck(work: Work, what: str, moments: list[str], folder: Path) -> Tally:
    folder.mkdir(parents=True)
    tally, began = Tally(what, "directory"), time.monotonic()
    for moment in moments:
        verdict, seen = strike(work, what, moment, folder / moment.replace(" ", "-"))
        tally.add(verdict, f"when {moment}", seen)
    tally.seconds = time.monotonic() - began
    return tally


def strike(work: Work, what: str, moment: str, folder: Path) -> tuple[Verdict, str]:
    """Strike once, look at what is left of the run, run again, and look at the lake."""
    folder.mkdir()
    lake = folder / "lake"
    put_pending(DirectoryLake(lake, create=True), simulated_days(DAYS))
    try:
        wrong = _struck_once(work, what, moment, lake) or _next_run(work, f"{folder.name} after {what}", lake)
    except TimeoutError as error:
        return "unclear", str(error)
    verdict, seen = whole(lake, folder / "undisturbed", CHARTS + DAYS)
    if verdict != "survived":
        return verdict, f"{seen}; {wrong}"
    return ("unclear" if wrong else "survived"), wrong


def _struck_once(work: Work, what: str, moment: str, lake: Path) -> str:
    blow, ends = BLOWS[what]
    with work.worker(f"{lake.parent.name} {what}") as worker:
        run = work.start_run(lake)
        reach(work, run, moment, lake)
        blow(work, worker, run)
        end = work.wait_for_end(run)
        until(lambda: not runs_of(worker.pid, run), f"the end of the processes of run {run}")
        until(lambda: work.places() == 0, f"the place of run {run}")
    return "" if end["type"] in ends else f"the run ended as {end['name']}: {end['message']}"


def reach(work: Work, run: str, moment: str, lake: Path) -> None:
    """Wait for a moment of a run, or for its end."""
    is_there, looked = MOMENTS[moment], time.monotonic()
    while not is_there(lake):
        if time.monotonic() - looked > 1:
            if work.state(run)["type"] in ENDS:
                return
            looked = time.monotonic()
        time.sleep(0.002)


def _next_run(work: Work, name: str, lake: Path) -> str:
    with work.worker(name):
        end = work.wait_for_end(work.start_run(lake))
    return "" if end["type"] == "COMPLETED" else f"the next run: {end['name']}: {end['message']}"
