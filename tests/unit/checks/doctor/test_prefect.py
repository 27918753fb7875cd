"""What is made of a Prefect server; what is asked of one is in tests/tasks, and a real one in tests/flows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from top50.checks.doctor import clock
from top50.checks.doctor.prefect import examine_orchestrator
from top50.checks.finding import Seen
from top50.checks.prefect_server import SERVED, DeploymentSeen, PoolSeen, PrefectSeen

MONTHS_AGO = datetime(2026, 9, 1, tzinfo=UTC)
POOL = PoolSeen("top50", "process", is_paused=False, workers=2)
DEPLOYMENT = DeploymentSeen(
    name="weekly-chart/top50",
    paused=False,
    rules=["0 22 * * 5"],
    updated=MONTHS_AGO,
    next_run=datetime.now(UTC),
    pool=POOL,
)


def examined(**changes: Any) -> list[str]:
    server = PrefectSeen("http://prefect/api", answers=True, version="99.0.0", deployment=DEPLOYMENT)
    return [str(found) for found in examine_orchestrator(replace(server, **changes), Seen())]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"next_run": None}, "✗ schedule: 0 22 * * 5, but the server has planned no run"),
        ({"paused": True}, "✗ schedule: weekly-chart/top50 has none that is active"),
        ({"rules": []}, "✗ schedule: weekly-chart/top50 has none that is active"),
        ({"rules": ["0 22 * * 5", "7 days"]}, "✓ schedule: 0 22 * * 5 and 7 days, next run "),
        ({"pool": replace(POOL, is_paused=True)}, "top50 is paused. prefect work-pool resume top50"),
        ({"pool": replace(POOL, type="prefect:managed", is_paused=True)}, "✗ work pool: top50 is paused"),
    ],
)
def test_a_deployment_is_judged(change: dict[str, Any], line: str) -> None:
    assert line in "\n".join(examined(deployment=replace(DEPLOYMENT, **change)))


def test_a_deployment_that_is_new_has_time_to_be_planned() -> None:
    new = replace(DEPLOYMENT, next_run=None, updated=datetime.now(UTC))
    assert "✓ schedule: 0 22 * * 5, next run not planned yet" in examined(deployment=new)


def test_what_make_serve_runs_needs_no_pool_and_is_started_by_make_serve() -> None:
    served = replace(DEPLOYMENT, name=SERVED, pool=None)
    assert not any("pool" in line or "worker" in line for line in examined(deployment=served))
    [line] = [line for line in examined(deployment=replace(served, paused=True)) if "schedule" in line]
    assert line.endswith("has none that is active. Run make serve.")


def test_no_server_is_no_failure() -> None:
    [none] = examine_orchestrator(None, Seen())
    assert (none.state, none.needed) == ("note", False)


@pytest.mark.parametrize(
    ("ahead", "state", "says"),
    [(30, "ok", "within 60 s"), (-900, "failed", "ahead of that of S"), (900, "failed", "behind that of S")],
)
def test_a_clock_that_is_wrong_is_told(ahead: int, state: str, says: str) -> None:
    seen = Seen()
    for nothing in (None, "", "soon"):
        seen.note_clock("S", nothing)
    assert clock(seen, needed=True).state == "note"
    seen.note_clock("S", format_datetime(datetime.now(UTC) + timedelta(seconds=ahead)))
    found = clock(seen, needed=True)
    assert (found.state, found.needed) == (state, True)
    assert says in found.told


def test_the_servers_clock_counts() -> None:
    seen = Seen()
    list(examine_orchestrator(PrefectSeen("http://prefect/api", answers=True, ahead=900.0), seen))
    assert clock(seen, needed=True).told == "this machine's is 900 s behind that of the Prefect server"
