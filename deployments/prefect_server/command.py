"""A command that works on the Prefect server: what the server refuses is one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client

from deployments.prefect_server.reach import require_address, require_answer
from deployments.prefect_server.refusals import reason
from tasks.settings import check_server_address
from top50.errors import OrchestratorRefused, OrchestratorUnavailable
from top50.settings import Settings, load_settings


def work_on_server(job: Callable[[SyncPrefectClient, Settings, str], None], command: str) -> None:
    """Do a job with a client, the settings and a line about the server; raises Top50Error.

    command: what can be run again.
    """
    settings = load_settings()
    require_address()
    check_server_address(settings)
    with get_client(sync_client=True) as client, _explained(command):
        job(client, settings, require_answer(client))


@contextmanager
def _explained(command: str) -> Iterator[None]:
    try:
        yield
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
