"""A step of a flow: a Prefect task with our retries, its lineage, its time, and errors of one line."""

import functools
import logging
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, Protocol, TypeVar, cast
from weakref import WeakSet

from prefect import Task
from prefect.assets import materialize
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import FailedRun
from prefect.settings import PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS
from prefect.tasks import TaskOptions, exponential_backoff
from prefect.utilities.annotations import quote

from tasks.lineage import Lineage
from tasks.run import Run
from top50.errors import Top50Error

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

RETRIES = 3

_LOGGERS = ("prefect.task_runs", "prefect.flow_runs", "prefect.engine")


class Display(Protocol):
    """What shows the steps of a run to somebody who waits for it."""

    def begin(self, name: str) -> None:
        """Show that a step begins, or is tried again."""

    def end(self, name: str, figure: str, seconds: float, error: BaseException | None) -> None:
        """Show how a step ended: its result in a few words, or its error."""


_display: ContextVar[Display | None] = ContextVar("display", default=None)


@contextmanager
def displayed_on(display: Display) -> Iterator[None]:
    """Show there the steps of the flows that run within, in this process."""
    token = _display.set(display)
    try:
        yield
    finally:
        _display.reset(token)


def step(
    name: str, figure: Callable[[Any], str] = lambda _: "", lineage: Callable[[Run], Lineage] | None = None
) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """Make a task of a function: passing errors are tried three times more, permanent ones never.

    figure: puts the result in a few words, for the terminal. lineage: the assets that the step reads and
    makes, of a step whose first parameter is the run; see tasks/lineage.py.
    """
    options = TaskOptions(
        name=name,
        retries=RETRIES,
        retry_delay_seconds=PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS.value() or exponential_backoff(2),
        retry_jitter_factor=0.5,
        retry_condition_fn=_may_pass,
        cache_policy=NO_CACHE,  # every step writes, or takes what cannot be hashed
        persist_result=False,  # whatever a team sets for its own flows: tables are in the lake
    )

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        timed = _timed(name, function, figure)
        plain: Task[..., _Result] = Task(timed, **options)

        @functools.wraps(function)
        def run_step(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
            task = plain
            if lineage:
                assets = lineage(cast("Run", args[0]))
                task = materialize(*assets.makes, **options | TaskOptions(asset_deps=assets.reads))(timed)
            # Quoted, or Prefect would look for futures in every object that is passed on.
            return task(*map(quote, args), **{key: quote(value) for key, value in kwargs.items()})

        return run_step

    return decorate


def _may_pass(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, Top50Error) and error.passing


def _timed(
    name: str, function: Callable[_Parameters, _Result], figure: Callable[[Any], str]
) -> Callable[_Parameters, _Result]:
    """Return the function so that the run knows how long it took, and the display shows it."""

    @functools.wraps(function)
    def timed(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        display, words, error = _display.get(), "", None
        if display:
            display.begin(name)
        started = time.perf_counter()
        try:
            result = function(*args, **kwargs)
            words = figure(result)
            return result
        except BaseException as raised:
            error = raised
            if isinstance(raised, CancelledError):
                raised.add_note(name)  # flows/shared/run.py names the step at which the run was stopped
            raise
        finally:
            elapsed = time.perf_counter() - started
            if args and isinstance(run := args[0], Run):
                run.seconds[name] = run.seconds.get(name, 0.0) + elapsed
            if display:
                display.end(name, words, elapsed, error)

    return timed


class _OneLine(logging.Filter):
    """Logs a known error as one line, once: without the traceback, and not by task and flow both."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: WeakSet[Top50Error] = WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, FailedRun):  # a state that a flow returned; its message is in the log already
            return False
        if not isinstance(error, Top50Error):
            return True
        logged = error in self._logged
        self._logged.add(error)
        record.exc_info, record.msg, record.args = None, str(error), ()
        return not logged


_one_line = _OneLine()


@contextmanager
def one_line_errors(*, stay: bool = False) -> Iterator[None]:
    """Log the known errors of a flow's tasks without tracebacks.

    stay: in the process that a worker starts for one run, also afterwards: there `run_flow` of
    prefect/flow_engine.py and `handle_engine_signals` of prefect/engine.py log each failed state that a flow
    returned once more, as an "unexpected exception" with a traceback.
    """
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    for logger in loggers:
        logger.addFilter(_one_line)
    try:
        yield
    finally:
        for logger in loggers if not stay else ():
            logger.removeFilter(_one_line)
