"""The server that Prefect starts for a run where no other is configured."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from contextvars import copy_context
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import TYPE_CHECKING

import httpx
from prefect.settings import (
    PREFECT_API_DATABASE_CONNECTION_URL,
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    PREFECT_SERVER_EPHEMERAL_ENABLED,
    PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS,
    get_current_settings,
    temporary_settings,
)

from top50.command import clean_up_if_interrupted
from top50.errors import OrchestratorUnavailable, SettingsError
from top50.printed_commands import command_of
from top50.security import warn_if_open

if TYPE_CHECKING:
    from prefect.server.api.server import SubprocessASGIServer

# How long it may take to start, unless a user sets Prefect's own setting, whose 20 s are too few for a first
# start on a busy machine, which creates the database. https://github.com/PrefectHQ/prefect/issues/16397
_SECONDS = 120

# Seconds for which another process may hold the database; a write takes milliseconds.
_LOCKED = 5.0

_ANOTHER = f"start one that stays ({command_of('prefect', 'server', 'start')}) and name it in PREFECT_API_URL"

# Prefect starts it again, without end, as long as it exits with 3: its port is taken, or it cannot start.
_MOST_STARTS = 3


def check_temporary_server() -> None:
    """Raise SettingsError where Prefect's temporary server would be started and could not be of use."""
    if PREFECT_API_URL.value():
        if any(PREFECT_HOME.value().glob("prefect.db")):
            warn_if_open(PREFECT_HOME.value())
        return
    if not PREFECT_SERVER_EPHEMERAL_ENABLED.value():
        raise SettingsError(
            "no Prefect server is configured, and Prefect may not start a temporary one",
            "Set PREFECT_API_URL, or PREFECT_SERVER_EPHEMERAL_ENABLED=true.",
        )
    home = PREFECT_HOME.value()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)  # its database holds the key of encrypted blocks
        with TemporaryFile(dir=home):
            pass
    except OSError:
        raise SettingsError(
            f"Prefect cannot write to {home}", "Set PREFECT_HOME to a folder that this user can write."
        ) from None
    warn_if_open(home)
    _check_database(PREFECT_API_DATABASE_CONNECTION_URL.value() or "")


def _check_database(url: str) -> None:
    """Refuse a SQLite file that is locked or damaged: with it Prefect's server starts again and again."""
    kind, _, name = url.partition(":///")
    file = Path(name)
    if not kind.startswith("sqlite") or not file.is_file():
        return
    try:
        with closing(sqlite3.connect(file, timeout=_LOCKED, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.Error as error:
        remedy = "Give this user the right to write there, or set PREFECT_HOME to another folder."
        if error.sqlite_errorname.startswith("SQLITE_BUSY"):
            remedy = "End the other Prefect process that holds it, or set PREFECT_HOME to another folder."
        elif error.sqlite_errorname.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            contents = "only what the dashboard shows of past runs"
            remedy = f"It holds {contents}: move {file.name} away, and run it again."
        raise SettingsError(f"Prefect cannot use its database {file}: {error}", remedy) from None


@contextmanager
def prefect_server() -> Iterator[None]:
    """Have a Prefect server for the runs within: the one that is configured, or a temporary one.

    Prefect itself would start the same one, and find it started here. Raises OrchestratorUnavailable when
    it does not start.
    """
    if PREFECT_API_URL.value():
        yield
        return
    from prefect.server.api.server import SubprocessASGIServer  # noqa: PLC0415 - a second, for nothing with a server

    server = SubprocessASGIServer()  # that of prefect.client.orchestration.get_client
    clean_up_if_interrupted(server.stop)
    _start(server)
    # Nobody looks for heartbeats here, and a run would wait up to a second for their thread at its end:
    # https://github.com/PrefectHQ/prefect/pull/19641. On a server that stays they show that a run is killed.
    is_set = "heartbeat_frequency" in get_current_settings().flows.model_fields_set
    with nullcontext() if is_set else temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield  # Prefect stops the server at the end of the process: until then logs and events go there


def _start(server: "SubprocessASGIServer") -> None:
    """Start it in a thread: Prefect itself would wait for ever for a server that fails again and again."""
    is_set = "startup_timeout_seconds" in get_current_settings().server.ephemeral.model_fields_set
    seconds = PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS.value() if is_set else _SECONDS
    errors, starts = list[Exception](), set[int]()

    def start() -> None:
        try:
            server.start(seconds)
        except (RuntimeError, OSError, httpx.HTTPError, AttributeError) as error:  # the last: it was stopped
            errors.append(error)

    thread = Thread(target=copy_context().run, args=(start,), daemon=True)
    thread.start()
    deadline = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < deadline and len(starts) <= _MOST_STARTS:
        thread.join(0.05)
        process = server.server_process
        starts |= {process.pid} if process else set()
    if len(starts) > _MOST_STARTS:
        raise OrchestratorUnavailable(
            f"Prefect's temporary server ended {len(starts) - 1} times while it started",
            f"What it wrote says why. Set PREFECT_HOME to another folder, or {_ANOTHER}.",
        )
    if thread.is_alive() or errors:
        raise OrchestratorUnavailable(
            f"Prefect's temporary server did not start within {seconds} s",
            f"Run it again when this machine is less busy, or {_ANOTHER}.",
        )
