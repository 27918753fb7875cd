"""The deployments of prefect.yaml, as Prefect's own command puts them on the server."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

from deployments.prefect_server.told import among, state_of, tell
from top50.errors import SettingsError, one_line

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
    "concurrency_options",
    "enforce_parameter_schema",
}
"""What prefect.yaml decides about a deployment, besides its schedules."""


def ensure_deployments(client: SyncPrefectClient) -> dict[str, UUID]:
    """Deploy everything; return flow name → id."""
    config = yaml.safe_load(PREFECT_FILE.read_text(encoding="utf-8"))
    names = [_flow_name(deployment["entrypoint"]) for deployment in config["deployments"]]
    before = _read(client, names)
    said = _deploy(config)
    after = _read(client, names)
    for name in names:
        if name not in after:
            raise SettingsError(
                f"Prefect did not deploy {name}/{NAME}: {one_line(said[-500:])}", "Mend prefect.yaml."
            )
        tell(state_of(before.get(name), after[name]), f"deployment {name}/{NAME}{_schedules(after[name])}")
    return {name: deployment["id"] for name, deployment in after.items()}


def _deploy(config: dict[str, Any]) -> str:
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
