"""What every step of a flow has in common: what is retried, how it is logged, and how long it took."""

import functools
import logging
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar
from weakref import WeakSet

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import FailedRun
from prefect.settings import PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS
from prefect.tasks import MaterializingTask, exponential_backoff

from top50.errors import Top50Error

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

RETRIES = 3

_LOGGERS = ("prefect.task_runs", "prefect.flow_runs", "prefect.engine")

_seconds: ContextVar[dict[str, float] | None] = ContextVar("seconds_per_step", default=None)


class Watcher(Protocol):
    """Somebody who waits for a run and sees its steps pass."""

    def begin(self, name: str) -> None:
        """Hear that a step begins, or is tried again."""

    def end(self, name: str, figure: str, seconds: float, error: BaseException | None) -> None:
        """Hear how a step ended: its result in a few words, or its error."""


_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


def step(
    name: str, figure: Callable[[Any], str] = lambda _: ""
) -> Callable[[Callable[_Parameters, _Result]], MaterializingTask[_Parameters, _Result]]:
    """Make a task of a function: passing faults are tried three times more, permanent ones never.

    figure: says its result in a few words, for who watches. Declare the assets that it produces with
    `.with_options(**lineage.of_…)`.
    """

    def decorate(function: Callable[_Parameters, _Result]) -> MaterializingTask[_Parameters, _Result]:
        return MaterializingTask(
            _timed(name, function, figure),
            assets=(),
            name=name,
            retries=RETRIES,
            retry_delay_seconds=PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS.value() or exponential_backoff(2),
            retry_jitter_factor=0.5,
            retry_condition_fn=_may_pass,
            cache_policy=NO_CACHE,  # every step writes, or takes what cannot be hashed
            persist_result=False,  # whatever a team sets for its own flows: tables are in the lake
        )

    return decorate


def _may_pass(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, Top50Error) and error.passing


def _timed(
    name: str, function: Callable[_Parameters, _Result], figure: Callable[[Any], str]
) -> Callable[_Parameters, _Result]:
    @functools.wraps(function)
    def timed(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        with _timing(name) as result:
            result.figure = figure(done := function(*args, **kwargs))
            return done

    return timed


@dataclass
class _Timed:
    figure: str = ""


@contextmanager
def _timing(name: str) -> Iterator[_Timed]:
    """Add the seconds that pass within to those of a step, and let the watcher know."""
    result, error, watcher = _Timed(), None, _watcher.get()
    if watcher:
        watcher.begin(name)
    started = time.perf_counter()
    try:
        yield result
    except BaseException as raised:
        error = raised
        if isinstance(raised, CancelledError):
            raised.add_note(name)  # where the run's time was up: flows/ending.py
        raise
    finally:
        elapsed = time.perf_counter() - started
        seconds = _seconds.get()
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + elapsed
        if watcher:
            watcher.end(name, result.figure, elapsed, error)


@contextmanager
def watched_by(watcher: Watcher | None) -> Iterator[None]:
    """Let somebody see the steps of the flows that run within, in this process."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


@contextmanager
def timed_steps() -> Iterator[None]:
    """Collect the seconds of all steps within."""
    token = _seconds.set({})
    try:
        yield
    finally:
        _seconds.reset(token)


def seconds_per_step() -> dict[str, float]:
    """Return the seconds of the steps so far, by name."""
    return dict(_seconds.get() or {})


class _OneLine(logging.Filter):
    """An error with a known cause is one line, once: without the traceback, not by task and flow both."""

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
