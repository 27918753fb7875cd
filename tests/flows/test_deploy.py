"""The deployment: prefect.yaml as Prefect takes it, and a run through a worker as the dashboard starts it."""

import inspect
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from prefect.cli.deploy._models import (
    ConcurrencyLimitSpec,
    DeploymentConfig,
    PrefectYamlModel,
    WorkPoolConfig,
)
from prefect.utilities.callables import parameter_schema

from deployments.repository import choose_code
from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.flows.deploying import (
    automations,
    deployed,
    deployment,
    patch,
    run_to_end,
    running_worker,
    start,
    wait_for,
    wait_for_end,
)
from top50 import settings

CONFIG = yaml.safe_load((ROOT / "prefect.yaml").read_text())
DEPLOYMENTS = CONFIG["deployments"]
NAMES = [each["entrypoint"].partition(":")[2].replace("_", "-") for each in DEPLOYMENTS]


def test_prefect_itself_starts() -> None:
    """It is this that breaks when a dependency of Prefect's moves; see the caps in pyproject.toml."""
    ended = subprocess.run(
        [sys.executable, "-m", "prefect", "version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert "3.9" in ended.stdout


def test_everything_in_the_file_is_known_to_prefect() -> None:
    """Prefect drops keys that it does not know in silence; `definitions` holds the anchors of the others."""
    assert set(CONFIG) - {"prefect-version", "definitions"} <= set(PrefectYamlModel.model_fields)
    for each in DEPLOYMENTS:
        assert set(each) <= set(DeploymentConfig.model_fields)
        assert set(each["work_pool"]) <= set(WorkPoolConfig.model_fields)
        assert set(each.get("concurrency_limit", ())) <= set(ConcurrencyLimitSpec.model_fields)
    PrefectYamlModel.model_validate(CONFIG)


def test_settings_know_the_deployments_in_their_order() -> None:
    assert list(settings.DEPLOYMENTS) == NAMES


@pytest.mark.parametrize("each", DEPLOYMENTS, ids=NAMES)
def test_a_deployment_fits_its_flow(each: dict[str, Any]) -> None:
    path, _, name = each["entrypoint"].partition(":")
    flow = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
    assert each["name"] == "top50"
    assert flow.name == name.replace("_", "-")
    inspect.signature(flow.fn).bind_partial(**each["parameters"])
    schema = parameter_schema(flow)
    assert all(part.get("description") for part in schema.properties.values())
    assert each["description"]
    # `prefect deployment inspect -o json` takes `[/` for the end of a rich style, and ends in a traceback.
    assert "[/" not in schema.model_dump_json() + json.dumps(each)
    assert each["tags"] == ["top50"]
    assert each["work_pool"] == {"name": "top50"} | ({"work_queue_name": name} if name == "doctor" else {})
    assert ("concurrency_limit" in each) == (name == "doctor")  # a lease: a long run would end with it
    for schedule in each.get("schedules", []):
        assert set(schedule) == {"slug", "cron", "timezone"}  # with `active`, a paused one would wake up


@pytest.mark.parametrize("step", [*CONFIG["build"], *CONFIG["pull"]])
def test_a_step_takes_its_inputs(step: dict[str, dict[str, Any]]) -> None:
    [(name, inputs)] = step.items()
    module, _, function = name.rpartition(".")
    parameters = set(inspect.signature(getattr(import_module(module), function)).parameters)
    assert set(inputs) - {"id"} <= parameters


def test_workers_run_this_folder_or_clone_the_repository_that_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with mock.patch.dict(os.environ, {"PATH": os.environ["PATH"]}, clear=True):
        here = {"kind": "folder", "folder": str(tmp_path), "repository": "", "branch": ""}
        assert choose_code() == here
        os.environ["TOP50_REPOSITORY"] = "https://git.example/top50"
        clone = {"kind": "clone", "folder": "", "repository": "https://git.example/top50", "branch": "main"}
        assert choose_code() == clone
        subprocess.run(["git", "init", "-q", "-b", "next"], check=True)
        assert choose_code() == {**clone, "branch": "next"}
        os.environ |= {"TOP50_REPOSITORY": ".", "TOP50_BRANCH": "v1"}
        assert choose_code() == {**clone, "repository": str(tmp_path), "branch": "v1"}
        os.environ["TOP50_REPOSITORY"] = "https://me:hush@git.example/top50"
        with pytest.raises(SystemExit, match="✗ TOP50_REPOSITORY has a name or password in it") as ended:
            choose_code()
    assert "hush" not in str(ended.value) + "".join(capsys.readouterr())


def test_runs_from_the_dashboard_complete_one_after_the_other_and_show_their_artifacts(
    command: Command, prefect_api: PrefectApi, lake: Path, tmp_path: Path, simulated: dict[str, str]
) -> None:
    deployed(command)
    waiting = [start(prefect_api, "process-pending", {}, name="my-own-name")]
    waiting += [start(prefect_api, "doctor", {}) for _ in range(3)]
    with running_worker({**command.environment, **simulated}, tmp_path / "elsewhere") as log:
        ended = run_to_end(prefect_api, "weekly-chart", log, {})
        first, *doctors = [wait_for_end(prefect_api, run, log) for run in waiting]
    assert first["name"] == "my-own-name (process-pending)"
    assert in_turn(first, ended)
    assert sorted(each["state"]["type"] for each in doctors).count("CANCELLED") == 2, "one doctor will do"
    assert ended["state"]["type"] == "COMPLETED", log.read_text()[-3000:]
    assert "8 charts from 8 raw objects" in ended["state"]["message"]
    artifacts = prefect_api.artifacts(ended["id"])
    assert len(json.loads(artifacts["top50-chart-global-weekly"]["data"])) == 50
    assert artifacts["top50-run-summary"]["data"].startswith("# global-weekly")
    assert (lake / "catalog.duckdb").is_file()


def in_turn(*runs: dict[str, Any]) -> bool:
    """Whether no run began before the one before it had ended."""
    ordered = sorted(runs, key=lambda run: run["start_time"])
    return all(one["end_time"] <= next_one["start_time"] for one, next_one in pairwise(ordered))


def test_the_next_run_is_planned_for_the_coming_friday_night(
    command: Command, prefect_api: PrefectApi
) -> None:
    """The server plans it by itself: one that only takes deployments would never run anything."""
    deployed(command)
    query = {
        "flow_runs": {
            "deployment_id": {"any_": [deployment(prefect_api, "weekly-chart")["id"]]},
            "state": {"type": {"any_": ["SCHEDULED"]}},
        },
        "sort": "NEXT_SCHEDULED_START_TIME_ASC",
    }
    planned = wait_for(
        lambda: prefect_api.post("flow_runs/filter", query), lambda: "no run is planned; see server.log", 60
    )
    now = datetime.now(UTC)
    friday = (now + timedelta(days=(4 - now.weekday()) % 7)).replace(
        hour=22, minute=0, second=0, microsecond=0
    )
    coming = friday if friday > now else friday + timedelta(days=7)
    assert datetime.fromisoformat(planned[0]["next_scheduled_start_time"]) == coming


def test_deploying_again_and_with_prefects_own_command_changes_nothing(
    command: Command, prefect_api: PrefectApi
) -> None:
    deployed(command)
    before = {name: deployment(prefect_api, name) for name in NAMES}
    rules = {name: rule["id"] for name, rule in automations(prefect_api).items()}
    subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all"],
        cwd=ROOT,
        env=command.environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    lines = deployed(command)
    assert {line.split()[0] for line in lines} == {"unchanged", "note"}
    assert {name: rule["id"] for name, rule in automations(prefect_api).items()} == rules
    for name, old in before.items():
        now = deployment(prefect_api, name)
        assert now["id"] == old["id"]
        assert [each["id"] for each in now["schedules"]] == [each["id"] for each in old["schedules"]]
    assert [each["schedule"]["cron"] for each in before["weekly-chart"]["schedules"]] == ["0 22 * * 5"]
    assert before["doctor"]["work_queue_name"] == "doctor"
    assert before["doctor"]["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


def test_a_changed_setting_is_taken_and_what_somebody_paused_stays_paused(
    command: Command, prefect_api: PrefectApi
) -> None:
    deployed(command)
    found = deployment(prefect_api, "weekly-chart")
    schedule = f"deployments/{found['id']}/schedules/{found['schedules'][0]['id']}"
    rule = f"automations/{automations(prefect_api)['a raw object landed']['id']}"
    patch(prefect_api, schedule, {"active": False})
    patch(prefect_api, rule, {"enabled": False})
    patch(prefect_api, "work_pools/top50/queues/default", {"concurrency_limit": 3})
    try:
        lines = deployed(command, TOP50_SIZE="17")
        assert "changed   variable top50_settings (TOP50_SIZE)" in lines  # and not its value
        assert "unchanged deployment weekly-chart/top50 (0 22 * * 5 UTC, paused)" in lines
        assert [each["active"] for each in deployment(prefect_api, "weekly-chart")["schedules"]] == [False]
        assert not prefect_api.get(rule)["enabled"]
        assert "unchanged limit of work queue top50/default (3 at a time)" in lines
    finally:
        patch(prefect_api, "work_pools/top50/queues/default", {"concurrency_limit": 1})
        patch(prefect_api, schedule, {"active": True})
        patch(prefect_api, rule, {"enabled": True})
