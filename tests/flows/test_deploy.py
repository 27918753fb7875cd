"""The deployment: prefect.yaml as Prefect takes it, and a run through a worker as the dashboard starts it."""

import inspect
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flows.conftest import ROOT, Command, PrefectApi, prefect
from tests.servers.processes import running_process

DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
NAMES = [deployment["name"] for deployment in DEPLOYMENTS]


def test_prefect_itself_starts() -> None:
    """It is this that breaks when a dependency of Prefect's moves; see the caps in pyproject.toml."""
    shown = subprocess.run(
        [sys.executable, "-m", "prefect", "version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "3.8" in shown.stdout


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_a_deployment_fits_its_flow(deployment: dict[str, Any]) -> None:
    """Prefect drops keys that it does not know in silence, so each is checked here."""
    known = {"name", "entrypoint", "description", "tags", "parameters", "work_pool", "schedules"}
    assert set(deployment) <= known | {"concurrency_limit"}
    path, _, name = deployment["entrypoint"].partition(":")
    flow = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
    assert flow.name == deployment["name"]
    assert set(deployment["parameters"]) <= set(inspect.signature(flow.fn).parameters)
    assert deployment["work_pool"] == {"name": "top50"}
    assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
    for schedule in deployment.get("schedules", []):
        assert set(schedule) == {"slug", "cron", "timezone"}


@pytest.fixture
def deployed(command: Command) -> None:
    prefect(command, "work-pool", "create", "top50", "--type", "process", "--overwrite")
    prefect(command, "--no-prompt", "deploy", "--all")


@pytest.fixture
def worker(command: Command, deployed: None, tmp_path: Path, simulated: dict[str, str]) -> Iterator[Path]:
    del deployed
    log = tmp_path / "worker.log"
    start = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "top50", "--type", "process"]
    environment = {**command.environment, **simulated, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    folder = tmp_path / "elsewhere"  # a worker need not be started in the project
    folder.mkdir()
    with running_process(start, environment, folder, log):
        yield log


def wait_for_end(api: PrefectApi, run_id: str, log: Path) -> Any:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        run = api.get(f"flow_runs/{run_id}")
        if run["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            return run
        time.sleep(0.5)
    raise AssertionError(f"the run did not end in time:\n{log.read_text()[-3000:]}")


def test_a_run_from_the_dashboard_completes_and_shows_its_artifacts(
    worker: Path, prefect_api: PrefectApi, lake: Path
) -> None:
    found = prefect_api.get("deployments/name/weekly-chart/weekly-chart")
    schedule = found["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("0 22 * * 5", "UTC")
    run = prefect_api.post(f"deployments/{found['id']}/create_flow_run", {"parameters": {}})
    ended = wait_for_end(prefect_api, run["id"], worker)
    assert ended["state"]["type"] == "COMPLETED", worker.read_text()[-3000:]
    assert "8 charts from 8 raw objects" in ended["state"]["message"]
    artifacts = prefect_api.artifacts(run["id"])
    rows = json.loads(artifacts["chart-global-weekly"]["data"])
    assert len(rows) == 50
    assert set(rows[0]) == {"rank", "movement", "song", "artists"}
    assert artifacts["run-summary"]["data"].startswith("# global-weekly")
    assert (lake / "catalog.duckdb").is_file()


def test_deploying_again_changes_nothing(command: Command, deployed: None, prefect_api: PrefectApi) -> None:
    del deployed
    before = {name: prefect_api.get(f"deployments/name/{name}/{name}") for name in NAMES}
    prefect(command, "--no-prompt", "deploy", "--all")
    for name, deployment in before.items():
        now = prefect_api.get(f"deployments/name/{name}/{name}")
        assert now["id"] == deployment["id"]
        assert len(now["schedules"]) == len(deployment["schedules"])
