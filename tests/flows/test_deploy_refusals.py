"""What stands in the way of `make deploy` gets one clear line with the remedy, before anything is made."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.flows.conftest import Command, PrefectApi
from tests.flows.deploying import refusal

ELSEWHERE = {"TOP50_REPOSITORY": "https://git.example/top50.git", "TOP50_LAKE": "s3://invented"}


def test_without_a_server_it_says_how_to_get_one(command: Command) -> None:
    del command.environment["PREFECT_API_URL"]
    line = refusal(command)
    assert "no Prefect server is configured: PREFECT_API_URL is empty" in line
    assert "make server" in line
    assert "export PREFECT_API_URL=" in line


def test_a_server_that_does_not_answer_is_named(command: Command) -> None:
    line = refusal(command, PREFECT_API_URL="http://127.0.0.1:9/api", PREFECT_CLIENT_MAX_RETRIES="0")
    assert "http://127.0.0.1:9/api does not answer" in line


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"TOP50_LAEK": "x"}, "unknown setting TOP50_LAEK"),
        ({"TOP50_NOTIFY_BLOCK": "slack-webhook/none"}, "no notification block slack-webhook/none"),
        ({"TOP50_WORK_POOL_TYPE": "ecs"}, "Set TOP50_REPOSITORY"),
        ({"TOP50_WORK_POOL_TYPE": "kubernetes", **ELSEWHERE, "TOP50_LAKE": "lake"}, "would lose a lake"),
        ({"TOP50_WORK_POOL_TYPE": "prefect:managed"}, "Set TOP50_REPOSITORY"),
        (
            {"TOP50_WORK_POOL_TYPE": "prefect:managed", **ELSEWHERE, "TOP50_REPOSITORY": "."},
            "runs flows on machines that do not have the folder .",
        ),
        ({"TOP50_DEPLOYMENTS": "weekly-chart,doktor"}, "no deployment 'doktor', the nearest is doctor"),
    ],
)
def test_settings_that_cannot_work_are_named(
    command: Command, settings: dict[str, str], expected: str
) -> None:
    assert expected in refusal(command, **settings)


def test_a_password_in_the_repository_is_refused_and_not_shown(
    command: Command, prefect_api: PrefectApi
) -> None:
    line = refusal(command, TOP50_REPOSITORY="https://me:hush-hush@git.example/top50.git")
    assert "TOP50_REPOSITORY has a name or password in it" in line
    assert "hush-hush" not in line
    assert "hush-hush" not in str(prefect_api.post("variables/filter", {}))


def test_a_work_pool_of_another_type_is_left_alone(command: Command, prefect_api: PrefectApi) -> None:
    pools = prefect_api.post("work_pools/filter", {})
    if "top50" not in {pool["name"] for pool in pools}:
        prefect_api.post("work_pools/", {"name": "top50", "type": "process"})
    line = refusal(command, TOP50_WORK_POOL_TYPE="ecs", **ELSEWHERE)
    assert "the work pool top50 exists with type process" in line
    assert "prefect work-pool delete top50" in line
    assert prefect_api.get("work_pools/top50")["type"] == "process"


def test_a_server_without_managed_pools_says_whose_they_are(
    command: Command, prefect_api: PrefectApi
) -> None:
    prefect_api.tell("DELETE", "work_pools/top50")
    line = refusal(command, TOP50_WORK_POOL_TYPE="prefect:managed", **ELSEWHERE)
    assert "no work pools of type prefect:managed: only Prefect Cloud has them" in line
    assert "prefect cloud login" in line


@pytest.fixture
def locked_out() -> Iterator[str]:
    """The address of a server that wants a key."""

    class Doorkeeper(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Doorkeeper) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


def test_a_server_that_wants_a_key_is_named(command: Command, locked_out: str) -> None:
    line = refusal(command, PREFECT_API_URL=locked_out)
    assert f"{locked_out} answered 401" in line
    assert "PREFECT_API_KEY" in line
