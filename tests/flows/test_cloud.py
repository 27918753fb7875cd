"""`make deploy` and `make undeploy` against a stand-in of Prefect Cloud, by plan; and undeploy on a plain server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.flows.conftest import Command, PrefectApi
from tests.flows.deploying import automations, deploy, deployment, patch, refusal, wait_for
from tests.servers.prefect import PrefectServer, running_prefect_server
from tests.servers.prefect_cloud import (
    HOBBY,
    KEY,
    STARTER,
    Plan,
    PrefectCloud,
    running_prefect_cloud,
)
from top50.settings import DEPLOYMENTS

MANAGED = {
    "TOP50_WORK_POOL_TYPE": "prefect:managed",
    "TOP50_REPOSITORY": "https://git.example/top50.git",
    "TOP50_LAKE": "s3://invented",
    "AWS_ACCESS_KEY_ID": "invented",
    "AWS_SECRET_ACCESS_KEY": "invented too",
}
FIVE = [name for name in DEPLOYMENTS if name != "doctor"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """A server of these tests alone: its work pool top50 changes its type, and goes."""
    with running_prefect_server(tmp_path_factory.mktemp("cloud")) as server:
        yield server


@pytest.fixture(scope="module")
def cloud(server: PrefectServer) -> Iterator[PrefectCloud]:
    with running_prefect_cloud(server, HOBBY) as cloud:
        yield cloud


@pytest.fixture
def api(server: PrefectServer) -> Iterator[PrefectApi]:
    """The real server, which is empty of ours when a test begins."""
    api = PrefectApi(server.api_url)
    for each in api.post("deployments/filter", {}):
        api.delete(f"deployments/{each['id']}")
    for rule in automations(api).values():
        api.delete(f"automations/{rule['id']}")
    api.tell("DELETE", "work_pools/top50")
    yield api
    api.close()


@pytest.fixture
def plain(server: PrefectServer, tmp_path: Path) -> Command:
    return Command({**server.environment(), **surroundings(tmp_path)})


@pytest.fixture
def on_cloud(cloud: PrefectCloud, tmp_path: Path) -> Command:
    """Somebody who has signed in: no Prefect address or key in the environment, but in a profile."""
    home = tmp_path / ".prefect"
    home.mkdir()
    cloud.sign_in(home)
    return Command({**cloud.environment(), "PREFECT_HOME": str(home), **surroundings(tmp_path)})


def surroundings(folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TOP50_SOURCE": "simulator",
        "TOP50_LAKE": str(folder / "lake"),
        "AWS_REGION": "eu-central-1",
    }


def deployed(api: PrefectApi) -> list[str]:
    """The flows that are whole deployments of ours, in the order of DEPLOYMENTS."""
    found = [each for each in api.post("deployments/filter", {}) if each["name"] == "top50"]
    assert all(each["entrypoint"] for each in found)
    names = {api.get(f"flows/{each['flow_id']}")["name"] for each in found}
    return [name for name in DEPLOYMENTS if name in names]


def is_planned(api: PrefectApi) -> bool:
    """Whether the server has planned weekly charts by itself."""
    query = {
        "deployments": {"id": {"any_": [deployment(api, "weekly-chart")["id"]]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    }
    return bool(wait_for(lambda: api.post("flow_runs/count", query), lambda: "no run is planned", 60))


def test_hobby_refuses_a_process_pool_and_the_remedy_works(
    on_cloud: Command, cloud: PrefectCloud, api: PrefectApi
) -> None:
    cloud.plan = HOBBY
    line = refusal(on_cloud)
    assert "refused a work pool of type process: Your plan does not support work pools of type process." in line
    assert "Set TOP50_WORK_POOL_TYPE=prefect:managed, with TOP50_REPOSITORY and a lake on S3" in line
    ended = deploy(on_cloud, **MANAGED)
    assert ended.returncode == 0, ended.stderr
    assert "this plan allows 5 deployments: doctor stays a command (make doctor)" in ended.stdout
    assert ended.stdout.splitlines()[-1] == f"Dashboard: {cloud.ui_url}"  # and no worker
    assert deployed(api) == FIVE
    assert is_planned(api)
    rules = automations(api)
    assert len(rules) == 6
    assert f"{cloud.ui_url}/runs/flow-run/" in rules["a run failed"]["actions"][0].get("body", cloud.ui_url + "/runs/flow-run/")
    pool = api.get("work_pools/top50")
    assert pool["type"] == "prefect:managed"
    image = pool["base_job_template"]["variables"]["properties"]["image"]["default"]
    assert image == f"prefecthq/prefect:{version('prefect')}-python3.11"
    assert api.get("block_types/slug/aws-credentials/block_documents/name/top50-aws")


def test_a_sixth_deployment_is_refused_and_the_rest_is_made(
    on_cloud: Command, cloud: PrefectCloud, api: PrefectApi
) -> None:
    cloud.plan = HOBBY
    ended = deploy(on_cloud, **MANAGED, TOP50_DEPLOYMENTS=",".join(DEPLOYMENTS))
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    line = ended.stderr
    assert "refused deployment doctor/top50: This workspace has the maximum number of deployments" in line
    assert "Choose fewer by TOP50_DEPLOYMENTS" in line
    assert deployed(api) == FIVE
    assert len(automations(api)) == 6
    ids = [deployment(api, name)["id"] for name in FIVE]
    again = deploy(on_cloud, **MANAGED, TOP50_DEPLOYMENTS=",".join(FIVE))
    assert again.returncode == 0, again.stderr
    assert {line.split()[0] for line in again.stdout.split("\n\n")[1].splitlines()} == {"kept", "note"}
    assert [deployment(api, name)["id"] for name in FIVE] == ids


def test_limits_that_cannot_be_read_are_met_and_none_is_fatal_but_for_what_matters(
    on_cloud: Command, cloud: PrefectCloud, api: PrefectApi
) -> None:
    cloud.plan = Plan(deployments=5, has_hybrid_pools=False, shows_limits=False)
    ended = deploy(on_cloud, **MANAGED)
    assert ended.returncode == 0, ended.stderr  # the doctor runs as a command, too
    assert "refused  deployment doctor/top50: This workspace has the maximum number" in ended.stdout
    for name in ("process-pending", "enrich"):
        api.delete(f"deployments/{deployment(api, name)['id']}")
    for rule in automations(api).values():
        api.delete(f"automations/{rule['id']}")
    cloud.plan = Plan(deployments=3, has_hybrid_pools=False, automations=2, shows_limits=False)
    line = refusal(on_cloud, **MANAGED)
    assert "refused deployment process-pending/top50, deployment enrich/top50, automation top50: " in line
    assert "maximum number of automations" in line
    assert deployed(api) == ["weekly-chart", "rebuild", "import-history"]
    assert len(automations(api)) == 2
    assert "a raw object landed" not in automations(api)  # it would start process-pending


def test_starter_has_process_pools_and_all_deployments(
    on_cloud: Command, cloud: PrefectCloud, api: PrefectApi
) -> None:
    cloud.plan = STARTER
    ended = deploy(on_cloud)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.endswith("Worker:    prefect worker start --pool top50\n")
    assert deployed(api) == list(DEPLOYMENTS)
    assert api.get("work_pools/top50")["type"] == "process"
    assert is_planned(api)


def test_cloud_takes_the_events_of_the_stacks_rule(cloud: PrefectCloud, api: PrefectApi) -> None:
    pass


def test_undeploy_asks_then_removes_what_is_ours_and_nothing_else(plain: Command, api: PrefectApi) -> None:
    pass
