"""The deployments of prefect.yaml, put on the server by Prefect's own command."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server.progress import compare, in_brackets, report
from deployments.prefect_server.refusals import REFUSALS, Refusal, reason
from deployments.prefect_server.work_pool import POOL
from tasks.orchestrator import plan_limits
from top50.errors import SettingsError
from top50.printed_commands import command_of
from top50.settings import DEPLOYMENTS, Settings
from top50.text import one_line

ROOT = Path(__file__).parents[2]

# Every flow has a deployment of this name. A workspace may have other people's flows of the same name, so the
# tag marks ours.
NAME = TAG = "top50"

# Earlier releases named a deployment like its flow: weekly-chart/weekly-chart.
FORMER_NAMES = [f"{flow}/{flow}" for flow in DEPLOYMENTS]

# It also runs from the command line. Every other flow needs the server.
OPTIONAL = "doctor"

# What prefect.yaml decides about a deployment, besides its schedules and its limit.
_FIELDS = {
    "entrypoint",
    "pull_steps",
    "description",
    "tags",
    "parameters",
    "parameter_openapi_schema",
    "job_variables",
    "work_pool_name",
    "work_queue_name",
    "concurrency_options",
    "enforce_parameter_schema",
}


def choose_flows(client: SyncPrefectClient, settings: Settings) -> list[str]:
    """Return the flows to deploy: TOP50_DEPLOYMENTS, or as many as a Prefect Cloud plan allows."""
    if settings.deployments:
        return [flow for flow in DEPLOYMENTS if flow in settings.deployments]
    limit = plan_limits(client).get("max_deployments_per_workspace")
    if limit is None or limit >= len(DEPLOYMENTS):
        return list(DEPLOYMENTS)
    report(
        "note",
        f"this plan allows {limit} deployments: {OPTIONAL} stays a command (make doctor); "
        "TOP50_DEPLOYMENTS chooses others",
    )
    return [flow for flow in DEPLOYMENTS if flow != OPTIONAL]


def ensure_deployments(
    client: SyncPrefectClient, chosen: Sequence[str]
) -> tuple[dict[str, UUID], list[Refusal]]:
    """Deploy the chosen flows; return flow → id of its deployment, and what the server refused.

    Raises SettingsError when Prefect does not accept prefect.yaml.
    """
    before = _read(client, DEPLOYMENTS)
    refused = _reserve(client, [flow for flow in chosen if flow not in before])
    flows = [flow for flow in chosen if flow not in refused]
    output = _prefect_deploy(flows) if flows else ""
    after = _read(client, flows)
    for flow in flows:
        if flow not in after:
            raise SettingsError(
                f"Prefect did not deploy {flow}/{NAME}: {one_line(output[-500:])}", "Correct prefect.yaml."
            )
        schedules = [
            f"{getattr(schedule, 'cron', schedule)} {getattr(schedule, 'timezone', '')}"
            f"{'' if active else ', paused'}"
            for _, active, schedule in after[flow]["schedules"]
        ]
        state = compare(before.get(flow), after[flow])
        report(state, f"deployment {flow}/{NAME}{in_brackets(schedules)}")
    for refusal in refused.values():
        report("refused", f"{refusal}: {refusal.reason}")
    for flow in sorted(before.keys() - set(chosen)):
        delete = command_of("prefect", "deployment", "delete", f"{flow}/{NAME}")
        report("note", f"{flow}/{NAME} is not chosen and stays as it was: {delete}")
    return {flow: deployment["id"] for flow, deployment in after.items()}, list(refused.values())


def find_ours(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    """Return a deployment by name; None when there is none, or it lacks our tag."""
    try:
        found = client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None
    return found if TAG in found.tags else None


def note_former_deployments(client: SyncPrefectClient) -> None:
    """Print how to remove deployments of earlier releases, whose schedules still run."""
    for name in FORMER_NAMES:
        if find_ours(client, name):
            delete = command_of("prefect", "deployment", "delete", name)
            report("note", f"{name} is of an earlier release and still runs: {delete}")


def _reserve(client: SyncPrefectClient, flows: Sequence[str]) -> dict[str, Refusal]:
    """Create empty deployments on Prefect Cloud for `prefect deploy` to fill; return flow → refusal.

    Plans limit their number, and `prefect deploy` stops at the first refusal and hides the reason.
    """
    refused: dict[str, Refusal] = {}
    for flow in flows if client.server_type == ServerType.CLOUD else ():
        try:
            flow_id = client.create_flow_from_name(flow)
            client.create_deployment(flow_id, NAME, work_pool_name=POOL, tags=[TAG])
        except REFUSALS as error:
            refused[flow] = Refusal("deployment", f"{flow}/{NAME}", reason(error))
    return refused


def _prefect_deploy(flows: Sequence[str]) -> str:
    names = [option for flow in flows for option in ("--name", f"{flow}/{NAME}")]
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", *names],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    output = ended.stdout + ended.stderr
    if ended.returncode:
        raise SettingsError(f"prefect deploy failed: {one_line(output[-500:])}", "Correct prefect.yaml.")
    return output


def _read(client: SyncPrefectClient, flows: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return flow → id and contents of its deployment, for those that are there."""
    found = {}
    for flow in flows:
        try:
            deployment = client.read_deployment_by_name(f"{flow}/{NAME}")
        except ObjectNotFound:
            continue
        limit = deployment.global_concurrency_limit
        found[flow] = {
            "id": deployment.id,
            **deployment.model_dump(mode="json", include=_FIELDS),
            "concurrency_limit": limit and limit.limit,
            "schedules": [(rule.slug, rule.active, rule.schedule) for rule in deployment.schedules],
        }
    return found
