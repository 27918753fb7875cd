"""Findings about a Prefect server. The requests to one: tests/tasks; a real one: tests/flows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from top50.checks.clock import check_clock
from top50.checks.doctor.context import Observations
from top50.checks.doctor.prefect import check_prefect
from top50.checks.prefect_server import SERVED, Deployment, PrefectServer, WorkPool

MONTHS_AGO = datetime(2026, 9, 1, tzinfo=UTC)
POOL = WorkPool("top50", "process", is_paused=False, workers=2)
DEPLOYMENT = Deployment(
    name="weekly-chart/top50",
    paused=False,
    rules=["0 22 * * 5"],
    updated=MONTHS_AGO,
    next_run=datetime.now(UTC),
    pool=POOL,
)


def examined(**changes: Any) -> list[str]:
    server = PrefectServer("http://prefect/api", answers=True, version="99.0.0", deployment=DEPLOYMENT)
    return [str(found) for found in check_prefect(replace(server, **changes), Observations())]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"next_run": None}, "✗ schedule: 0 22 * * 5, but the server has scheduled no run"),
        ({"paused": True}, "✗ schedule: weekly-chart/top50 has no active one"),
        ({"rules": []}, "✗ schedule: weekly-chart/top50 has no active one"),
        ({"rules": ["0 22 * * 5", "7 days"]}, "✓ schedule: 0 22 * * 5 and 7 days, next run "),
        ({"pool": replace(POOL, is_paused=True)}, "prefect work-pool resume top50"),
        ({"pool": replace(POOL, type="prefect:managed", is_paused=True)}, "✗ work pool: top50 is paused"),
    ],
)
def test_a_deployment_is_judged(change: dict[str, Any], line: str) -> None:
    assert line in "\n".join(examined(deployment=replace(DEPLOYMENT, **change)))


def test_a_new_deployment_has_time_to_be_scheduled() -> None:
    new = replace(DEPLOYMENT, next_run=None, updated=datetime.now(UTC))
    assert "✓ schedule: 0 22 * * 5, next run not scheduled yet" in examined(deployment=new)


def test_what_make_serve_runs_needs_no_pool_and_is_started_by_make_serve() -> None:
    served = replace(DEPLOYMENT, name=SERVED, pool=None)
    assert not any("pool" in line or "worker" in line for line in examined(deployment=served))
    [line] = [line for line in examined(deployment=replace(served, paused=True)) if "schedule" in line]
    assert line.endswith("has no active one. Run make serve.")


def test_no_server_is_no_failure() -> None:
    [found] = check_prefect(None, Observations())
    assert (found.state, found.needed) == ("note", False)


def test_the_servers_clock_counts() -> None:
    observed = Observations()
    list(check_prefect(PrefectServer("http://prefect/api", answers=True, ahead=900.0), observed))
    found = check_clock(observed.clocks, needed=True)
    assert found.detail == "this machine's is 900 s behind that of the Prefect server"
