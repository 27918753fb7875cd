"""`python -m flows.serve`: the schedules of prefect.yaml on this machine, without a worker."""

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from prefect.client.schemas.schedules import CronSchedule

from flows.serve import NAME, served
from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.flows.deploying import run_to_end, wait_for
from tests.servers.processes import running_process

DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("entry", DEPLOYMENTS, ids=lambda entry: entry["entrypoint"])
def test_what_is_served_stands_in_prefect_yaml(
    entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    # In a thread: where an event loop runs, as of a browser's test, to_deployment returns a coroutine.
    with ThreadPoolExecutor(1) as thread:
        deployment = thread.submit(served, entry).result()
    assert deployment.entrypoint == entry["entrypoint"]
    assert (deployment.description, deployment.tags) == (entry["description"], entry["tags"])
    planned = [
        {"slug": each.slug, **each.schedule.model_dump(include={"cron", "timezone"})}
        for each in deployment.schedules or []
        if isinstance(each.schedule, CronSchedule)
    ]
    assert planned == entry.get("schedules", [])
    assert not any("active" in each.model_fields_set for each in deployment.schedules or [])  # stays paused


def test_without_a_server_that_stays_it_says_how_to_start_one(command: Command) -> None:
    ended = command("serve", PREFECT_API_URL="")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("✗ PREFECT_API_URL names no Prefect server")
    assert ended.stderr.count("\n") == 1


@pytest.fixture
def undeployed(prefect_api: PrefectApi) -> None:
    """Without the schedules that `make deploy` puts there."""
    for flow in ("weekly-chart", "doctor"):
        path = f"deployments/name/{flow}/top50"
        if prefect_api.tell("GET", path) != requests.codes.not_found:
            prefect_api.delete(f"deployments/{prefect_api.get(path)['id']}")


@pytest.mark.usefixtures("undeployed")
def test_a_run_is_served_until_ctrl_c_which_pauses_the_schedule(
    command: Command, prefect_api: PrefectApi, lake: Path, tmp_path: Path, simulated: dict[str, str]
) -> None:
    environment = {
        **command.environment,
        **simulated,
        "PYTHONPATH": str(ROOT),
        "TOP50_LAKE": lake.name,
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    log = tmp_path / "serve.log"
    start = [sys.executable, str(ROOT / "flows" / "serve.py")]
    with running_process(start, environment, tmp_path, log) as process:
        wait_for(lambda: "Run now:" in log.read_text(), log.read_text)
        found = f"deployments/name/weekly-chart/{NAME}"
        wait_for(lambda: prefect_api.tell("GET", found) != requests.codes.not_found, log.read_text)
        assert not prefect_api.get(found)["paused"]
        ended = run_to_end(prefect_api, "weekly-chart", log, {"catalog": "none"}, deployed_as=NAME)
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
    assert ended["state"]["type"] == "COMPLETED", log.read_text()[-3000:]
    assert (lake / "transformed_data/songs/songs.parquet").is_file()
    assert code == 130
    assert log.read_text().splitlines()[-1].startswith("✗ Stopped: nothing runs any more")
    assert prefect_api.get(found)["paused"]


@pytest.mark.usefixtures("undeployed")
def test_nothing_is_served_that_a_worker_runs_on_its_schedule(
    command: Command, prefect_api: PrefectApi
) -> None:
    friday = {"schedule": {"cron": "0 22 * * 5", "timezone": "UTC"}, "slug": "friday-night"}
    flow = prefect_api.post("flows/", {"name": "weekly-chart"})["id"]
    prefect_api.post("deployments/", {"name": "top50", "flow_id": flow, "schedules": [friday]})
    ended = command("serve")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("✗ weekly-chart/top50 is deployed on this server, and each of its runs")
    assert ended.stderr.endswith("make undeploy.\n")
