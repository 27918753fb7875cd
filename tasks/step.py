"""What every step of a flow has in common: what is retried, how it is logged, and how long it took."""

import functools
import logging
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.settings import PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS
from prefect.tasks import MaterializingTask, exponential_backoff

from top50.errors import Top50Error

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

RETRIES = 3

_seconds: ContextVar[dict[str, float] | None] = ContextVar("seconds_per_step", default=None)


def step(name: str) -> Callable[[Callable[_Parameters, _Result]], MaterializingTask[_Parameters, _Result]]:
    """Make a task of a function: passing faults are tried three times more, permanent ones never.

    What it makes of what is said with `.with_options` and an entry of `tasks.lineage`.
    """

    def decorate(function: Callable[_Parameters, _Result]) -> MaterializingTask[_Parameters, _Result]:
        return MaterializingTask(
            _timed(name, function),
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


def _timed(name: str, function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    @functools.wraps(function)
    def timed(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        with _timing(name):
            return function(*args, **kwargs)

    return timed


@contextmanager
def _timing(name: str) -> Iterator[None]:
    """Add the seconds that pass within to those of a step."""
    started = time.perf_counter()
    try:
        yield
    except CancelledError as stopped:
        stopped.add_note(name)  # where the run's time was up: flows/ending.py
        raise
    finally:
        seconds = _seconds.get()
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started


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
        self._told: WeakSet[Top50Error] = WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, Top50Error):
            return True
        told = error in self._told
        self._told.add(error)
        record.exc_info, record.msg, record.args = None, str(error), ()
        return not told


_one_line = _OneLine()
for _name in ("prefect.task_runs", "prefect.flow_runs"):
    logging.getLogger(_name).addFilter(_one_line)
