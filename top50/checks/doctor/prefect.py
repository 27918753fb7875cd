"""Prefect: the API, the deployment, its schedule, a worker. A run by hand needs none of it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from top50.checks.finding import Finding, Seen
from top50.checks.prefect_server import DEPLOYMENT, SERVED, DeploymentSeen, PoolSeen, PrefectSeen
from top50.printed_commands import command_of

_DEPLOY = "Run make deploy."
_PLANNED_WITHIN = timedelta(minutes=5)
"""A server plans the runs of a deployment within a minute, unless its scheduler fails."""

_NONE = "none is configured: runs start one of their own, and nothing is scheduled"

_LIMITS = {
    "max_deployments_per_workspace": "deployments in a workspace",
    "automations_limit": "automations",
    "work_pool_limit": "work pools",
    "mex_work_pool_limit": "managed work pools",
    "non_mex_work_pool_limit": "other work pools",
    "run_retention_days": "days that a run is kept",
}
"""Prefect Cloud's names for what its plan allows, and ours."""


def examine_orchestrator(prefect: PrefectSeen | None, seen: Seen) -> Iterator[Finding]:
    """Yield what the Prefect server has of ours."""
    if prefect is None:
        yield Finding("Prefect API", "note", _NONE, needed=False)
        return
    if prefect.ahead is not None:
        seen.clocks["the Prefect server"] = prefect.ahead
    if prefect.answers:
        yield _server(prefect)
        yield from _plan(prefect)
    if prefect.deployment:
        yield _ok("deployment", f"{prefect.deployment.name} is there")
        yield _schedule(prefect.deployment)
        if prefect.deployment.name != SERVED:
            yield _work_pool(prefect.deployment.pool)
    elif prefect.refusal:
        yield Finding.of("Prefect API", prefect.refusal, needed=False)
    else:
        yield _failed("deployment", f"{DEPLOYMENT} is not on this server", "Run make deploy, or make serve.")


def _server(prefect: PrefectSeen) -> Finding:
    theirs, ours = prefect.version, version("prefect")
    if theirs and _release(theirs) < _release(ours):
        older = f"{prefect.address} runs Prefect {theirs}, older than the {ours} here"
        return _failed("Prefect API", older, "Update and restart the server.")
    return _ok("Prefect API", f"{prefect.address} answers" + (f", Prefect {theirs}" if theirs else ""))


def _release(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)[:3]]


def _plan(prefect: PrefectSeen) -> Iterator[Finding]:
    allowed = [f"{ours}: {prefect.limits[name]}" for name, ours in _LIMITS.items() if name in prefect.limits]
    if allowed:
        yield Finding("plan", "note", f"it allows {', '.join(allowed)}", needed=False)


def _schedule(deployment: DeploymentSeen) -> Finding:
    if deployment.paused or not deployment.rules:
        served = deployment.name == SERVED
        return _failed(
            "schedule",
            f"{deployment.name} has none that is active",
            "Run make serve." if served else "Resume it on the dashboard, or run make deploy.",
        )
    rules = " and ".join(deployment.rules)
    if deployment.next_run:
        return _ok("schedule", f"{rules}, next run {deployment.next_run.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    if deployment.updated and datetime.now(UTC) - deployment.updated < _PLANNED_WITHIN:
        return _ok("schedule", f"{rules}, next run not planned yet")
    return _failed(
        "schedule",
        f"{rules}, but the server has planned no run",
        "Look at the log of the Prefect server's scheduler; install the server from requirements.lock.",
    )


def _work_pool(pool: PoolSeen | None) -> Finding:
    if pool is None:
        return _failed("work pool", f"{DEPLOYMENT} has none", _DEPLOY)
    if pool.is_paused:
        return _failed("work pool", f"{pool.name} is paused", f"prefect work-pool resume {pool.name}")
    if ":" in pool.type:  # prefect:managed, ecs:push: Prefect Cloud itself starts what it runs on
        return _ok("work pool", f"{pool.name} is there, of type {pool.type}")
    if not pool.workers:
        waits = f"none is online on the work pool {pool.name}, so scheduled runs wait"
        start = command_of("prefect", "worker", "start", "--pool", pool.name)
        return _failed("worker", waits, f"Start one: {start}")
    return _ok("worker", f"{pool.workers} online on the work pool {pool.name}")


def _ok(name: str, told: str) -> Finding:
    return Finding(name, "ok", told, needed=False)


def _failed(name: str, told: str, remedy: str) -> Finding:
    return Finding(name, "failed", told, remedy, needed=False)
