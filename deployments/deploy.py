"""Everything that flows need on a Prefect server: created once, and changed only where it differs."""

from importlib.metadata import version

from prefect.client.orchestration import SyncPrefectClient

from deployments.prefect_server import work_pool
from deployments.prefect_server.automations import automations, ensure_automations
from deployments.prefect_server.blocks import ensure_aws_block, ensure_spotify_block, find_notify_block
from deployments.prefect_server.deployments import (
    NAME,
    OPTIONAL,
    choose_flows,
    ensure_deployments,
    note_former_deployments,
)
from deployments.prefect_server.refusals import Refusal, raise_together
from deployments.prefect_server.server import address, connect, dashboard
from deployments.prefect_server.variables import ensure_settings
from deployments.repository import check_repository
from top50.command import run_command
from top50.options import command
from top50.printed_commands import command_of
from top50.settings import Settings, load_settings


def deploy(client: SyncPrefectClient, settings: Settings) -> list[Refusal]:
    """Create on the server what is missing, change what differs; return what the server's plan refused.

    Raises Top50Error.
    """
    work_pool.check_settings(settings)
    check_repository(settings)
    notify = find_notify_block(client, settings)
    work_pool.ensure_pool(client, settings.work_pool_type)
    spotify_block, aws_block = ensure_spotify_block(client, settings), ensure_aws_block(client, settings)
    ensure_settings(settings, spotify_block, aws_block)
    ids, refused = ensure_deployments(client, choose_flows(client, settings))
    wanted = automations(settings.chart, ids.get("process-pending"), notify, dashboard())
    refused += ensure_automations(client, wanted)
    note_former_deployments(client)
    return refused


@command("deployments.deploy", "Everything comes from the environment or .env; see the README.")
def main() -> None:
    """Deploy: from nothing to scheduled flows on your Prefect server; again: only what differs."""
    settings = load_settings()
    with connect(settings, "make deploy") as client:
        print(f"Prefect {version('prefect')} deploys to {address()}\n", flush=True)
        refused = deploy(client, settings)
    print(f"\nDashboard: {dashboard()}")
    if settings.work_pool_type != work_pool.MANAGED:
        print(f"Worker:    {command_of('prefect', 'worker', 'start', '--pool', work_pool.POOL)}")
    if not settings.deployments:  # nobody has asked for the optional one
        refused = [refusal for refusal in refused if refusal.name != f"{OPTIONAL}/{NAME}"]
    raise_together(refused)


if __name__ == "__main__":
    run_command(main, "Stopped half-way; make deploy goes on from there.")
