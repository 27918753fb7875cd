"""What the configured Prefect server has of ours, by Prefect's own client."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any, cast

import httpx
from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType, WorkerStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.settings import (
    PREFECT_API_REQUEST_TIMEOUT,
    PREFECT_CLIENT_MAX_RETRIES,
    temporary_settings,
)
from pydantic import ValidationError

from tasks.prefect_settings import server_address
from top50.checks.clock import seconds_ahead
from top50.checks.prefect_server import DEPLOYMENT, SERVED, Deployment, PrefectServer, WorkPool
from top50.errors import SourceError, SourceUnavailable
from top50.security import without_password

# Seconds that a request to the server may take.
PATIENCE = 5.0

# Seconds of one attempt to connect; Prefect's client makes four.
_CONNECTING = 1.0

_END_IN_API = "Correct PREFECT_API_URL: it ends in /api."
_CORRECT_KEY = "Correct PREFECT_API_KEY (prefect cloud login) or PREFECT_API_AUTH_STRING."
_REMEDIES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: _CORRECT_KEY,
    HTTPStatus.FORBIDDEN: _CORRECT_KEY,
    HTTPStatus.NOT_FOUND: _END_IN_API,
}
_SAME_RELEASE = "Use the same release of Prefect on both sides."

_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


@contextmanager
def impatient() -> Iterator[None]:
    """Let Prefect's client ask once instead of for minutes: somebody waits for the answer."""
    with temporary_settings({PREFECT_API_REQUEST_TIMEOUT: PATIENCE, PREFECT_CLIENT_MAX_RETRIES: 0}):
        yield


def look_at_server() -> PrefectServer | None:
    """Return what the configured server has of ours; None without one, and then none is started.

    Nothing is written. A server that does not answer, or refuses, is a refusal within seconds. Raises
    SettingsError for settings that Prefect cannot read.
    """
    address = server_address()
    if address is None:
        return None
    seen = PrefectServer(without_password(address).rstrip("/"))

    def check(answer: httpx.Response) -> None:
        seen.ahead = seconds_ahead(answer.headers.get("Date"))
        # Here, because the client would first wait as long as such an answer asks for, even to ask no more.
        if answer.is_server_error or answer.status_code in _PASSING:
            answer.raise_for_status()

    settings = {
        "timeout": httpx.Timeout(PATIENCE, connect=_CONNECTING),
        "event_hooks": {"response": [check]},
    }
    try:
        with impatient(), get_client(httpx_settings=settings, sync_client=True) as client:
            _look(client, seen)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        seen.refusal = _refusal(seen.address, error)
    return seen


def _look(client: SyncPrefectClient, seen: PrefectServer) -> None:
    is_cloud = client.server_type is ServerType.CLOUD
    if not is_cloud:
        seen.version = str(client.api_version())
    deployment = None
    for name in (DEPLOYMENT, SERVED):
        with suppress(ObjectNotFound):
            deployment = client.read_deployment_by_name(name)
            break
    seen.answers = True
    if is_cloud:
        seen.limits = plan_limits(client)
    if deployment:
        rules = [entry.schedule for entry in deployment.schedules if entry.active]
        planned = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id]),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            ),
            sort=FlowRunSort.NEXT_SCHEDULED_START_TIME_ASC,
            limit=1,
        )
        seen.deployment = Deployment(
            name=name,
            paused=deployment.paused,
            rules=[str(getattr(rule, "cron", None) or getattr(rule, "interval", "a rule")) for rule in rules],
            updated=deployment.updated,
            next_run=planned[0].next_scheduled_start_time if planned else None,
            pool=_pool(client, deployment.work_pool_name),
        )


def plan_limits(client: SyncPrefectClient) -> Mapping[str, int]:
    """Return what the plan of a Cloud account allows, by the names of Cloud's UsageLimitsResponse.

    Nothing where nobody knows: on another server, or with a key that may not read its account.
    """
    account, workspace, _ = str(client.api_url).partition("/workspaces/")
    if not workspace:
        return {}
    try:
        answer = client.request("GET", cast("Any", f"{account}/usage_limits")).json()
    except (httpx.HTTPError, ValueError):
        return {}
    limits = answer.items() if isinstance(answer, dict) else ()
    return {name: limit for name, limit in limits if type(limit) is int}


def _pool(client: SyncPrefectClient, name: str | None) -> WorkPool | None:
    if not name:
        return None
    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        return None
    workers = [] if ":" in pool.type else client.read_workers_for_work_pool(name)
    online = sum(worker.status is WorkerStatus.ONLINE for worker in workers)
    return WorkPool(pool.name, pool.type, pool.is_paused, online)


def _refusal(address: str, error: Exception) -> SourceError:
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        is_api = status != HTTPStatus.NOT_FOUND
        what = f"{address} answered {status}" if is_api else f"{address} is not a Prefect API"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return SourceUnavailable(what, "Look at the server's log.", status=status)
        if status in _PASSING:
            return SourceUnavailable(what, "Wait a minute, and run it again.", status=status)
        return SourceError(what, _REMEDIES.get(status, _SAME_RELEASE), status)
    if isinstance(error, ValidationError):
        return SourceError(f"{address} answers in a form that Prefect's client cannot read", _SAME_RELEASE)
    if isinstance(error, ValueError):  # no JSON
        return SourceError(f"{address} is not a Prefect API", _END_IN_API)
    return SourceUnavailable(
        f"no usable answer from {address} ({type(error).__name__})",
        "Start it (make server), correct PREFECT_API_URL, or unset it to need no server.",
    )
