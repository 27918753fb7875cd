"""Which flows are deployed: those that are asked for, as far as the plan of a Prefect Cloud account goes."""

import asyncio
from typing import Any

import httpx
from prefect.client.base import ServerType
from prefect.client.cloud import get_cloud_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import PrefectException

from deployments.prefect_server.told import tell
from top50.settings import DEPLOYMENTS, Settings

# It runs from the command line as well; no other flow does without the server.
AS_A_COMMAND = "doctor"


def choose_deployments(client: SyncPrefectClient, settings: Settings) -> list[str]:
    """Return the names of the flows to deploy, those that matter most first."""
    if settings.deployments:
        return [name for name in DEPLOYMENTS if name in settings.deployments]
    limit = _deployments_limit(client)
    if limit is None or limit >= len(DEPLOYMENTS):
        return list(DEPLOYMENTS)
    tell(
        "note",
        f"this plan allows {limit} deployments: {AS_A_COMMAND} stays a command (make doctor); "
        "TOP50_DEPLOYMENTS chooses others",
    )
    return [name for name in DEPLOYMENTS if name != AS_A_COMMAND]


def _deployments_limit(client: SyncPrefectClient) -> int | None:
    """Return how many deployments a workspace may have; None: no limit, or none that we may read."""
    if client.server_type != ServerType.CLOUD:
        return None
    limit = asyncio.run(_usage_limits()).get("max_deployments_per_workspace")
    return limit if isinstance(limit, int) else None


async def _usage_limits() -> dict[str, Any]:
    # Cloud's OpenAPI, UsageLimitsResponse. A key may lack the right to read its account.
    try:
        async with get_cloud_client(infer_cloud_url=True) as cloud:
            limits = await cloud.get(f"{cloud.account_base_url}/usage_limits")
    except (PrefectException, httpx.HTTPError, ValueError):
        return {}
    return limits if isinstance(limits, dict) else {}
