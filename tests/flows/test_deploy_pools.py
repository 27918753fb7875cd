"""Work pools of containers: templates that Prefect takes, and that its workers can fill in."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from importlib.metadata import version
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.utilities.schema_tools import is_valid_schema
from prefect_aws.workers.ecs_worker import ECSJobConfiguration, ECSWorker

from deployments.prefect_server.pool import TEMPLATES, job_template
from tests.flows.conftest import Command, PrefectApi
from tests.flows.deploying import deployed, deployment
from tests.servers.prefect import PrefectServer

ROLES = {
    "top50_task_role_arn": "arn:aws:iam::000000000000:role/task",
    "top50_execution_role_arn": "arn:aws:iam::000000000000:role/execution",
}


@pytest.fixture
def no_pool(prefect_api: PrefectApi) -> Iterator[None]:
    prefect_api.tell("DELETE", "work_pools/top50")
    yield
    prefect_api.tell("DELETE", "work_pools/top50")


@pytest.fixture
def roles(prefect_api: PrefectApi) -> Iterator[tuple[str, ...]]:
    for name, value in ROLES.items():
        prefect_api.post("variables/", {"name": name, "value": value})
    yield tuple(ROLES.values())
    for name in ROLES:
        prefect_api.tell("DELETE", f"variables/name/{name}")


@pytest.mark.parametrize("kind", ["ecs", "kubernetes"])
def test_containers_get_our_template_and_clone_the_code(
    no_pool: None, command: Command, prefect_api: PrefectApi, kind: str
) -> None:
    del no_pool
    settings = {
        "TOP50_WORK_POOL_TYPE": kind,
        "TOP50_REPOSITORY": "https://git.example/top50.git",
        "TOP50_LAKE": "s3://invented",
    }
    lines = deployed(command, **settings)
    assert lines[0] == f"made     work pool top50 ({kind})"
    assert [
        f"note     the work pool's template wants it: prefect variable set {name} …" in lines
        for name in ROLES
    ] == [kind == "ecs"] * 2
    pool = prefect_api.get("work_pools/top50")
    assert pool["type"] == kind
    template = json.loads((TEMPLATES / f"{kind}.json").read_text())
    assert pool["base_job_template"] == template
    clone, install = deployment(prefect_api, "weekly-chart")["pull_steps"]
    assert clone["prefect.deployments.steps.git_clone"]["repository"] == settings["TOP50_REPOSITORY"]
    assert (
        install["prefect.deployments.steps.pip_install_requirements"]["directory"] == "{{ clone.directory }}"
    )


@pytest.mark.parametrize("kind", ["ecs", "kubernetes"])
def test_a_template_is_whole(kind: Any) -> None:
    template = job_template(kind)
    is_valid_schema(template["variables"], preprocess=False)
    image = template["variables"]["properties"]["image"]["default"]
    assert image == f"prefecthq/prefect:{version('prefect')}-python3.11"
    filled_in = json.dumps(template["job_configuration"])
    for name in template["variables"]["properties"]:
        assert f"{{{{ {name} }}}}" in filled_in, f"{name} can be chosen, and nothing comes of it"


def test_the_ecs_template_is_that_of_its_worker_but_for_our_defaults() -> None:
    ours, theirs = job_template("ecs"), ECSWorker.get_default_base_job_template()
    assert ours["job_configuration"] == theirs["job_configuration"]
    assert ours["variables"].keys() == theirs["variables"].keys()
    properties = theirs["variables"]["properties"]
    for name, ours_of_it in ours["variables"]["properties"].items():
        assert {**ours_of_it, "default": None} == {**properties.pop(name), "default": None}
    assert not properties


def test_a_worker_on_ecs_makes_a_task_of_it(roles: tuple[str, ...], prefect_server: PrefectServer) -> None:
    async def configured() -> ECSJobConfiguration:
        async with get_client() as client:
            made: ECSJobConfiguration = await ECSJobConfiguration.from_template_and_values(
                job_template("ecs"), {"memory": 4096}, client=client
            )
        return made

    with temporary_settings({PREFECT_API_URL: prefect_server.api_url}):
        # In a thread of its own: other tests of this process leave a running loop behind (Playwright's).
        with ThreadPoolExecutor(1) as pool:
            task = pool.submit(copy_context().run, asyncio.run, configured()).result()
    overrides = task.task_run_request["overrides"]
    assert (overrides["taskRoleArn"], task.execution_role_arn) == roles
    assert (overrides["cpu"], overrides["memory"], task.task_definition["family"]) == (1024, 4096, "top50")
    assert task.cloudwatch_logs_options == {"awslogs-group": "/top50/flow-runs"}
