"""The runs that are disturbed: the lake before them, and the lake that an undisturbed one leaves."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.torture.gate import Plan
from tests.torture.lake_state import State
from tests.torture.places import InDirectory, OnS3, Place
from tests.torture.steps import steps_of
from tests.torture.zygote import HUNG, Ended, Order, Zygote
from top50.lake import QUARANTINE, TO_PROCESSED
from top50.raw.keys import REASON
from top50.simulator import Simulator, chart_csv, snapshot

WEEKLY, BACKLOG = "weekly run", "backlog run"
FIRST, REQUEUE = "run that finds no catalog", "run with --requeue"
CHARTS = "weekly run of three charts"

_REQUEUED = "chart=global-weekly/2026-03-06/playlist.json"


class Command(NamedTuple):
    """What is run: a module of flows/ and what follows it."""

    module: str
    options: tuple[str, ...] = ()


_COMMANDS = {
    WEEKLY: Command("flows.weekly_chart"),
    BACKLOG: Command("flows.process_pending"),
    CHARTS: Command("flows.weekly_chart", ("--chart", "global-weekly,us-weekly,br-weekly")),
    FIRST: Command("flows.process_pending"),
    REQUEUE: Command("flows.process_pending", ("--requeue", _REQUEUED)),
}

_NO_PREFECT = "the Prefect server does not answer"
"""What a run says last that had no answer for a minute; not imported, for flows are slow to import."""

_PREFECT_ASKS_AGAIN = "in _send_with_retry"
"""Where a run is that asks the Prefect server for longer than any run takes."""

_FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)
_A_WEEK_BEFORE = datetime(2026, 11, 13, 22, tzinfo=UTC)


def _waited_for_prefect(ended: Ended) -> bool:
    return _NO_PREFECT in ended.last_line or (ended.code == HUNG and _PREFECT_ASKS_AGAIN in ended.said)


@dataclass
class Stage:
    """One place, one simulator and one process that forks: a run at a time."""

    place: Place
    simulator: Simulator
    zygote: Zygote
    folder: Path

    def order(
        self, command: Command, *, kill_at: int = 0, impatient: bool = False, hopeless: bool = False
    ) -> Order:
        """Return a run of a flow on this stage."""
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(exist_ok=True)
        return Order(
            command.module,
            {**self.place.settings, "TMPDIR": str(temporary)},
            str(self.folder / "run.log"),
            command.options,
            steps=str(self.place.root) if isinstance(self.place, InDirectory) else "",
            kill_at=kill_at,
            impatient=impatient,
            hopeless=hopeless,
        )

    def run(self, order: Order, plan: Plan | None = None) -> Ended:
        """Run to the end; once more when that was for want of a Prefect server, which is tried elsewhere.

        Its SQLite is locked for a minute now and then when four runs at a time ask it, or are killed.
        """
        ended = self._run(order, plan or Plan())
        return self._run(order, plan or Plan()) if _waited_for_prefect(ended) else ended

    def _run(self, order: Order, plan: Plan) -> Ended:
        """Run, and wait until nothing that the run asked for is under way any more."""
        zygote, gate = self.zygote, self.place.gate
        gate.set_up(plan, lambda: zygote.pid)
        zygote.start(order)
        ended = zygote.wait(order)
        gate.wait_until_quiet()
        return ended

    def steps(self, order: Order) -> int:
        """Return how many steps the run took: of the file system, or requests."""
        if order.steps:
            return steps_of(Path(f"{order.output}.steps"))
        return len(self.place.gate.requests)


@dataclass(frozen=True)
class Scenario:
    """A run, the lake before it, the lake after it, and what it took to get there."""

    name: str
    command: Command
    before: State
    after: State
    steps: int
    requests: tuple[str, ...]

    @property
    def points(self) -> Sequence[int]:
        """The numbers of the steps that are tried: all that are not tried in another scenario as well."""
        every = range(1, self.steps + 1)
        if self.name == FIRST:
            return [number for number in every if self._is_of_catalog(number)]
        if self.name == REQUEUE and self.requests:
            return [number for number in every if "raw_data/" in self.requests[number - 1]]
        return every

    def _is_of_catalog(self, number: int) -> bool:
        """Whether a request asks Glue or Athena, and not once more the same as the one before it."""
        before, line = ("", *self.requests)[number - 1 : number + 1]
        return line != before and not line.startswith(("S3 ", "Spotify "))

    def number_of(self, pattern: str) -> int:
        """Return which request of the run was the first like this."""
        return next(number for number, line in enumerate(self.requests, 1) if re.search(pattern, line))


def prepare(stage: Stage, name: str) -> Scenario:
    """Make the lake of a scenario, run it undisturbed, and leave the lake as it was before."""
    command, lake = _COMMANDS[name], _lake_before(name)
    stage.place.fill(lake)
    if isinstance(stage.place, OnS3):
        stage.place.forget_catalog()
    stage.simulator.set_now(_A_WEEK_BEFORE)
    if name != FIRST:
        _must_end_well(stage.run(stage.order(command)))
    if name not in (WEEKLY, CHARTS):
        stage.place.fill(lake)
    before = stage.place.state()
    stage.simulator.set_now(_FRIDAY)
    order = stage.order(command)
    _must_end_well(stage.run(order))
    requests = tuple(stage.place.gate.requests)
    return Scenario(name, command, before, stage.place.state(), stage.steps(order), requests)


def _lake_before(name: str) -> dict[str, bytes]:
    if name in (WEEKLY, CHARTS):
        return {}
    if name == FIRST:
        return _two_of(backlog())
    return _refused(backlog()) if name == REQUEUE else backlog()


def _two_of(pending: dict[str, bytes]) -> dict[str, bytes]:
    return dict(list(pending.items())[:2])


def _refused(pending: dict[str, bytes]) -> dict[str, bytes]:
    """Return a backlog with one of its objects in quarantine, refused for something that was mended since."""
    content = pending.pop(TO_PROCESSED + _REQUEUED)
    reason = b'{"reason":"it was refused once"}'
    return {**_two_of(pending), QUARANTINE + _REQUEUED: content, f"{QUARANTINE}{_REQUEUED}{REASON}": reason}


def fill(stage: Stage, scenario: Scenario) -> None:
    """Put the lake, and the catalog where it matters, back to what they were before the run."""
    stage.place.fill(scenario.before)
    if isinstance(stage.place, OnS3) and scenario.name == FIRST:
        stage.place.forget_catalog()


class UndisturbedRunFailedError(Exception):
    """A run failed though nothing was done to it; quotes the end of what it said."""


def _must_end_well(ended: Ended) -> None:
    if ended.code:
        raise UndisturbedRunFailedError(ended.said[-3000:])


def backlog() -> dict[str, bytes]:
    """Return eight raw objects of two years and both charts, one of them a CSV, one no chart at all."""
    objects = {
        f"chart={chart}/{at:%Y-%m-%d}/playlist.json": snapshot(chart, at)
        for chart in ("global-weekly", "global-daily")
        for year in (2025, 2026)
        for at in (datetime(year, 3, 6, 22, tzinfo=UTC), datetime(year, 9, 4, 22, tzinfo=UTC))
    }
    # All but one, with the CSV, which says less of the songs that are in the others too.
    objects.popitem()
    name, content = chart_csv("global-weekly", datetime(2025, 9, 4, 22, tzinfo=UTC))
    return {TO_PROCESSED + key: value for key, value in {**objects, name: content, "bad.json": b"{"}.items()}
