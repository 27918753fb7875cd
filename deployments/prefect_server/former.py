"""Deployments of ours that are there, also as earlier releases named them: `weekly-chart/weekly-chart`."""

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server.rules import TAG
from deployments.prefect_server.told import tell
from top50.printed_commands import command_of
from top50.settings import DEPLOYMENTS

FORMER_NAMES = [f"{flow}/{flow}" for flow in DEPLOYMENTS]


def find_ours(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    """Return a deployment with our tag; None when there is none, or it is somebody else's."""
    try:
        found = client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None
    return found if TAG in found.tags else None


def note_former_deployments(client: SyncPrefectClient) -> None:
    """Say how to remove deployments of earlier releases: their schedules still run."""
    for name in FORMER_NAMES:
        if find_ours(client, name):
            delete = command_of("prefect", "deployment", "delete", name)
            tell("note", f"{name} is of an earlier release and still runs: {delete}")
