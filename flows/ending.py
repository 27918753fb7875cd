"""How a flow ends: a state that says the result in one line, and what the command line shows of it."""

import functools
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec

import httpx
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import USUAL_THRESHOLDS
from tasks.settings import runs_a_deployment
from tasks.step import one_line_errors
from tasks.told import unavailable
from top50.errors import Top50Error
from top50.report.chart import ChartTable
from top50.report.outcome import Outcome

_Parameters = ParamSpec("_Parameters")


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
    if outcome.failures:
        return Failed(message=outcome.message)
    return Completed(name="NoNewChart" if outcome.has_no_chart else "Completed", message=outcome.message)


def ends_in_one_line(
    function: Callable[_Parameters, State[Any]],
) -> Callable[_Parameters, State[Any]]:
    """Let a known error end the run with its own line, which notifications show, not in Prefect's words."""

    @functools.wraps(function)
    def ending(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> State[Any]:
        gc.freeze()  # what is imported stays
        gc.set_threshold(*USUAL_THRESHOLDS)  # or a backlog's run needs 40 MiB more
        try:
            with one_line_errors(stay=runs_a_deployment()):
                return function(*args, **kwargs)
        except Top50Error as error:
            return Failed(message=str(error))
        except httpx.HTTPError as error:  # only Prefect is asked with httpx
            return Failed(message=str(unavailable(error)))

    return ending


@contextmanager
def watched_endings() -> Iterator[list[Ending]]:
    """Collect the endings of the flows that run within, in this process."""
    endings: list[Ending] = []
    token = _endings.set(endings)
    try:
        yield endings
    finally:
        _endings.reset(token)
