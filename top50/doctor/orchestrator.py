"""Prefect: the API, the deployment, its schedule, a worker. A run by hand needs none of it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from top50.doctor.finding import Finding, Seen
from top50.doctor.prefect_api import PrefectApi
from top50.errors import SourceError

DEPLOYMENT = "weekly-chart/top50"

_DEPLOY = "Run make deploy."
_PLANNED_WITHIN = timedelta(minutes=5)
"""A server plans the runs of a deployment within a minute, unless its scheduler fails."""

_NONE = "none is configured: runs start one of their own, and nothing is scheduled"


def examine_orchestrator(api: PrefectApi | None, seen: Seen) -> Iterator[Finding]:
    """Yield what the Prefect server has of ours; it is only read."""
    if api is None:
        yield Finding("Prefect API", "note", _NONE, needed=False)
        return
    try:
        yield _server(api, seen)
        deployment = api.get(f"deployments/name/{DEPLOYMENT}")
        if deployment is None:
            yield _failed("deployment", f"{DEPLOYMENT} is not on this server", _DEPLOY)
            return
        yield _ok("deployment", f"{DEPLOYMENT} is there")
        yield _schedule(api, deployment)
        yield _worker(api, deployment.get("work_pool_name"))
    except SourceError as error:
        yield Finding.of("Prefect API", error, needed=False)


def _server(api: PrefectApi, seen: Seen) -> Finding:
    healthy = api.get("health")
    seen.note_clock("the Prefect server", api.date)
    theirs, ours = api.get("admin/version"), version("prefect")
    if healthy is None and theirs is None and "prefect.cloud" not in api.address:  # which tells neither
        raise SourceError(f"{api.address} is no Prefect API", "Correct PREFECT_API_URL: it ends in /api.")
    if isinstance(theirs, str) and _release(theirs) < _release(ours):
        older = f"{api.address} runs Prefect {theirs}, older than the {ours} here"
        return _failed("Prefect API", older, "Update and restart the server.")
    return _ok("Prefect API", f"{api.address} answers" + (f", Prefect {theirs}" if theirs else ""))


def _release(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)[:3]]


def _schedule(api: PrefectApi, deployment: dict[str, Any]) -> Finding:
    active = [each["schedule"] for each in deployment.get("schedules", []) if each.get("active")]
    if deployment.get("paused") or not active:
        return _failed(
            "schedule",
            f"{DEPLOYMENT} has none that is active",
            "Resume it on the dashboard, or run make deploy.",
        )
    planned = api.post(
        "flow_runs/filter",
        {
            "flow_runs": {
                "deployment_id": {"any_": [deployment["id"]]},
                "state": {"type": {"any_": ["SCHEDULED"]}},
            },
            "sort": "NEXT_SCHEDULED_START_TIME_ASC",
            "limit": 1,
        },
    )
    rules = " and ".join(str(each.get("cron") or each.get("interval") or "a rule") for each in active)
    if planned:
        return _ok("schedule", f"{rules}, next run {planned[0]['next_scheduled_start_time']}")
    if _age(deployment) < _PLANNED_WITHIN:
        return _ok("schedule", f"{rules}, next run not planned yet")
    return _failed(
        "schedule",
        f"{rules}, but the server has planned no run",
        "Look at the log of the Prefect server's scheduler; install the server from requirements.lock.",
    )


def _age(deployment: dict[str, Any]) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(deployment["updated"])


def _worker(api: PrefectApi, pool_name: str | None) -> Finding:
    pool = api.get(f"work_pools/{pool_name}") if pool_name else None
    if pool is None:
        return _failed("worker", f"{DEPLOYMENT} has no work pool", _DEPLOY)
    if pool["is_paused"]:
        return _failed(
            "worker", f"the work pool {pool_name} is paused", f"prefect work-pool resume {pool_name}"
        )
    workers = api.post(f"work_pools/{pool_name}/workers/filter", {}) or []
    online = sum(worker["status"] == "ONLINE" for worker in workers)
    if not online:
        start = f"Start one: prefect worker start --pool {pool_name}"
        return _failed(
            "worker", f"none is online on the work pool {pool_name}, so scheduled runs wait", start
        )
    return _ok("worker", f"{online} online on the work pool {pool_name}")


def _ok(name: str, told: str) -> Finding:
    return Finding(name, "ok", told, needed=False)


def _failed(name: str, told: str, remedy: str) -> Finding:
    return Finding(name, "failed", told, remedy, needed=False)
