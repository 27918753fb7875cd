"""Work pools of containers: templates that Prefect takes, and that its workers can fill in."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from importlib.metadata import version
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.utilities.schema_tools import is_valid_schema
from prefect_aws.workers.ecs_worker import ECSJobConfiguration, ECSWorker

from deployments.prefect_server.work_pool import job_template
from tests.aws.template import Stack
from tests.flows.conftest import Command, PrefectApi
from tests.flows.deploying import deployed, deployment
from tests.servers.prefect import PrefectServer
from top50.settings import WorkPoolType

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
    no_pool: None, command: Command, prefect_api: PrefectApi, kind: WorkPoolType
) -> None:
    del no_pool
    settings = {
        "TOP50_WORK_POOL_TYPE": kind,
        "TOP50_REPOSITORY": "https://git.example/top50.git",
        "TOP50_LAKE": "s3://invented",
    }
    lines = deployed(command, **settings)
    assert lines[0] == f"created   work pool top50 ({kind})"
    assert [
        f"note      the work pool's template needs a variable: prefect variable set {name} …" in lines
        for name in ROLES
    ] == [kind == "ecs"] * 2
    pool = prefect_api.get("work_pools/top50")
    assert pool["type"] == kind
    assert pool["base_job_template"] == job_template(kind)
    place, _, install = deployment(prefect_api, "weekly-chart")["pull_steps"]
    [place], [install] = place.values(), install.values()
    assert (place["env"]["REPOSITORY"], install["run_name"]) == (settings["TOP50_REPOSITORY"], "clone")


@pytest.mark.parametrize("kind", ["ecs", "kubernetes"])
def test_a_template_is_whole(kind: WorkPoolType) -> None:
    template = job_template(kind)
    is_valid_schema(template["variables"], preprocess=False)
    image = template["variables"]["properties"]["image"]["default"]
    assert image == f"prefecthq/prefect:{version('prefect')}-python3.11"
    filled_in = json.dumps(template["job_configuration"])
    for name in template["variables"]["properties"]:
        assert f"{{{{ {name} }}}}" in filled_in, f"{name} can be chosen, and nothing comes of it"


def test_the_ecs_template_is_that_of_its_worker_but_for_nine_defaults() -> None:
    ours, theirs = job_template("ecs"), ECSWorker.get_default_base_job_template()
    properties = theirs["variables"]["properties"]
    ours_alone = {
        name: of_it["default"]
        for name, of_it in ours["variables"]["properties"].items()
        if of_it != properties[name]
    }
    assert ours_alone.keys() == {
        "family",
        "image",
        "cpu",
        "memory",
        "task_role_arn",
        "execution_role_arn",
        "configure_cloudwatch_logs",
        "cloudwatch_logs_options",
        "match_latest_revision_in_family",
    }
    for name, default in ours_alone.items():
        properties[name]["default"] = default
    assert ours == theirs


def test_only_a_pool_on_ecs_waits_for_its_worker_to_be_imported() -> None:
    code = (
        "import sys\n"
        "from deployments.prefect_server.work_pool import job_template\n"
        "job_template('kubernetes')\n"
        "sys.exit('prefect_aws.workers.ecs_worker' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_prefects_ecs_worker_needs_is_in_the_stack_with_its_commands() -> None:
    stack = Stack({"EcsWorker": "true"})
    lines = [line for name, line in stack.outputs.items() if name.startswith("Variable")]
    wanted = job_template("ecs")["variables"]["properties"]
    for name in ("task_role_arn", "execution_role_arn"):
        variable = re.fullmatch(r"\{\{ prefect\.variables\.(\w+) \}\}", wanted[name]["default"])
        assert variable, name
        assert [
            line
            for line in lines
            if line.startswith(f".venv/bin/prefect variable set --overwrite {variable[1]} arn:aws:iam::")
        ]
    (group,) = stack.of_type("AWS::Logs::LogGroup").values()
    assert group["LogGroupName"] == wanted["cloudwatch_logs_options"]["default"]["awslogs-group"]
    assert group["RetentionInDays"] > 0


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


def test_the_command_that_lets_a_worker_see_crashed_tasks_starts() -> None:
    """With typer 0.29 prefect-aws 0.7.12 ends in a traceback; see pyproject.toml."""
    prefect_aws = Path(sys.executable).with_name("prefect-aws")
    ended = subprocess.run(
        [prefect_aws, "ecs-worker", "deploy-events", "--help"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "--existing-cluster-arn" in ended.stdout
