"""Which flows are deployed: those that are asked for, as far as the plan of a Prefect Cloud account goes."""

from prefect.client.orchestration import SyncPrefectClient

from deployments.prefect_server.told import tell
from tasks.orchestrator import plan_limits
from top50.settings import DEPLOYMENTS, Settings

# It runs from the command line as well; no other flow does without the server.
AS_A_COMMAND = "doctor"


def choose_deployments(client: SyncPrefectClient, settings: Settings) -> list[str]:
    """Return the names of the flows to deploy, those that matter most first."""
    if settings.deployments:
        return [name for name in DEPLOYMENTS if name in settings.deployments]
    limit = plan_limits(client).get("max_deployments_per_workspace")
    if limit is None or limit >= len(DEPLOYMENTS):
        return list(DEPLOYMENTS)
    tell(
        "note",
        f"this plan allows {limit} deployments: {AS_A_COMMAND} stays a command (make doctor); "
        "TOP50_DEPLOYMENTS chooses others",
    )
    return [name for name in DEPLOYMENTS if name != AS_A_COMMAND]
