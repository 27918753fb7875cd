"""The work pool that the flows run on."""

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

from deployments.prefect_server.progress import report
from deployments.prefect_server.refusals import OWN_SERVER, REFUSALS, reason
from top50.errors import OrchestratorRefused, SettingsError
from top50.settings import Settings, WorkPoolType

POOL = "top50"

MANAGED = "prefect:managed"

KUBERNETES_TEMPLATE = Path(__file__).parents[1] / "pools" / "kubernetes.json"

# The release of requirements.lock: a pull step that replaced Prefect would break the run.
IMAGE = f"prefecthq/prefect:{prefect.__version__}-python3.11"

# Our defaults in the ECS worker's own template; deployments/aws.yaml has rights on this family and log group.
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


def check_settings(settings: Settings) -> None:
    """Raise SettingsError for containers that would have no code, or would lose the lake when they end."""
    kind = settings.work_pool_type
    if kind == "process":
        return
    if not settings.repository:
        raise SettingsError(
            f"TOP50_WORK_POOL_TYPE={kind} runs flows on machines that do not have this folder",
            "Set TOP50_REPOSITORY to where they can clone it from.",
        )
    if Path(settings.repository).is_dir():
        raise SettingsError(
            f"TOP50_WORK_POOL_TYPE={kind} runs flows on machines that do not have the folder "
            f"{settings.repository}",
            "Set TOP50_REPOSITORY to an address that they can reach.",
        )
    if not settings.is_s3:
        raise SettingsError(
            f"TOP50_WORK_POOL_TYPE={kind} would lose a lake in a directory with each run's container",
            "Set TOP50_LAKE=s3://bucket.",
        )


def ensure_pool(client: SyncPrefectClient, kind: WorkPoolType) -> None:
    """Create the work pool with our job template, for one run at a time.

    An existing pool is not changed, since people edit its template. Raises SettingsError when it has another
    type, which Prefect cannot change, and OrchestratorRefused when the server's plan does not allow the type.
    """
    try:
        pool = client.read_work_pool(POOL)
    except ObjectNotFound:
        pool = _create_pool(client, kind)
        report("created", f"work pool {POOL} ({kind})")
    else:
        if pool.type != kind:
            raise SettingsError(
                f"the work pool {POOL} exists with type {pool.type}, and TOP50_WORK_POOL_TYPE is {kind}",
                f"Set TOP50_WORK_POOL_TYPE={pool.type}, or delete the pool: prefect work-pool delete {POOL}",
            )
        report("unchanged", f"work pool {POOL} ({kind})")
    _ensure_limit(client, pool)
    template = json.dumps(pool.base_job_template)
    for name in sorted(set(re.findall(r"\{\{ prefect\.variables\.(\w+) \}\}", template))):
        if client.read_variable_by_name(name) is None:
            report("note", f"the work pool's template needs a variable: prefect variable set {name} …")


def job_template(kind: WorkPoolType) -> dict[str, Any]:
    """Return the base job template of a new pool; an empty one means Prefect's own.

    Raises SettingsError for a managed pool on a server that is not Prefect Cloud.
    """
    if kind == "process":
        return {}
    template: dict[str, Any]
    if kind == "ecs":
        # Imported here: it takes a second, which other pools need not wait for.
        from prefect_aws.workers.ecs_worker import ECSWorker  # noqa: PLC0415

        template = ECSWorker.get_default_base_job_template()
        for name, default in ECS_DEFAULTS.items():
            template["variables"]["properties"][name]["default"] = default
        return template
    if kind == MANAGED:
        found = asyncio.run(get_default_base_job_template_for_infrastructure_type(MANAGED))
        if not found:
            raise SettingsError(
                f"this Prefect server has no work pools of type {MANAGED}: only Prefect Cloud has them",
                "Sign in (prefect cloud login), or set TOP50_WORK_POOL_TYPE=process.",
            )
        if image := found["variables"]["properties"].get("image"):
            image["default"] = IMAGE
        return found
    template = json.loads(KUBERNETES_TEMPLATE.read_text(encoding="utf-8"))
    return template


def _create_pool(client: SyncPrefectClient, kind: WorkPoolType) -> WorkPool:
    wanted = WorkPoolCreate(name=POOL, type=kind, base_job_template=job_template(kind))
    try:
        return client.create_work_pool(wanted)
    except REFUSALS as error:
        if kind == MANAGED:
            remedy = "Delete a work pool that nobody needs (prefect work-pool delete)"
        else:
            remedy = "Set TOP50_WORK_POOL_TYPE=prefect:managed, with TOP50_REPOSITORY and a lake on S3"
        raise OrchestratorRefused(
            f"the Prefect server refused a work pool of type {kind}: {reason(error)}",
            f"{remedy}, {OWN_SERVER}.",
        ) from None


def _ensure_limit(client: SyncPrefectClient, pool: WorkPool) -> None:
    """Limit the pool's default queue to one run at a time, unless somebody has set another number."""
    # Not a limit of each deployment: that is a lease, and Prefect ends a run whose lease it cannot renew, as
    # after a restart of the server. A queue counts the runs that are Pending or Running.
    # https://github.com/PrefectHQ/prefect/issues/18839
    queue = client.read_work_queue(pool.default_queue_id)
    name = f"limit of work queue {POOL}/{queue.name}"
    if queue.concurrency_limit is not None:
        report("unchanged", f"{name} ({queue.concurrency_limit} at a time)")
        return
    try:
        client.update_work_queue(queue.id, concurrency_limit=1)
    except REFUSALS as error:
        report("note", f"runs may overlap, because the server refused the {name}: {reason(error)}")
    else:
        report("created", f"{name} (1 run at a time)")
