"""A flow from the command line: its parameters as options, its end as a few clear lines."""

import argparse
import inspect
import logging
import sys
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Annotated, Any, NoReturn, cast, get_args, get_origin

import httpx
from prefect import Flow
from prefect.client.schemas.objects import State
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, PREFECT_UI_URL
from pydantic.fields import FieldInfo

from flows.ending import Ending, watched_endings
from flows.events import send_events_impatiently, without_heartbeats
from tasks.settings import check_server_address
from top50.access import warn_if_open, without_password
from top50.errors import SettingsError, Top50Error, clipped, one_line
from top50.output import print_any_text
from top50.report.chart import ChartRow
from top50.report.place import page_key
from top50.settings import Settings, load_settings

_TOP = 10
_LONGEST_NAME = 200

_FAREWELLS = ("prefect._internal.concurrency", "prefect.events.clients")

_START_PREFECT = "Start it (make server), correct PREFECT_API_URL, or unset it to need no server."

_PREFECT_IS_BUSY = (
    "Run it again: its database is locked, mostly. A server for several runs at a time wants PostgreSQL."
)
_PREFECT_IS_SHUT = (
    "Set PREFECT_API_AUTH_STRING to the server's PREFECT_SERVER_API_AUTH_STRING (docs/security.md)."
)
_UNAUTHORIZED, _UNAVAILABLE = 401, 503


def run(flow: Flow[..., Any]) -> None:
    """Run a flow with the options of the command line; the exit code is 1 when it fails."""
    for worker in ("EventsWorker", "APILogWorker"):
        logging.getLogger(worker).setLevel(logging.ERROR)  # a farewell of theirs would be the last line
    print_any_text()
    logging.raiseExceptions = False  # as would be what Prefect says of logs that a server did not take
    send_events_impatiently()
    options = {name: value for name, value in vars(_parser(flow).parse_args()).items() if value is not None}
    try:
        # before an orchestrator is started for nothing
        check_server_address(
            load_settings(**{name: value for name, value in options.items() if name in Settings.model_fields})
        )
        _check_home()
        with watched_endings() as endings, without_heartbeats():
            state = cast("State[Any]", flow(**options, return_state=True))
    except Top50Error as error:
        _fail(str(error))
    except (RuntimeError, httpx.HTTPError) as error:
        if isinstance(error, RuntimeError) and "Failed to reach API" not in str(error):
            raise
        what = without_password(f"the Prefect server does not answer: {error}")
        _fail(f"{what}. {_remedy(error)}")
    if not state.is_completed():
        cause = state.result(raise_on_failure=False)
        _fail(str(cause) if isinstance(cause, Top50Error) else state.message or "failed")
    for ending in endings:
        sys.stdout.write("\n".join(_lines(ending, state.message or "")) + "\n")


def _check_home() -> None:
    """Raise SettingsError at once where Prefect's temporary server could not make its database.

    A new home is its owner's alone, because the database holds the key of the encrypted blocks.
    """
    home = PREFECT_HOME.value()
    if PREFECT_API_URL.value():
        if any(home.glob("prefect.db")):
            warn_if_open(home)
        return
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=home):
            pass
    except OSError:
        raise SettingsError(
            f"Prefect cannot write to {home}", "Set PREFECT_HOME to a folder that this user can write."
        ) from None
    warn_if_open(home)


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


def _fail(text: str) -> NoReturn:
    """End with a last line that stays the last: Prefect still says of each event that no server took it."""
    for logger in _FAREWELLS:
        logging.getLogger(logger).disabled = True  # the first one does not look at its level
    sys.exit(f"\n✗ {one_line(text)}")


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
    yield f"Dashboard: {_dashboard()}"


def _chart_line(row: ChartRow) -> str:
    song, artists = (clipped(one_line(name), _LONGEST_NAME) for name in (row.song, row.artists))
    return f"{row.rank:>4}  {row.movement:<5} {song} – {artists}"


def _dashboard() -> str:
    address = PREFECT_UI_URL.value()
    return without_password(address or "make server, then http://127.0.0.1:4200")
