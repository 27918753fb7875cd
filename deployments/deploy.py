"""Deploy: from nothing to scheduled flows on your Prefect server; again: only what differs."""

import argparse
import sys

from prefect.client.orchestration import SyncPrefectClient

from deployments.prefect_server.automations import ensure_automations
from deployments.prefect_server.blocks import ensure_aws_block, ensure_spotify_block, find_notify_block
from deployments.prefect_server.command import work_on_server
from deployments.prefect_server.flows import NAME, ensure_deployments
from deployments.prefect_server.former import note_former_deployments
from deployments.prefect_server.plan import AS_A_COMMAND, choose_deployments
from deployments.prefect_server.pool import MANAGED, POOL, check_fits, ensure_pool
from deployments.prefect_server.reach import dashboard
from deployments.prefect_server.refusals import Refusal, raise_together
from deployments.prefect_server.rules import automations
from deployments.prefect_server.variables import check_repository, ensure_settings
from top50.command import run_command
from top50.printed_commands import command_of
from top50.settings import Settings


def deploy(client: SyncPrefectClient, settings: Settings) -> list[Refusal]:
    """Make everything on the server that is not there yet; return what the server's plan does not allow.

    Raises Top50Error where it cannot.
    """
    check_fits(settings)
    check_repository(settings)
    notify = find_notify_block(client, settings)
    ensure_pool(client, settings.work_pool_type)
    ensure_settings(settings, ensure_spotify_block(settings), ensure_aws_block(settings))
    chosen = choose_deployments(client, settings)
    deployed, refused = ensure_deployments(client, chosen)
    wanted = automations(settings.chart, deployed.get("process-pending"), notify, dashboard())
    refused += ensure_automations(client, wanted)
    note_former_deployments(client)
    return refused


def main() -> None:
    """Do it from the command line; raises Top50Error, also for what the server's plan refuses."""
    parser = argparse.ArgumentParser(
        prog="python -m deployments.deploy",
        description=__doc__,
        epilog="Everything comes from the environment or .env; see the README.",
    )
    parser.parse_args()
    work_on_server(_deploy_and_say_where, "make deploy")


def _deploy_and_say_where(client: SyncPrefectClient, settings: Settings, answer: str) -> None:
    sys.stdout.write(f"{answer}\n\n")
    refused = deploy(client, settings)
    sys.stdout.write(f"\nDashboard: {dashboard()}\n")
    if settings.work_pool_type != MANAGED:
        sys.stdout.write(f"Worker:    {command_of('prefect', 'worker', 'start', '--pool', POOL)}\n")
    if not settings.deployments:
        refused = [each for each in refused if each.name != f"{AS_A_COMMAND}/{NAME}"]
    raise_together(refused)


if __name__ == "__main__":
    run_command(main, "Stopped half-way; make deploy goes on from there.")
