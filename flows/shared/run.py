"""A run of a flow, from its lake to its final state: what every flow does around its stages."""

import functools
import gc
import time
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ParamSpec

import coolname.data
import httpx
from prefect import Flow, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed, Scheduled

from flows.shared.options import describe_options
from tasks.aws import lake_of
from tasks.outage import best_effort, unavailable
from tasks.report import summarize
from tasks.run import Run
from tasks.settings import runs_a_deployment
from tasks.step import one_line_errors
from top50.errors import QuotaExceeded, Top50Error
from top50.settings import Settings

_Parameters = ParamSpec("_Parameters")

HOUR = 3600.0

# The tag of a run that was scheduled by another; it schedules none itself.
AFTER_QUOTA = "after-quota"

_RUN_AGAIN = "Run it again; nothing is lost."

# Seconds by which Prefect's clock starts before ours, at most.
_SLACK = 1.0


def top50_flow(
    name: str, *, hours: float = 3
) -> Callable[[Callable[_Parameters, State[Any]]], Flow[_Parameters, State[Any]]]:
    """Make a Prefect flow of a function that returns its final state.

    Its options are explained on the dashboard and by --help. A known error, or the time limit, ends it as
    Failed with a message of one line, which notifications show.
    hours: after which a run that hangs ends; longer than the automation "a run takes too long" waits.
    """

    def decorate(function: Callable[_Parameters, State[Any]]) -> Flow[_Parameters, State[Any]]:
        describe_options(function)

        # Retries are the steps' business, whatever a team sets for its own flows.
        @flow(name=name, timeout_seconds=hours * HOUR, retries=0, persist_result=False)
        @functools.wraps(function)
        def run_flow(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> State[Any]:
            started = time.monotonic()
            gc.freeze()  # or each search for garbage goes through half a million objects of what is imported
            try:
                name_run(function.__name__.replace("_", "-"))
                with one_line_errors(stay=runs_a_deployment()):
                    return function(*args, **kwargs)
            except CancelledError as stopped:  # so Prefect interrupts whatever is going on
                return _interrupted(stopped, time.monotonic() - started)
            except Top50Error as error:
                return Failed(message=str(error))
            except httpx.HTTPError as error:  # only Prefect is asked with httpx
                return Failed(message=str(unavailable(error)))

        return run_flow

    return decorate


def _interrupted(stopped: CancelledError, seconds: float) -> State[Any]:
    """Return the final state of a run that Prefect interrupted after so many seconds."""
    [*steps] = getattr(stopped, "__notes__", [])  # of tasks/step.py
    where = f"in step {steps[0]}" if steps else "between two steps"
    context = FlowRunContext.get()
    limit = context.flow.timeout_seconds if context and context.flow else None
    if not limit or seconds <= limit - _SLACK:
        # A lost lease, say. Prefect would call it a time limit, too.
        return Failed(message=f"Prefect interrupted the run, {where}. {_RUN_AGAIN}")
    time_limit = f"{limit / HOUR:g} h" if limit >= HOUR else f"{limit:g} s"
    message = f"no end after {time_limit}, {where}. Look there for what did not answer. {_RUN_AGAIN}"
    return Failed(name="TimedOut", message=message)


@contextmanager
def open_run(settings: Settings, *, create: bool = False) -> Iterator[Run]:
    """Open the lake, and yield the run. With `create`, a directory that is not there yet is made.

    A Top50Error that ends the run leaves a summary of what was done until then; after a spent quota the
    run is scheduled again. Raises what the block raises, LakeError, SettingsError.
    """
    run = Run(settings, lake_of(settings, create=create))
    try:
        yield run
    except Top50Error as error:
        if isinstance(error, QuotaExceeded):
            reschedule(error.until)
        with best_effort("the summary"):  # what the run ends with is its own error
            summarize(run, error)
        raise


def end(run: Run) -> State[Any]:
    """Return the flow's final state; one that is completed has the run as its data, for the command line."""
    outcome = run.outcome
    if outcome.failures or outcome.unfetched:
        return Failed(message=outcome.message)
    name = "NoNewChart" if outcome.has_no_chart else "Completed"
    return Completed(name=name, message=outcome.message, data=run)


def name_run(name: str) -> None:
    """Name this flow run after what it does, beside a name that a user gave it."""
    context = FlowRunContext.get()
    if not context or not context.flow_run:
        return
    given = context.flow_run.name
    # Prefect does not record who chose a name. What it invents itself is two words of coolname's
    # (prefect/utilities/names.py), of which hardly anybody makes one; any other name stays.
    lists: Iterable[Any] = coolname.data.config.values()
    invented = {word for words in lists for word in words.get("words", ())}
    if given.startswith(name):  # of a run that was rescheduled
        name = given
    elif not invented.issuperset(given.split("-")):
        name = f"{given} ({name})"
    with best_effort("the run's name"), get_client(sync_client=True) as client:
        client.update_flow_run(context.flow_run.id, name=name)


def reschedule_after_quota(run: Run) -> None:
    """Schedule the run again for the charts that a spent quota left out."""
    spent = [error.until for error in run.outcome.unfetched.values() if isinstance(error, QuotaExceeded)]
    if spent:
        reschedule(max(spent))


def reschedule(until: datetime) -> None:
    """Schedule the deployment of this run once more for `until`, with the same parameters.

    Nothing happens in a run without a deployment, and in one that was scheduled so itself.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    if run is None or run.deployment_id is None or AFTER_QUOTA in run.tags:
        return
    with best_effort("the next run's schedule"), get_client(sync_client=True) as client:
        planned = client.create_flow_run_from_deployment(
            run.deployment_id,
            parameters=run.parameters,
            state=Scheduled(scheduled_time=until, message="Spotify may be asked again"),
            name=f"{client.read_flow_run(run.id).name}-again",  # the name that it has been given by now
            tags=[AFTER_QUOTA],
            idempotency_key=f"{run.id}-{AFTER_QUOTA}",
        )
        get_run_logger().warning("Scheduled again for %s UTC as %s", f"{until:%Y-%m-%d %H:%M}", planned.name)
