"""Serve: every flow on its schedule, on this machine, without a work pool and a worker."""

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import httpx
import yaml
from prefect import Flow, serve
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import DeploymentApplyError, RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL

from tasks.outage import is_outage
from tasks.settings import check_server_address
from top50.checks.prefect_server import SERVED_NAME
from top50.command import INTERRUPTED, run_command
from top50.errors import SettingsError, SourceUnavailable
from top50.options import command
from top50.printed_commands import command_of
from top50.security import without_password
from top50.settings import anchor_paths, load_settings

ROOT = Path(__file__).resolve().parents[1]

# Not the `top50` of prefect.yaml, which belongs to a work pool: serving would take it away from its workers.
NAME = SERVED_NAME

_START = "Start one in another terminal (make server), and export PREFECT_API_URL=http://127.0.0.1:4200/api."
_STOPPED = "Stopped: nothing runs any more, and the schedules are paused until you start it again."


def served(entry: dict[str, Any]) -> RunnerDeployment:
    """Return what serves a deployment of prefect.yaml, with its schedules, parameters, tags and description.

    A schedule's slug, and no `active`: it is there once, and one that was paused in the dashboard stays so.
    """
    path, _, name = entry["entrypoint"].partition(":")
    flow = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
    schedules = [
        DeploymentScheduleCreate(
            schedule=CronSchedule(cron=rule["cron"], timezone=rule["timezone"]), slug=rule["slug"]
        )
        for rule in entry.get("schedules", [])
    ]
    deployment = cast("Flow[..., Any]", flow).to_deployment(
        NAME,
        schedules=schedules,
        paused=False,  # as it was left by the last Ctrl-C
        parameters=entry["parameters"],
        tags=entry["tags"],
        description=entry["description"],
    )
    return cast("RunnerDeployment", deployment)


def refuse_second_schedule(client: SyncPrefectClient, names: list[str]) -> None:
    """Raise SettingsError where one of these is deployed for a worker: each of its runs would come twice."""
    for name in names:
        try:
            deployment = client.read_deployment_by_name(name)
        except ObjectNotFound:
            continue
        if not deployment.paused and any(schedule.active for schedule in deployment.schedules):
            raise SettingsError(
                f"{name} is deployed on this server, and each of its runs would come a second time",
                "Start its worker instead (prefect worker start --pool top50), or remove it: make undeploy.",
            )


@command("flows.serve", "Everything comes from the environment or .env; see the README.")
def main() -> int:
    """Run every flow on its schedule in prefect.yaml, on this machine, without a work pool and a worker.

    It needs a Prefect server that stays (make server), and runs until Ctrl-C, one flow at a time; a run from
    the dashboard or by `prefect deployment run` waits its turn. The schedules are paused when it ends.
    """
    check_server_address(load_settings())
    address = PREFECT_API_URL.value()
    if not address:
        raise SettingsError("PREFECT_API_URL names no Prefect server, whose schedule this serves", _START)
    anchor_paths(Path.cwd())
    os.chdir(ROOT)  # where the runs start
    entries = yaml.safe_load(Path("prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    deployments = [served(entry) for entry in entries]
    dashboard = PREFECT_UI_URL.value() or address.removesuffix("/api")
    try:
        with get_client(sync_client=True) as client:
            pairs = zip(deployments, entries, strict=True)
            refuse_second_schedule(client, [f"{made.flow_name}/{entry['name']}" for made, entry in pairs])
        sys.stdout.write("\n".join(_lines(deployments, without_password(dashboard))) + "\n")
        sys.stdout.flush()
        serve(*deployments, limit=1, print_starting_message=False)
    except DeploymentApplyError as error:
        raise SettingsError(
            f"the Prefect server refuses a deployment: {error}", "Change that there, or take another server."
        ) from None
    except (httpx.HTTPError, RuntimeError) as error:
        if not is_outage(error):
            raise
        raise SourceUnavailable(
            without_password(f"the Prefect server does not answer: {error}"), _START
        ) from None
    sys.stderr.write(f"\n✗ {_STOPPED}\n")  # serve() handles Ctrl-C itself
    return INTERRUPTED


def _lines(deployments: list[RunnerDeployment], dashboard: str) -> Iterator[str]:
    yield "Serving until Ctrl-C, one run at a time:"
    for deployment in deployments:
        rules = [schedule.schedule for schedule in deployment.schedules or []]
        planned = [f"{rule.cron} {rule.timezone}" for rule in rules if isinstance(rule, CronSchedule)]
        yield f"  {deployment.full_name:<32}{', '.join(planned)}".rstrip()
    yield f"Dashboard: {dashboard}"
    yield f"Run now:   {command_of('prefect', 'deployment', 'run', deployments[0].full_name)}"


if __name__ == "__main__":
    run_command(main, _STOPPED)
