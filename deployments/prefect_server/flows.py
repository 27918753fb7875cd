"""The deployments of prefect.yaml, as Prefect's own command puts them on the server."""

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import yaml
from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server.pool import POOL
from deployments.prefect_server.refusals import REFUSALS, Refusal, reason
from deployments.prefect_server.rules import TAG
from deployments.prefect_server.told import among, state_of, tell
from top50.errors import SettingsError, one_line
from top50.printed_commands import command_of

ROOT = Path(__file__).parents[2]
PREFECT_FILE = ROOT / "prefect.yaml"

NAME = "top50"
"""Of each flow's deployment: flow names are shared by everybody in a workspace."""

_CHOSEN = {
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
"""What prefect.yaml decides about a deployment, besides its schedules."""


def ensure_deployments(
    client: SyncPrefectClient, chosen: Sequence[str]
) -> tuple[dict[str, UUID], list[Refusal]]:
    """Deploy the chosen flows; return flow name → id, and what the server's plan does not allow."""
    config = yaml.safe_load(PREFECT_FILE.read_text(encoding="utf-8"))
    by_name = {_flow_name(each["entrypoint"]): each for each in config["deployments"]}
    before = _read(client, by_name)
    refused = _reserve(client, [name for name in chosen if name not in before])
    names = [name for name in chosen if name not in refused]
    config["deployments"] = [by_name[name] for name in names]
    said = _deploy(config)
    after = _read(client, names)
    for name in names:
        if name not in after:
            raise SettingsError(
                f"Prefect did not deploy {name}/{NAME}: {one_line(said[-500:])}", "Mend prefect.yaml."
            )
        tell(state_of(before.get(name), after[name]), f"deployment {name}/{NAME}{_schedules(after[name])}")
    for refusal in refused.values():
        tell("refused", f"{refusal}: {refusal.reason}")
    for name in sorted(before.keys() - set(chosen)):
        delete = command_of("prefect", "deployment", "delete", f"{name}/{NAME}")
        tell("note", f"{name}/{NAME} is not chosen and stays as it was: {delete}")
    return {name: deployment["id"] for name, deployment in after.items()}, list(refused.values())


def _reserve(client: SyncPrefectClient, names: Sequence[str]) -> dict[str, Refusal]:
    """Make empty deployments for `prefect deploy` to fill; return flow name → refusal.

    Prefect Cloud has plans with a limit, and `prefect deploy` stops at the first one that is refused,
    without the server's words.
    """
    refused: dict[str, Refusal] = {}
    for name in names if client.server_type == ServerType.CLOUD else ():
        try:
            flow = client.create_flow_from_name(name)
            client.create_deployment(flow, NAME, work_pool_name=POOL, tags=[TAG])
        except REFUSALS as error:
            refused[name] = Refusal("deployment", f"{name}/{NAME}", reason(error))
    return refused


def _deploy(config: dict[str, Any]) -> str:
    if not config["deployments"]:
        return ""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file"]
    with TemporaryDirectory() as folder:
        file = Path(folder, "prefect.yaml")
        file.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        ended = subprocess.run(  # noqa: S603 - our own interpreter
            [*command, str(file)],
            cwd=ROOT,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    said = ended.stdout + ended.stderr
    if ended.returncode:
        raise SettingsError(f"prefect deploy failed: {one_line(said[-500:])}", "Mend prefect.yaml.")
    return said


def _flow_name(entrypoint: str) -> str:
    return entrypoint.partition(":")[2].replace("_", "-")


def _read(client: SyncPrefectClient, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    found = {}
    for name in names:
        try:
            deployment = client.read_deployment_by_name(f"{name}/{NAME}")
        except ObjectNotFound:
            continue
        limit = deployment.global_concurrency_limit
        found[name] = {
            "id": deployment.id,
            **deployment.model_dump(mode="json", include=_CHOSEN),
            "concurrency_limit": limit and limit.limit,
            "schedules": [(each.slug, each.active, each.schedule) for each in deployment.schedules],
        }
    return found


def _schedules(deployment: dict[str, Any]) -> str:
    return among(
        [
            f"{getattr(rule, 'cron', rule)} {getattr(rule, 'timezone', '')}{'' if active else ', paused'}"
            for _, active, rule in deployment["schedules"]
        ]
    )
