"""Undeploy: remove from your Prefect server what `make deploy` made there; the lake and all runs stay."""

import argparse
import sys
from functools import partial

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server.blocks import AWS_BLOCK, SPOTIFY_BLOCK
from deployments.prefect_server.command import work_on_server
from deployments.prefect_server.flows import NAME
from deployments.prefect_server.former import FORMER_NAMES, find_ours
from deployments.prefect_server.pool import POOL
from deployments.prefect_server.reach import require_address
from deployments.prefect_server.told import tell
from tasks.settings import VARIABLE
from top50.checks.prefect_server import SERVED_NAME
from top50.command import run_command
from top50.errors import SettingsError
from top50.security import without_password
from top50.settings import DEPLOYMENTS, Settings

_AUTOMATIONS = "top50: "


def undeploy(client: SyncPrefectClient, settings: Settings) -> None:
    """Remove everything that is ours, with a line for each thing, and say what stays."""
    _remove_automations(client)
    for flow in DEPLOYMENTS:
        _remove_deployment(client, f"{flow}/{NAME}", "absent")
    for name in (*(f"{flow}/{SERVED_NAME}" for flow in DEPLOYMENTS), *FORMER_NAMES):
        _remove_deployment(client, name, None)
    lake = _remove_variable(client) or settings.lake
    _remove_block(client, "secret", SPOTIFY_BLOCK)
    _remove_block(client, "aws-credentials", AWS_BLOCK)
    _remove_pool(client)
    tell("stays", f"the lake {lake}; flows with their runs and artifacts; Prefect's profiles")
    tell("stays", f"the consent: prefect block delete secret/{settings.consent_block}")


def _remove_automations(client: SyncPrefectClient) -> None:
    ours = [each for each in client.read_automations() if each.name.startswith(_AUTOMATIONS)]
    for automation in sorted(ours, key=lambda automation: automation.name):
        client.delete_automation(automation.id)
        tell("removed", f"automation {automation.name}")
    if not ours:
        tell("absent", f"automations {_AUTOMATIONS}…")


def _remove_deployment(client: SyncPrefectClient, name: str, otherwise: str | None) -> None:
    found = find_ours(client, name)
    if found:
        # Those of `triggers:` in prefect.yaml, which Prefect leaves behind.
        client.delete_resource_owned_automations(f"prefect.deployment.{found.id}")
        client.delete_deployment(found.id)
        tell("removed", f"deployment {name}")
    elif otherwise:
        tell("absent", f"deployment {name}")


def _remove_variable(client: SyncPrefectClient) -> str | None:
    """Return the lake that runs had; None when nobody knows."""
    found = client.read_variable_by_name(VARIABLE)
    if found is None:
        tell("absent", f"variable {VARIABLE}")
        return None
    client.delete_variable_by_name(VARIABLE)
    tell("removed", f"variable {VARIABLE}")
    lake = found.value.get("TOP50_LAKE") if isinstance(found.value, dict) else None
    return str(lake) if lake else None


def _remove_block(client: SyncPrefectClient, kind: str, name: str) -> None:
    try:
        block = client.read_block_document_by_name(name, kind, include_secrets=False)
    except ObjectNotFound:
        tell("absent", f"block {kind}/{name}")
        return
    client.delete_block_document(block.id)
    tell("removed", f"block {kind}/{name}")


def _remove_pool(client: SyncPrefectClient) -> None:
    in_pool = WorkPoolFilter(name=WorkPoolFilterName(any_=[POOL]))
    others = client.read_deployments(work_pool_filter=in_pool)
    if others:
        names = ", ".join(f"{client.read_flow(each.flow_id).name}/{each.name}" for each in others[:3])
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        tell("stays", f"work pool {POOL}: deployments that are not ours use it ({names}{more})")
        return
    try:
        client.delete_work_pool(POOL)
    except ObjectNotFound:
        tell("absent", f"work pool {POOL}")
    else:
        tell("removed", f"work pool {POOL}")


def main() -> None:
    """Do it from the command line, after a question; raises Top50Error, also when nothing was removed."""
    parser = argparse.ArgumentParser(prog="python -m deployments.undeploy", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    work_on_server(partial(_ask_and_undeploy, parser.parse_args().yes), "make undeploy")


def _ask_and_undeploy(yes: bool, client: SyncPrefectClient, settings: Settings, _: str) -> None:
    address = without_password(require_address())
    if not yes:
        sys.stdout.write(
            f"Remove Top 50's deployments, automations, settings, secrets, work pool from {address}? [y/N] "
        )
        sys.stdout.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            sys.stdout.write("\n")
            raise SettingsError("nothing was removed", "Answer y, or say make undeploy ARGS=--yes.")
    undeploy(client, settings)


if __name__ == "__main__":
    run_command(main, "Stopped half-way; make undeploy goes on from there.")
