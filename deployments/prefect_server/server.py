"""The configured Prefect server: a connection to it, and one clear line for each way in which it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL

from deployments.prefect_server.refusals import reason
from tasks.prefect_settings import dashboard_address
from tasks.settings import check_server_address
from top50.errors import OrchestratorRefused, OrchestratorUnavailable, SettingsError, SourceUnavailable
from top50.security import without_password
from top50.settings import Settings

_START = (
    "Start one (make server) and export PREFECT_API_URL=http://127.0.0.1:4200/api, "
    "or sign in to Prefect Cloud (prefect cloud login); then run this again."
)


def address() -> str:
    """Return the API's address without a password.

    Raises SettingsError when none is configured: Prefect would start a temporary server, which takes
    everything that is deployed along when it ends.
    """
    configured = PREFECT_API_URL.value()
    if not configured:
        raise SettingsError("no Prefect server is configured: PREFECT_API_URL is empty", _START)
    return without_password(configured)


def dashboard() -> str:
    """Return the dashboard's address."""
    return dashboard_address() or address()


@contextmanager
def connect(settings: Settings, command: str) -> Iterator[SyncPrefectClient]:
    """Yield a client of a server that has answered; raises Top50Error, also for what fails in the block.

    command: what people run again when the server is back.
    """
    address()  # raises when none is configured
    check_server_address(settings)
    with get_client(sync_client=True) as client:
        try:
            _require_answer(client)
            yield client
        except httpx.HTTPStatusError as error:
            request = f"{error.request.method} {error.request.url.path}"
            if error.response.is_server_error:
                raise OrchestratorUnavailable(
                    f"the Prefect server failed on {request} ({error.response.status_code})",
                    f"Look at the server's log; {command} goes on from here.",
                ) from None
            raise OrchestratorRefused(
                f"the Prefect server refused {request}: {reason(error)}",
                f"See whether your key may do that; {command} goes on from here.",
            ) from None
        except httpx.TransportError as error:
            raise OrchestratorUnavailable(
                f"the Prefect server stopped answering ({type(error).__name__})",
                f"Look at the server's log; {command} goes on from here.",
            ) from None


def _require_answer(client: SyncPrefectClient) -> None:
    try:
        client.read_work_pools(limit=1)
    except httpx.HTTPStatusError as error:
        if error.response.status_code not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise
        raise SettingsError(
            f"{address()} answered {error.response.status_code}",
            "Correct PREFECT_API_KEY or PREFECT_API_AUTH_STRING, or sign in to Cloud: prefect cloud login.",
        ) from None
    # Prefect's client asks for the server's version first, and raises RuntimeError when that fails.
    except (httpx.HTTPError, RuntimeError) as error:
        raise SourceUnavailable(
            f"the Prefect server at {address()} does not answer ({type(error).__name__})", _START
        ) from None
