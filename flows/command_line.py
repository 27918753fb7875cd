"""A flow from the command line: its parameters as options, its end as a few clear lines."""

import argparse
import inspect
import logging
import sys
from collections.abc import Iterator
from typing import Annotated, Any, NoReturn, cast, get_args, get_origin

import httpx
from prefect import Flow
from prefect.client.schemas.objects import State
from prefect.exceptions import FailedRun, ParameterTypeError
from prefect.settings import PREFECT_API_URL
from pydantic.fields import FieldInfo

from flows.ending import Ending, watched_endings
from flows.events import send_events_impatiently, without_heartbeats
from flows.preflight import Check, check_all, nothing_more
from flows.temporary_server import prefect_server
from flows.terminal import is_quiet, shown_steps
from tasks.prefect_settings import dashboard_address
from top50.command import run_command
from top50.errors import OrchestratorUnavailable, SettingsError
from top50.report.links import page_key
from top50.report.page.pages import ChartRow
from top50.security import without_password
from top50.text import clipped, one_line

_TOP = 10
_LONGEST_NAME = 200

_START_PREFECT = "Start it (make server), correct PREFECT_API_URL, or unset it to need no server."

_PREFECT_IS_BUSY = (
    "Run it again: its database is locked, mostly. A server for several runs at a time wants PostgreSQL."
)
_PREFECT_IS_SHUT = (
    "Set PREFECT_API_AUTH_STRING to the server's PREFECT_SERVER_API_AUTH_STRING (docs/security.md)."
)
_UNAUTHORIZED, _UNAVAILABLE = 401, 503


def run(flow: Flow[..., Any], check: Check = nothing_more, *, shows_itself: bool = False) -> NoReturn:
    """Run a flow with the options of the command line, and end; the exit code is 1 when it fails.

    check: what must be right before Prefect is started. shows_itself: it writes its own lines meanwhile.
    """
    run_command(lambda: _run(flow, check, shows_itself=shows_itself))


def _run(flow: Flow[..., Any], check: Check, *, shows_itself: bool) -> None:
    # Nothing of prefect/logging/handlers.py's `_handle_batch` on stderr: a server that takes no logs.
    logging.raiseExceptions = False
    options = {name: value for name, value in vars(_parser(flow).parse_args()).items() if value is not None}
    quiet = is_quiet(verbose=options.pop("verbose"))
    check_all(options, check)
    send_events_impatiently()
    try:
        with shown_steps(quiet=quiet, warnings=not shows_itself) as terminal, watched_endings() as endings:
            if terminal:
                terminal.say(_beginning())
            with prefect_server(), without_heartbeats():
                state = cast("State[Any]", flow(**options, return_state=True))
    except (RuntimeError, httpx.HTTPError) as error:
        if isinstance(error, RuntimeError) and "Failed to reach API" not in str(error):
            raise
        raise OrchestratorUnavailable(
            without_password(f"the Prefect server does not answer: {error}"), _remedy(error)
        ) from None
    finally:
        logging.disable()  # Prefect's word on its temporary server would be the last line
    if not state.is_completed():
        _fail(state)
    for ending in endings:
        sys.stdout.write("\n".join(_lines(ending, state.message or "")) + "\n")


def _beginning() -> str:
    address = PREFECT_API_URL.value()
    if not address:
        return "Starting Prefect's temporary server (about 10 s)…"
    return f"Connecting to {without_password(address)}…"


def _fail(state: State[Any]) -> NoReturn:
    cause = state.result(raise_on_failure=False)
    if isinstance(cause, ParameterTypeError):
        raise SettingsError(one_line(str(cause)), "Correct that option.")
    if isinstance(cause, Exception) and not isinstance(cause, FailedRun):
        raise cause
    sys.exit(f"✗ {one_line(state.message or 'failed')}")


def _remedy(error: Exception) -> str:
    status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else 0
    return {_UNAUTHORIZED: _PREFECT_IS_SHUT, _UNAVAILABLE: _PREFECT_IS_BUSY}.get(status, _START_PREFECT)


def _parser(flow: Flow[..., Any]) -> argparse.ArgumentParser:
    module = sys.modules["__main__"]
    parser = argparse.ArgumentParser(
        prog=f"python -m flows.{flow.fn.__name__}",
        description=module.__doc__,
        epilog="Everything else comes from the environment or .env; see the README.",
    )
    for name, parameter in inspect.signature(flow.fn).parameters.items():
        _add_option(parser, name, parameter.annotation)
    parser.add_argument(
        "--verbose", action="store_true", help="Show the whole log, as it is without a terminal"
    )
    return parser


def _add_option(parser: argparse.ArgumentParser, name: str, annotation: Any) -> None:
    kind, described = _unpack(annotation)
    if get_origin(kind) is list:
        parser.add_argument(name, nargs="+", metavar=name.removesuffix("s").upper(), help=described)
        return
    if kind is bool:
        parser.add_argument(_flag(name), action="store_true", help=described)
        return
    if list[str] in get_args(kind):
        parser.add_argument(_flag(name), nargs="+", metavar="KEY", help=described)
        return
    choices = [choice for part in get_args(kind) for choice in get_args(part)] or None
    convert = int if int in get_args(kind) else str
    parser.add_argument(_flag(name), type=convert, choices=choices, help=described)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _unpack(annotation: Any) -> tuple[Any, str]:
    if get_origin(annotation) is not Annotated:
        return annotation, ""
    kind, field = get_args(annotation)
    return kind, field.description if isinstance(field, FieldInfo) and field.description else ""


def _lines(ending: Ending, message: str) -> Iterator[str]:
    outcome = ending.outcome
    yield f"\n{'⚠' if outcome.refused or outcome.missing else '✓'} {one_line(message)}\n"
    if not outcome.catalog:  # it only looked: there is nothing new to open
        return
    if ending.chart and not outcome.has_no_chart:
        yield f"{ending.chart.chart}, {ending.chart.chart_date}"
        for row in ending.chart.rows[:_TOP]:
            yield _chart_line(row)
        yield ""
    yield f"Tables:    {ending.lake}/transformed_data/"
    yield f"Catalog:   {outcome.catalog}"
    if ending.chart:
        yield f"Page:      {ending.lake}/{page_key(ending.chart.chart)}"
    yield f"Dashboard: {dashboard_address() or 'make server, then http://127.0.0.1:4200'}"


def _chart_line(row: ChartRow) -> str:
    song, artists = (clipped(one_line(name), _LONGEST_NAME) for name in (row.song, row.artists))
    return f"{row.rank:>4}  {row.movement:<5} {song} – {artists}"
