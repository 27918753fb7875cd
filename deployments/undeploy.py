"""The opposite of deploy: removes from a Prefect server what is ours."""

import sys

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server.automations import PREFIX
from deployments.prefect_server.blocks import AWS_BLOCK, SPOTIFY_BLOCK, read_block
from deployments.prefect_server.deployments import FORMER_NAMES, NAME, find_ours
from deployments.prefect_server.progress import report
from deployments.prefect_server.server import address, connect
from deployments.prefect_server.work_pool import POOL
from tasks.settings import VARIABLE
from top50.checks.prefect_server import SERVED_NAME
from top50.command import run_command
from top50.errors import SettingsError
from top50.options import command
from top50.settings import DEPLOYMENTS, Settings, load_settings


def undeploy(client: SyncPrefectClient, settings: Settings) -> None:
    """Remove everything that is ours, and print a line for each thing and for what stays."""
    _remove_automations(client)
    for flow in DEPLOYMENTS:
        if not _remove_deployment(client, f"{flow}/{NAME}"):
            report("absent", f"deployment {flow}/{NAME}")
    for name in (*(f"{flow}/{SERVED_NAME}" for flow in DEPLOYMENTS), *FORMER_NAMES):
        _remove_deployment(client, name)
    lake = settings.lake
    if variable := client.read_variable_by_name(VARIABLE):
        if isinstance(variable.value, dict):  # the lake of the runs may be another than this machine's
            lake = str(variable.value.get("TOP50_LAKE") or lake)
        client.delete_variable_by_name(VARIABLE)
    report("removed" if variable else "absent", f"variable {VARIABLE}")
    for kind, name in (("secret", SPOTIFY_BLOCK), ("aws-credentials", AWS_BLOCK)):
        if block := read_block(client, kind, name):
            client.delete_block_document(block.id)
        report("removed" if block else "absent", f"block {kind}/{name}")
    _remove_pool(client)
    report("stays", f"the lake {lake}; flows with their runs and artifacts; Prefect's profiles")
    report("stays", f"the consent: prefect block delete secret/{settings.consent_block}")


def _remove_automations(client: SyncPrefectClient) -> None:
    ours = [automation for automation in client.read_automations() if automation.name.startswith(PREFIX)]
    for automation in sorted(ours, key=lambda automation: automation.name):
        client.delete_automation(automation.id)
        report("removed", f"automation {automation.name}")
    if not ours:
        report("absent", f"automations {PREFIX}…")


def _remove_deployment(client: SyncPrefectClient, name: str) -> bool:
    """Remove a deployment, if there is one and it is ours; return whether it was there."""
    deployment = find_ours(client, name)
    if deployment is None:
        return False
    # Automations that somebody added as `triggers:` in prefect.yaml: Prefect does not delete them.
    client.delete_resource_owned_automations(f"prefect.deployment.{deployment.id}")
    client.delete_deployment(deployment.id)
    report("removed", f"deployment {name}")
    return True


def _remove_pool(client: SyncPrefectClient) -> None:
    in_pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    if others := client.read_deployments(work_pool_filter=in_pool):
        names = ", ".join(f"{client.read_flow(other.flow_id).name}/{other.name}" for other in others[:3])
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        report("stays", f"work pool {POOL}: deployments that are not ours use it ({names}{more})")
        return
    try:
        client.delete_work_pool(POOL)
    except ObjectNotFound:
        report("absent", f"work pool {POOL}")
    else:
        report("removed", f"work pool {POOL}")


@command("deployments.undeploy")
def main(*, yes: bool = False) -> None:
    """Undeploy: remove from your Prefect server what `make deploy` created; the lake and all runs stay.

    Args:
        yes: Do not ask.
    """
    settings = load_settings()
    with connect(settings, "make undeploy") as client:
        if not yes:
            what = "Top 50's deployments, automations, settings, secrets, work pool"
            print(f"Remove {what} from {address()}? [y/N] ", end="", flush=True)
            if sys.stdin.readline().strip().lower() not in ("y", "yes"):
                print()
                raise SettingsError("nothing was removed", "Answer y, or run make undeploy ARGS=--yes.")
        undeploy(client, settings)


if __name__ == "__main__":
    run_command(main, "Stopped half-way; make undeploy goes on from there.")
