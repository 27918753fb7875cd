"""The work pool: what the flows run on."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import prefect
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import WorkPool
from prefect.exceptions import ObjectNotFound
from prefect.workers.utilities import get_default_base_job_template_for_infrastructure_type

from deployments.prefect_server.refusals import OWN_SERVER, REFUSALS, reason
from deployments.prefect_server.told import tell
from top50.errors import OrchestratorRefused, SettingsError
from top50.settings import Settings, WorkPoolType

POOL = "top50"

MANAGED = "prefect:managed"

KUBERNETES_TEMPLATE = Path(__file__).parents[1] / "pools" / "kubernetes.json"

# The release that requirements.lock has: one that a pull step replaced would break the run.
IMAGE = f"prefecthq/prefect:{prefect.__version__}-python3.11"

# What the ECS worker leaves open. deployments/aws.yaml gives rights on this family and log group.
ECS_DEFAULTS: dict[str, Any] = {
    "family": "top50",
    "image": IMAGE,
    "cpu": 1024,
    "memory": 2048,
    "task_role_arn": "{{ prefect.variables.top50_task_role_arn }}",
    "execution_role_arn": "{{ prefect.variables.top50_execution_role_arn }}",
    "configure_cloudwatch_logs": True,
    "cloudwatch_logs_options": {"awslogs-group": "/top50/flow-runs"},
    "match_latest_revision_in_family": True,
}

_OF_THE_STACK = re.compile(r"\{\{ prefect\.variables\.(\w+) \}\}")


def check_fits(settings: Settings) -> None:
    """Raise SettingsError when a container would have no code, or would lose its lake with its end."""
    kind = settings.work_pool_type
    if kind == "process":
        return
    if not settings.repository:
        raise SettingsError(
            f"TOP50_WORK_POOL_TYPE={kind} runs flows where this folder is not",
            "Set TOP50_REPOSITORY to where they can clone it from.",
        )
    if Path(settings.repository).is_dir():
        raise SettingsError(
            f"TOP50_WORK_POOL_TYPE={kind} runs flows where the folder {settings.repository} is not",
            "Set TOP50_REPOSITORY to an address that is reached from everywhere.",
        )
    if not settings.is_s3:
        raise SettingsError(
            f"TOP50_WORK_POOL_TYPE={kind} would lose a lake in a directory with each run's container",
            "Set TOP50_LAKE=s3://bucket.",
        )


def ensure_pool(client: SyncPrefectClient, kind: WorkPoolType) -> None:
    """Make the work pool with our job template, for one run at a time.

    One that is there keeps what people changed in it. Raises SettingsError when it is there with another
    type, which Prefect cannot change, and
    OrchestratorRefused when the server's plan has no such pools.
    """
    try:
        found = client.read_work_pool(POOL)
    except ObjectNotFound:
        found = _make_pool(client, kind)
        tell("made", f"work pool {POOL} ({kind})")
    else:
        _refuse_other_kind(found.type, kind)
        tell("kept", f"work pool {POOL} ({kind})")
    _ensure_limit(client, found)
    for name in _unset(client, found.base_job_template):
        tell("note", f"the work pool's template wants it: prefect variable set {name} …")


def _make_pool(client: SyncPrefectClient, kind: WorkPoolType) -> WorkPool:
    wanted = WorkPoolCreate(name=POOL, type=kind, base_job_template=job_template(kind))
    try:
        return client.create_work_pool(wanted)
    except REFUSALS as error:
        managed = "Set TOP50_WORK_POOL_TYPE=prefect:managed, with TOP50_REPOSITORY and a lake on S3"
        fewer = "Delete a work pool that nobody needs (prefect work-pool delete)"
        raise OrchestratorRefused(
            f"the Prefect server refused a work pool of type {kind}: {reason(error)}",
            f"{fewer if kind == MANAGED else managed}, {OWN_SERVER}.",
        ) from None


def _ensure_limit(client: SyncPrefectClient, pool: WorkPool) -> None:
    """Let the pool's own queue run one at a time, unless somebody has set another number.

    Not a limit of each deployment: that is a lease, and Prefect ends a run whose lease it cannot renew, as
    after a restart of the server. A queue counts the runs that are Pending or Running.
    https://github.com/PrefectHQ/prefect/issues/18839
    """
    queue = client.read_work_queue(pool.default_queue_id)
    if queue.concurrency_limit is not None:
        tell("kept", f"limit of work queue {POOL}/{queue.name} ({queue.concurrency_limit} at a time)")
        return
    try:
        client.update_work_queue(queue.id, concurrency_limit=1)
    except REFUSALS as error:
        tell("note", f"no limit of work queue {POOL}/{queue.name}, so runs may overlap: {reason(error)}")
        return
    tell("made", f"limit of work queue {POOL}/{queue.name} (1 run at a time)")


def job_template(kind: WorkPoolType) -> dict[str, Any]:
    """Return the base job template of a new pool; an empty one stands for Prefect's own."""
    if kind == "process":
        return {}
    if kind == "ecs":
        return _ecs_template()
    if kind == MANAGED:
        return _managed_template()
    template: dict[str, Any] = json.loads(KUBERNETES_TEMPLATE.read_text(encoding="utf-8"))
    return template


def _ecs_template() -> dict[str, Any]:
    # Imported here: it takes a second that other pools need not wait for.
    from prefect_aws.workers.ecs_worker import ECSWorker  # noqa: PLC0415

    template = ECSWorker.get_default_base_job_template()
    for name, default in ECS_DEFAULTS.items():
        template["variables"]["properties"][name]["default"] = default
    return template


def _managed_template() -> dict[str, Any]:
    template = asyncio.run(get_default_base_job_template_for_infrastructure_type(MANAGED))
    if not template:
        raise SettingsError(
            f"this Prefect server has no work pools of type {MANAGED}: they are Prefect Cloud's",
            "Sign in (prefect cloud login), or set TOP50_WORK_POOL_TYPE=process.",
        )
    if image := template["variables"]["properties"].get("image"):
        image["default"] = IMAGE
    return template


def _refuse_other_kind(there: str, wanted: str) -> None:
    if there != wanted:
        raise SettingsError(
            f"the work pool {POOL} is there, of type {there}, and TOP50_WORK_POOL_TYPE says {wanted}",
            f"Set TOP50_WORK_POOL_TYPE={there}, or delete the pool: prefect work-pool delete {POOL}",
        )


def _unset(client: SyncPrefectClient, template: dict[str, Any]) -> list[str]:
    wanted = sorted(set(_OF_THE_STACK.findall(json.dumps(template))))
    return [name for name in wanted if client.read_variable_by_name(name) is None]
