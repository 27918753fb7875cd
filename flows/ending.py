"""How a flow ends: a state that says the result in one line, and what the command line shows of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from top50.report.chart import ChartTable
from top50.report.outcome import Outcome


@dataclass
class Ending:
    """What somebody who waits for the run wants to see."""

    outcome: Outcome
    chart: ChartTable | None
    lake: str


_endings: ContextVar[list[Ending] | None] = ContextVar("endings", default=None)


def end(outcome: Outcome, chart: ChartTable | None, lake: str) -> State[Any]:
    """Return the flow run's final state."""
    endings = _endings.get()
    if endings is not None:
        endings.append(Ending(outcome, chart, lake))
    return (Failed if outcome.failures else Completed)(message=outcome.message)


@contextmanager
def watched_endings() -> Iterator[list[Ending]]:
    """Collect the endings of the flows that run within, in this process."""
    endings: list[Ending] = []
    token = _endings.set(endings)
    try:
        yield endings
    finally:
        _endings.reset(token)
