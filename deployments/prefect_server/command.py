"""A command that works on the Prefect server: every error is one line and an exit code."""

import sys
from collections.abc import Callable

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client

from deployments.prefect_server.reach import require_address, require_answer
from deployments.prefect_server.refusals import reason
from tasks.settings import check_server_address
from top50.errors import OrchestratorRefused, OrchestratorUnavailable, Top50Error
from top50.settings import Settings, load_settings

_INTERRUPTED = 130


def work_on_server(job: Callable[[SyncPrefectClient, Settings, str], None], command: str) -> None:
    """Do a job with a client, the settings and a line about the server.

    An error ends the process with exit code 1, Ctrl-C with 130. command: what can be run again.
    """
    try:
        settings = load_settings()
        require_address()
        check_server_address(settings)
        with get_client(sync_client=True) as client:
            answer = require_answer(client)
            _explained(lambda: job(client, settings, answer), command)
    except Top50Error as error:
        sys.exit(f"✗ {error}")
    except KeyboardInterrupt:
        sys.stderr.write(f"\n✗ Stopped half-way; {command} goes on from there.\n")
        sys.exit(_INTERRUPTED)


def _explained(job: Callable[[], None], command: str) -> None:
    try:
        job()
    except httpx.HTTPStatusError as error:
        request = f"{error.request.method} {error.request.url.path}"
        if error.response.is_server_error:
            raise OrchestratorUnavailable(
                f"the Prefect server failed on {request} ({error.response.status_code})",
                f"Look at the server; {command} goes on from here.",
            ) from None
        raise OrchestratorRefused(
            f"the Prefect server refused {request}: {reason(error)}",
            f"See whether your key may do that; {command} goes on from here.",
        ) from None
    except httpx.TransportError as error:
        raise OrchestratorUnavailable(
            f"the Prefect server stopped answering ({type(error).__name__})",
            f"Look at the server; {command} goes on from here.",
        ) from None
