"""How a flow ends: a state that says the result in one line, and what the command line shows of it."""

import functools
import gc
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec

import httpx
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed

from flows import USUAL_THRESHOLDS
from tasks.report import name_run
from tasks.settings import runs_a_deployment
from tasks.step import one_line_errors
from tasks.told import unavailable
from top50.errors import Top50Error
from top50.report.outcome import Outcome
from top50.report.page.pages import ChartTable

_Parameters = ParamSpec("_Parameters")

HOUR = 3600.0

# Seconds after which a run ends that hangs; longer than the automation "a run takes too long" waits.
USUAL, LONG = 3 * HOUR, 48 * HOUR

_RUN_AGAIN = "Run it again; nothing is lost."

_SLACK = 1.0
"""Seconds by which Prefect's clock starts before ours, at most."""


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
    """Let a known error, or the run's time limit, end it with a line of our own, which notifications show."""

    @functools.wraps(function)
    def ending(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> State[Any]:
        gc.freeze()  # what is imported stays
        gc.set_threshold(*USUAL_THRESHOLDS)  # or a backlog's run needs 40 MiB more
        started = time.monotonic()
        try:
            name_run(function.__name__.replace("_", "-"))
            with one_line_errors(stay=runs_a_deployment()):
                return function(*args, **kwargs)
        except CancelledError as stopped:  # so Prefect interrupts whatever is going on
            limit = _time_limit()
            if limit and time.monotonic() - started > limit - _SLACK:
                return Failed(name="TimedOut", message=_out_of_time(limit, stopped))
            # A lost lease, say. Prefect would call it a time limit, too.
            return Failed(message=f"Prefect interrupted the run, {_where(stopped)}. {_RUN_AGAIN}")
        except Top50Error as error:
            return Failed(message=str(error))
        except httpx.HTTPError as error:  # only Prefect is asked with httpx
            return Failed(message=str(unavailable(error)))

    return ending


def _time_limit() -> float | None:
    context = FlowRunContext.get()
    return context.flow.timeout_seconds if context and context.flow else None


def _out_of_time(limit: float, stopped: CancelledError) -> str:
    time_limit = f"{limit / HOUR:g} h" if limit >= HOUR else f"{limit:g} s"
    return f"no end after {time_limit}, {_where(stopped)}. Look there for what did not answer. {_RUN_AGAIN}"


def _where(stopped: CancelledError) -> str:
    [*steps] = getattr(stopped, "__notes__", [])  # of tasks/step.py
    return f"in step {steps[0]}" if steps else "between two steps"


@contextmanager
def watched_endings() -> Iterator[list[Ending]]:
    """Collect the endings of the flows that run within, in this process."""
    endings: list[Ending] = []
    token = _endings.set(endings)
    try:
        yield endings
    finally:
        _endings.reset(token)
