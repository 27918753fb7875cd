"""The Prefect server that is configured: it must be a lasting one, and answer."""

from http import HTTPStatus
from importlib.metadata import version

import httpx
from prefect.client.orchestration import SyncPrefectClient
from prefect.settings import PREFECT_API_URL

from tasks.prefect_settings import dashboard_address
from top50.errors import SettingsError, SourceUnavailable
from top50.security import without_password

_START = (
    "Start one (make server) and export PREFECT_API_URL=http://127.0.0.1:4200/api, "
    "or sign in to Prefect Cloud (prefect cloud login); then run this again."
)


def require_address() -> str:
    """Return the API's address; raises SettingsError without one: a deployment would be gone at once."""
    address: str | None = PREFECT_API_URL.value()
    if not address:
        raise SettingsError("PREFECT_API_URL names no Prefect server", _START)
    return address


def require_answer(client: SyncPrefectClient) -> str:
    """Return a line about a server that answers.

    Raises SettingsError when it does not let us in, SourceUnavailable when it does not answer.
    """
    address = without_password(require_address())
    try:
        client.read_work_pools(limit=1)
    except httpx.HTTPStatusError as error:
        if error.response.status_code not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise
        raise SettingsError(
            f"{address} answered {error.response.status_code}",
            "Correct PREFECT_API_KEY or PREFECT_API_AUTH_STRING, or sign in to Cloud: prefect cloud login.",
        ) from None
    except (httpx.HTTPError, RuntimeError) as error:  # RuntimeError: "Failed to reach API"
        raise SourceUnavailable(
            f"the Prefect server at {address} does not answer ({type(error).__name__})", _START
        ) from None
    return f"Prefect {version('prefect')} deploys to {address}"


def dashboard() -> str:
    """Return where people look at it."""
    return dashboard_address() or without_password(require_address())
