"""Machines that die with a run: nobody is left to say so, and nobody may wait for it for ever."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.torture.api_away import whole
from tests.torture.strikes import reach
from tests.torture.tally import Tally, Verdict
from tests.torture.work import Work, children, kill, open_work, runs_of, until

CRASHED_SECONDS = 700.0
"""The automation "a run is stuck" waits for ten minutes."""


@dataclass(frozen=True)
class Zombie:
    """A run whose processes are dead, with its worker."""

    run: str
    lake: Path
    died: float
    """time.monotonic()"""

    def left_of(self, seconds: float) -> float:
        """Return what is left of so many seconds after its death."""
        return max(self.died + seconds - time.monotonic(), 0)


def die(work: Work, lake: Path, moment: str | None) -> Zombie:
    """Kill a worker and all below it with a run: at a moment; None: when it has only just taken the run."""
    lake.parent.mkdir(parents=True)
    with work.worker(f"that dies {lake.parent.name}") as worker:
        run = work.start_run(lake)
        if moment is None:
            until(lambda: work.state(run)["type"] in ("PENDING", "RUNNING"), f"run {run}", pause=0.02)
        else:
            until(lambda: runs_of(worker.pid, run), f"a process of run {run}")
            reach(work, run, moment, lake)
        kill([worker.pid, *children(worker.pid)])
    return Zombie(run, lake, time.monotonic())


def bury(work: Work, zombie: Zombie) -> tuple[Verdict, str]:
    """Run again: the dead one is Crashed in the end, and the next run, which waits for that, completes."""
    with work.worker(f"after {zombie.lake.parent.name}"):
        following = work.start_run(zombie.lake)
        try:
            work.wait_for(zombie.run, "CRASHED", seconds=zombie.left_of(CRASHED_SECONDS))
            end = work.wait_for_end(following)
        except TimeoutError as error:
            return "unclear", f"{error}; it is {work.state(zombie.run)['name']}"
    if end["type"] != "COMPLETED":
        return "unclear", f"the next run ended as {end['name']}: {end['message']}"
    return whole(zombie.lake, zombie.lake.with_name("undisturbed"))


DEATHS: dict[str, str | None] = {
    "SIGKILL for a worker that has just taken a run, and for all below it": None,
    "SIGKILL for a worker and its run at once": "the songs are written",
}


def begin(stack: ExitStack, folder: Path) -> Callable[[], list[Tally]]:
    """Let a machine die in every way, each with a server of its own; return what waits for the end of it."""
    dead = []
    for what, moment in DEATHS.items():
        place = folder / what.replace(" ", "-")
        work = stack.enter_context(open_work(place / "work"))
        dead.append((what, work, die(work, place / "run" / "lake", moment)))
    return lambda: [_buried(what, work, zombie) for what, work, zombie in dead]


def _buried(what: str, work: Work, zombie: Zombie) -> Tally:
    tally = Tally(what, "directory")
    verdict, seen = bury(work, zombie)
    tally.add(verdict, what, seen)
    tally.seconds = time.monotonic() - zombie.died
    return tally
