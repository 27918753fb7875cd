"""`make deploy` against a stand-in of Prefect Cloud, by plan; `make undeploy` on a plain server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.aws.template import Stack
from tests.flows.conftest import Command, PrefectApi
from tests.flows.deploying import automations, deploy, deployment, refusal, wait_for
from tests.servers.forks import running_forks
from tests.servers.prefect import PrefectServer, running_prefect_server
from tests.servers.prefect_cloud import (
    HOBBY,
    KEY,
    STARTER,
    Plan,
    PrefectCloud,
    running_prefect_cloud,
)
from tests.tasks.test_template_landing import LANDING, transformed
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
    # Clients ask Cloud for no such token.
    settings = {"PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "false"}
    with running_prefect_server(tmp_path_factory.mktemp("cloud"), settings) as server:
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
    for block in api.post("block_documents/filter", {}):
        if block["name"].startswith("top50"):
            api.delete(f"block_documents/{block['id']}")
    api.tell("DELETE", "variables/name/top50_settings")
    api.tell("DELETE", "work_pools/top50")
    yield api
    api.close()


@pytest.fixture
def plain(server: PrefectServer, tmp_path: Path) -> Command:
    return Command({**server.environment(), **surroundings(tmp_path)})


@pytest.fixture(scope="module")
def signed_in(cloud: PrefectCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """Somebody who has signed in: no Prefect address or key in the environment, but in a profile."""
    home = tmp_path_factory.mktemp("prefect")
    cloud.sign_in(home)
    settings = {**cloud.environment(), "PREFECT_HOME": str(home)}
    with running_forks(settings) as forks:
        yield Command(settings, forks=forks)


@pytest.fixture
def on_cloud(signed_in: Command, tmp_path: Path) -> Command:
    return replace(signed_in, environment={**signed_in.environment, **surroundings(tmp_path)})


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


def test_hobby_refuses_a_process_pool_and_a_sixth_deployment_and_the_remedies_work(
    on_cloud: Command, cloud: PrefectCloud, api: PrefectApi
) -> None:
    cloud.plan = HOBBY
    line = refusal(on_cloud)
    assert (
        "refused a work pool of type process: Your plan does not support work pools of type process" in line
    )
    assert "Set TOP50_WORK_POOL_TYPE=prefect:managed, with TOP50_REPOSITORY and a lake on S3" in line

    ended = deploy(on_cloud, **MANAGED)
    assert ended.returncode == 0, ended.stderr
    assert "this plan allows 5 deployments: doctor stays a command (make doctor)" in ended.stdout
    assert ended.stdout.splitlines()[-1] == f"Dashboard: {cloud.ui_url}"  # and no worker
    assert deployed(api) == FIVE
    assert is_planned(api)
    assert len(automations(api)) == 8
    pool = api.get("work_pools/top50")
    assert pool["type"] == "prefect:managed"
    image = pool["base_job_template"]["variables"]["properties"]["image"]["default"]
    assert image == f"prefecthq/prefect:{version('prefect')}-python3.11"
    assert "block aws-credentials/top50-aws" in on_server(api)

    there = on_server(api)
    again = deploy(on_cloud, **MANAGED, TOP50_DEPLOYMENTS=",".join(DEPLOYMENTS))
    assert again.returncode == 1
    assert "refused deployment doctor/top50: This workspace has the maximum number of dep" in again.stderr
    assert "Choose fewer by TOP50_DEPLOYMENTS" in again.stderr
    assert {line.split()[0] for line in again.stdout.split("\n\n")[1].splitlines()} == {
        "unchanged",
        "note",
        "refused",
    }
    assert on_server(api) == there


def test_what_is_refused_keeps_nothing_else_from_being_made_and_comes_with_the_next_deploy(
    on_cloud: Command, cloud: PrefectCloud, api: PrefectApi
) -> None:
    cloud.plan = Plan(deployments=3, has_hybrid_pools=False, automations=2, shows_limits=False)
    line = refusal(on_cloud, **MANAGED, TOP50_DEPLOYMENTS="weekly-chart,enrich,rebuild,import-history")
    assert "refused deployment enrich/top50, 5 automations: " in line
    assert "maximum number of deployments" in line
    assert "maximum number of automations" in line
    assert deployed(api) == ["weekly-chart", "rebuild", "import-history"]
    assert len(automations(api)) == 2
    assert "a raw object landed" not in automations(api)  # it would start process-pending
    ids = {name: deployment(api, name)["id"] for name in deployed(api)}

    cloud.plan = replace(HOBBY, shows_limits=False)
    ended = deploy(on_cloud, **MANAGED)
    assert ended.returncode == 0, ended.stderr  # nobody asked for the doctor, which runs as a command too
    assert "refused   deployment doctor/top50: This workspace has the maximum number" in ended.stdout
    assert deployed(api) == FIVE
    assert len(automations(api)) == 8
    assert {name: deployment(api, name)["id"] for name in ids} == ids


def test_starter_has_process_pools_and_all_deployments_and_takes_the_events_of_the_stack(
    on_cloud: Command, cloud: PrefectCloud, api: PrefectApi
) -> None:
    cloud.plan = replace(STARTER, forbidden="/variables")
    line = refusal(on_cloud)
    assert line.startswith(f"✗ the Prefect server refused POST {urlsplit(cloud.api_url).path}/variables")
    assert ": You do not have permission to do that. See whether your key may do that" in line
    cloud.plan = STARTER
    ended = deploy(on_cloud)
    assert ended.returncode == 0, ended.stderr
    assert "unchanged work pool top50 (process)" in ended.stdout
    assert f"{cloud.ui_url}\nWorker:    " in ended.stdout
    assert ended.stdout.endswith("prefect worker start --pool top50\n")
    assert deployed(api) == list(DEPLOYMENTS)
    assert api.get("work_pools/top50")["type"] == "process"
    assert is_planned(api)

    (target,) = Stack(LANDING).properties("LandingRule")["Targets"]
    body = transformed(target["InputTransformer"]).encode()
    key = {"Authorization": f"Bearer {KEY}"}
    assert requests.post(f"{cloud.api_url}/events", body, timeout=20).status_code == 401
    assert requests.post(f"{cloud.api_url}/events", body, headers=key, timeout=20).ok
    landed = {
        "filter": {"event": {"name": ["top50.raw.landed"]}, "occurred": {"since": "2026-11-01T00:00:00Z"}}
    }
    wait_for(lambda: api.post("events/filter", landed)["events"], lambda: "the event did not arrive", 60)


def test_undeploy_asks_then_removes_what_is_ours_and_nothing_else(plain: Command, api: PrefectApi) -> None:
    api.post("work_pools/", {"name": "top50", "type": "process"})
    former = {"name": "weekly-chart", "tags": ["top50"], "work_pool_name": "top50"}
    flow = api.post("flows/", {"name": "weekly-chart"})["id"]
    api.post("deployments/", {**former, "flow_id": flow})
    theirs = {
        "name": "rebuild",
        "flow_id": api.post("flows/", {"name": "rebuild"})["id"],
        "work_pool_name": "top50",
    }
    their_id = api.post("deployments/", theirs)["id"]
    before = on_server(api)
    secrets = {"SPOTIPY_CLIENT_ID": "invented", "SPOTIPY_CLIENT_SECRET": "invented"}
    ended = deploy(plain, **secrets, **{**MANAGED, "TOP50_WORK_POOL_TYPE": "process"})
    assert ended.returncode == 0, ended.stderr
    assert "note      weekly-chart/weekly-chart is of an earlier release and still runs: " in ended.stdout
    assert "prefect deployment delete weekly-chart/weekly-chart\n" in ended.stdout
    full = on_server(api)
    assert len(full) > len(before) + 12

    unanswered = undeploy(plain)
    assert unanswered.returncode == 1
    assert "Remove Top 50's deployments" in unanswered.stdout
    assert "nothing was removed. Answer y, or run make undeploy ARGS=--yes." in unanswered.stderr
    assert on_server(api) == full

    answered = undeploy(plain, answer="y\n")
    assert answered.returncode == 0, answered.stderr
    lines = answered.stdout.partition("[y/N] ")[2].splitlines()
    assert {line.split()[0] for line in lines} == {"removed", "stays"}
    assert "stays     work pool top50: deployments that are not ours use it (rebuild/rebuild)" in lines
    assert (
        "stays     the lake s3://invented; flows with their runs and artifacts; Prefect's profiles" in lines
    )
    assert on_server(api) == before - {"deployment weekly-chart/weekly-chart"}

    api.delete(f"deployments/{their_id}")
    again = undeploy(plain, "--yes")
    assert again.returncode == 0, again.stderr
    assert "removed   work pool top50" in again.stdout
    assert {line.split()[0] for line in again.stdout.splitlines()} == {"absent", "removed", "stays"}
    assert not [name for name in on_server(api) if "top50" in name]


def undeploy(command: Command, *options: str, answer: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deployments.undeploy", *options],
        cwd=command.folder,
        env=command.environment,
        input=answer,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def on_server(api: PrefectApi) -> set[str]:
    """The names of everything that a deploy may leave on the server."""
    deployments = api.post("deployments/filter", {})
    flows = {each["id"]: each["name"] for each in api.post("flows/filter", {})}
    blocks = api.post("block_documents/filter", {"include_secrets": False})
    return {
        *(f"deployment {flows[each['flow_id']]}/{each['name']}" for each in deployments),
        *(f"block {each['block_type']['slug']}/{each['name']}" for each in blocks),
        *(f"automation {each['name']}" for each in api.post("automations/filter", {})),
        *(f"variable {each['name']}" for each in api.post("variables/filter", {})),
        *(f"work pool {each['name']}" for each in api.post("work_pools/filter", {})),
        *(f"limit {each['name']}" for each in api.post("v2/concurrency_limits/filter", {})),
    }
