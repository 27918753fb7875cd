"""Deploy: from nothing to scheduled flows on your Prefect server; again: only what differs."""

import argparse
import sys

from prefect.client.orchestration import SyncPrefectClient, get_client

from deployments.prefect_server.automations import ensure_automations
from deployments.prefect_server.blocks import ensure_aws_block, ensure_spotify_block, find_notify_block
from deployments.prefect_server.flows import ensure_deployments
from deployments.prefect_server.pool import POOL, check_fits, ensure_pool
from deployments.prefect_server.reach import dashboard, require_address, require_answer
from deployments.prefect_server.rules import automations
from deployments.prefect_server.variables import check_repository, ensure_settings
from tasks.settings import check_server_address
from top50.errors import Top50Error
from top50.output import print_any_text
from top50.settings import Settings, load_settings

_INTERRUPTED = 130


def deploy(client: SyncPrefectClient, settings: Settings) -> None:
    """Make everything on the server that is not there yet; raises Top50Error where it cannot."""
    check_fits(settings)
    check_repository(settings)
    notify = find_notify_block(client, settings)
    ensure_pool(client, settings.work_pool_type)
    ensure_settings(settings, ensure_spotify_block(settings), ensure_aws_block(settings))
    deployed = ensure_deployments(client)
    ensure_automations(client, automations(deployed["process-pending"], notify, dashboard()))


def main() -> None:
    """Do it from the command line; the exit code is 1 when it fails, 130 after Ctrl-C."""
    print_any_text()
    parser = argparse.ArgumentParser(
        prog="python -m deployments.deploy",
        description=__doc__,
        epilog="Everything comes from the environment or .env; see the README.",
    )
    parser.parse_args()
    try:
        settings = load_settings()
        require_address()
        check_server_address(settings)
        with get_client(sync_client=True) as client:
            sys.stdout.write(f"{require_answer(client)}\n\n")
            deploy(client, settings)
    except Top50Error as error:
        sys.exit(f"✗ {error}")
    except KeyboardInterrupt:
        sys.stderr.write("\n✗ Stopped half-way; make deploy goes on from there.\n")
        sys.exit(_INTERRUPTED)
    sys.stdout.write(f"\nDashboard: {dashboard()}\nWorker:    prefect worker start --pool {POOL}\n")


if __name__ == "__main__":
    main()
