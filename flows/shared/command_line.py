"""A flow from the command line: its parameters as options, its end as a few clear lines."""

import inspect
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, cast

import httpx
from prefect import Flow
from prefect.client.schemas.objects import State
from prefect.events.clients import PrefectEventsClient
from prefect.events.worker import EventsWorker, emit_events_to_cloud
from prefect.exceptions import FailedRun
from prefect.settings import PREFECT_API_URL

from flows.shared.preflight import Check, check_all
from flows.shared.temporary_server import prefect_server
from flows.shared.terminal import is_quiet, steps_on_terminal
from tasks.outage import is_outage
from tasks.prefect_settings import dashboard_address
from tasks.run import Run
from top50.command import run_command
from top50.errors import OrchestratorUnavailable
from top50.options import command
from top50.report.links import page_key
from top50.security import without_password
from top50.text import clipped, one_line

_TOP = 10
_LONGEST_NAME = 200

_START_PREFECT = "Start it (make server), correct PREFECT_API_URL, or unset it to need no server."
_REMEDIES = {
    401: "Set PREFECT_API_AUTH_STRING to the server's PREFECT_SERVER_API_AUTH_STRING (docs/security.md).",
    503: "Run it again: its database is locked, mostly. A server that several runs use needs PostgreSQL.",
}

# Times to reconnect; from the fourth on Prefect's client waits a second before each, ten by default.
_RECONNECTIONS = 3


def run_flow(flow: Flow[..., Any], check: Check | None = None, *, prints_itself: bool = False) -> NoReturn:
    """Run a flow with the options of the command line, and end the process.

    check: what must be right before Prefect is started. prints_itself: whether the flow prints its own lines.
    The exit code is 0, 1 when the run fails, 2 for a wrong option, 130 after Ctrl-C.
    """

    def run(options: dict[str, Any]) -> None:
        quiet = is_quiet(verbose=options.pop("verbose", False))
        check_all(options, check)
        state = _final_state(flow, options, quiet=quiet, warnings=not prints_itself)
        if state.is_completed():
            result = state.result()
            if isinstance(result, Run):
                sys.stdout.write("\n".join(_result_lines(result, state.message or "")) + "\n")
            return
        cause = state.result(raise_on_failure=False)
        if isinstance(cause, Exception) and not isinstance(cause, FailedRun):
            raise cause
        sys.exit(f"✗ {one_line(state.message or 'failed')}")

    run_command(flow_command(flow, run))


def flow_command(flow: Flow[..., Any], run: Callable[[dict[str, Any]], None]) -> Callable[[], int | None]:
    """Return the command of a flow: it calls `run` with the options that are given, by name.

    The options are the flow's parameters, and `verbose`. Only what has no default needs no name.
    """
    parameters = [
        parameter if parameter.default is parameter.empty else parameter.replace(kind=parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(flow.fn).parameters.values()
    ]
    verbose = inspect.Parameter("verbose", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=bool)
    signature = inspect.Signature([*parameters, verbose])

    def call(*args: Any, **kwargs: Any) -> None:
        run(signature.bind(*args, **kwargs).arguments)

    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__doc__ = f"{flow.fn.__doc__}\n    verbose: Show the whole log, as it is without a terminal"
    epilogue = "Everything else comes from the environment or .env; see the README."
    return command(f"flows.{flow.fn.__name__}", epilogue)(call)


def _final_state(flow: Flow[..., Any], options: dict[str, Any], *, quiet: bool, warnings: bool) -> State[Any]:
    """Run the flow; return its final state. Raises OrchestratorUnavailable when Prefect does not answer."""
    # Or Prefect would write to stderr, behind our last line, of each log that a server did not take. That is
    # what the switch is for: https://docs.python.org/3/library/logging.html#logging.Handler.handleError
    logging.raiseExceptions = False
    send_events_impatiently()
    try:
        with steps_on_terminal(quiet=quiet, warnings=warnings) as terminal:
            if terminal:
                address = PREFECT_API_URL.value()
                starting = "Starting Prefect's temporary server (about 10 s)…"
                terminal.write(f"Connecting to {without_password(address)}…" if address else starting)
            with prefect_server():
                return cast("State[Any]", flow(**options, return_state=True))
    except (RuntimeError, httpx.HTTPError) as error:
        if not is_outage(error):
            raise
        raise OrchestratorUnavailable(
            without_password(f"the Prefect server does not answer: {error}"), remedy_for(error)
        ) from None
    finally:
        logging.disable()  # what Prefect logs of its temporary server's end would be the last line


def send_events_impatiently() -> None:
    """Let this process try each event at once, where a Prefect server was started that may go away.

    Else a run waits seven seconds with each event that it cannot send, minutes after its last line, and no
    setting shortens that: https://github.com/PrefectHQ/prefect/issues/19902. What a server did not take is
    kept, and sent when one answers again. Not a client of our own: Prefect sends nothing through one that it
    does not know.
    """
    if PREFECT_API_URL.value() and not emit_events_to_cloud():
        EventsWorker.set_client_override(PrefectEventsClient, reconnection_attempts=_RECONNECTIONS)


def remedy_for(error: Exception) -> str:
    """Return what to do when the Prefect server gave no usable answer."""
    cause = error.__cause__ or error
    status = cause.response.status_code if isinstance(cause, httpx.HTTPStatusError) else 0
    return _REMEDIES.get(status, _START_PREFECT)


def _result_lines(run: Run, message: str) -> Iterator[str]:
    outcome, chart = run.outcome, run.newest
    yield f"\n{'⚠' if outcome.refused or outcome.missing else '✓'} {one_line(message)}\n"
    if not outcome.catalog:  # it only looked: there is nothing new to open
        return
    if chart and not outcome.has_no_chart:
        yield f"{chart.chart}, {chart.chart_date}{', invented by the simulator' if chart.simulated else ''}"
        for row in chart.rows[:_TOP]:
            song, artists = (clipped(one_line(name), _LONGEST_NAME) for name in (row.song, row.artists))
            yield f"{row.rank:>4}  {row.movement:<5} {song} – {artists}"
        yield ""
    yield f"Tables:    {run.lake.address}/transformed_data/"
    yield f"Catalog:   {outcome.catalog}"
    if chart:
        yield f"Page:      {run.lake.address}/{page_key(chart.chart)}"
    yield f"Dashboard: {dashboard_address() or 'make server, then http://127.0.0.1:4200'}"
