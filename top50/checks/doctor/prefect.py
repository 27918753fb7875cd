"""Prefect: the API, the deployment, its schedule, a worker. A run by hand needs none of them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from top50.checks.doctor.context import Observations
from top50.checks.finding import Finding
from top50.checks.prefect_server import DEPLOYMENT, SERVED, Deployment, PrefectServer, WorkPool
from top50.printed_commands import command_of

# A server schedules the runs of a deployment within a minute, unless its scheduler fails.
_SCHEDULED_WITHIN = timedelta(minutes=5)

# Prefect Cloud's names for the limits of a plan, and ours.
_LIMITS = {
    "max_deployments_per_workspace": "deployments in a workspace",
    "automations_limit": "automations",
    "work_pool_limit": "work pools",
    "mex_work_pool_limit": "managed work pools",
    "non_mex_work_pool_limit": "other work pools",
    "run_retention_days": "days that a run is stored",
}


def check_prefect(server: PrefectServer | None, observed: Observations) -> Iterator[Finding]:
    """Yield the findings about the configured Prefect server."""
    if server is None:
        detail = "not configured: each run starts a server of its own, and nothing is scheduled"
        yield Finding("Prefect API", "note", detail, needed=False)
        return
    if server.ahead is not None:
        observed.clocks["the Prefect server"] = server.ahead
    if server.answers:
        yield _version(server)
        limits = [f"{ours}: {server.limits[name]}" for name, ours in _LIMITS.items() if name in server.limits]
        if limits:
            yield Finding("plan", "note", f"it allows {', '.join(limits)}", needed=False)
    if server.deployment:
        yield _ok("deployment", f"{server.deployment.name} exists")
        yield _schedule(server.deployment)
        if server.deployment.name != SERVED:
            yield _work_pool(server.deployment.pool)
    elif server.refusal:
        yield Finding.from_error("Prefect API", server.refusal, needed=False)
    else:
        yield _failed("deployment", f"{DEPLOYMENT} is not on this server", "Run make deploy, or make serve.")


def _version(server: PrefectServer) -> Finding:
    theirs, ours = server.version, version("prefect")
    if theirs and _release(theirs) < _release(ours):
        detail = f"{server.address} runs Prefect {theirs}, older than the {ours} here"
        return _failed("Prefect API", detail, "Update and restart the server.")
    return _ok("Prefect API", f"{server.address} answers" + (f", Prefect {theirs}" if theirs else ""))


def _release(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)[:3]]


def _schedule(deployment: Deployment) -> Finding:
    if deployment.paused or not deployment.rules:
        remedy = "Resume it on the dashboard, or run make deploy."
        return _failed(
            "schedule",
            f"{deployment.name} has no active one",
            "Run make serve." if deployment.name == SERVED else remedy,
        )
    rules = " and ".join(deployment.rules)
    if deployment.next_run:
        return _ok("schedule", f"{rules}, next run {deployment.next_run.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    if deployment.updated and datetime.now(UTC) - deployment.updated < _SCHEDULED_WITHIN:
        return _ok("schedule", f"{rules}, next run not scheduled yet")
    return _failed(
        "schedule",
        f"{rules}, but the server has scheduled no run",
        "Read the log of the Prefect server's scheduler; install the server from requirements.lock.",
    )


def _work_pool(pool: WorkPool | None) -> Finding:
    if pool is None:
        return _failed("work pool", f"{DEPLOYMENT} has no work pool", "Run make deploy.")
    if pool.is_paused:
        resume = command_of("prefect", "work-pool", "resume", pool.name)
        return _failed("work pool", f"{pool.name} is paused", f"Resume it: {resume}")
    if ":" in pool.type:  # prefect:managed, ecs:push: Prefect Cloud itself starts the runs
        return _ok("work pool", f"{pool.name} exists, of type {pool.type}")
    if not pool.workers:
        start = command_of("prefect", "worker", "start", "--pool", pool.name)
        detail = f"none is online on the work pool {pool.name}, so scheduled runs wait"
        return _failed("worker", detail, f"Start one: {start}")
    return _ok("worker", f"{pool.workers} online on the work pool {pool.name}")


def _ok(name: str, detail: str) -> Finding:
    return Finding(name, "ok", detail, needed=False)


def _failed(name: str, detail: str, remedy: str) -> Finding:
    return Finding(name, "failed", detail, remedy, needed=False)
