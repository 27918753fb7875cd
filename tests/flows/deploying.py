"""`make deploy` as people run it, and a worker for what it deployed."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.flows.conftest import Command, PrefectApi
from tests.servers.processes import running_process

ENDS = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def deploy(command: Command, **settings: str) -> "subprocess.CompletedProcess[str]":
    return command.run("deployments.deploy", **settings)


def deployed(command: Command, **settings: str) -> list[str]:
    """Deploy, and return the lines about things on the server."""
    ended = deploy(command, **settings)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split("\n\n")[1].splitlines()


def refusal(command: Command, **settings: str) -> str:
    ended = deploy(command, **settings)
    assert ended.returncode == 1, ended.stdout
    assert "Traceback" not in ended.stderr
    return ended.stderr.splitlines()[-1]


def deployment(api: PrefectApi, flow: str, name: str = "top50") -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"deployments/name/{flow}/{name}")
    return found


@contextmanager
def running_worker(
    environment: Mapping[str, str], folder: Path, python: str = sys.executable
) -> Iterator[Path]:
    """A process worker, started in an empty folder; yields its log."""
    start = [python, "-m", "prefect", "worker", "start", "--pool", "top50", "--type", "process"]
    folder.mkdir()
    log = folder.with_suffix(".log")
    with running_process(start, {**environment, "PREFECT_WORKER_QUERY_SECONDS": "1"}, folder, log):
        yield log


def start(
    api: PrefectApi, flow: str, parameters: Mapping[str, object], deployed_as: str = "top50", **options: str
) -> str:
    """Start a run of a deployment as the dashboard does; return its id. options: its name, say."""
    path = f"deployments/{deployment(api, flow, deployed_as)['id']}/create_flow_run"
    made: dict[str, Any] = api.post(path, {"parameters": parameters, **options})
    return str(made["id"])


def run_to_end(  # noqa: PLR0917
    api: PrefectApi,
    flow: str,
    log: Path,
    parameters: Mapping[str, object],
    seconds: float = 120,
    deployed_as: str = "top50",
) -> dict[str, Any]:
    """Start a run of a deployment, and return it when it has ended."""
    return wait_for_end(api, start(api, flow, parameters, deployed_as), log, seconds)


def wait_for_end(api: PrefectApi, run: str, log: Path, seconds: float = 120) -> dict[str, Any]:
    """Return a run when it has ended."""
    ended: dict[str, Any] = wait_for(
        lambda: (now := api.get(f"flow_runs/{run}"))["state"]["type"] in ENDS and now,
        lambda: f"the run did not end in time:\n{log.read_text()[-3000:]}",
        seconds,
    )
    return ended


def patch(api: PrefectApi, path: str, change: Mapping[str, object]) -> None:
    assert api.tell("PATCH", path, change) != requests.codes.not_found


def wait_for(look: Callable[[], Any], complaint: Callable[[], str], seconds: float = 120) -> Any:
    """Return what `look` finds as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.3)
    raise AssertionError(complaint())


def automations(api: PrefectApi) -> dict[str, dict[str, Any]]:
    found = api.post("automations/filter", {})
    ours = [each for each in found if each["name"].startswith("top50: ")]
    assert len({each["name"] for each in ours}) == len(ours), "an automation is there twice"
    return {each["name"].removeprefix("top50: "): each for each in ours}
