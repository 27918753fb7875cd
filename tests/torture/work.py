"""A worker with a run going on, watched closely enough to strike at a chosen moment."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.flows.conftest import PrefectApi
from tests.flows.deploying import ENDS, deployment
from tests.servers.prefect import PrefectServer, running_prefect_server
from tests.servers.processes import running_process
from tests.torture.commands import ROOT

SECONDS = 180.0

MOMENTS: dict[str, Callable[[Path], bool]] = {
    "raw objects have landed": lambda lake: _any(lake / "raw_data/to_processed/chart=global-weekly"),
    "the first table is written": lambda lake: _any(lake / "transformed_data/artist"),
    "the songs are written": lambda lake: _any(lake / "transformed_data/songs"),
    "the facts are written": lambda lake: _any(lake / "transformed_data/chart_entries"),
    "the first raw object is archived": lambda lake: _any(lake / "raw_data/processed"),
    "the page is written": lambda lake: _any(lake / "reports"),
}
"""What a lake that was empty looks like then."""


def _any(folder: Path) -> bool:
    return any(path.is_file() for path in folder.rglob("*"))


@dataclass
class Work:
    """A server with our deployments, and what a run of them does."""

    server: PrefectServer
    api: PrefectApi
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a worker knows: no settings of a user."""
        quick = {"PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS": "0.5"}
        return {
            **self.server.environment(),
            **quick,
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
        }

    def deploy(self) -> None:
        """Put everything on the server, as `make deploy` does."""
        subprocess.run(
            [sys.executable, "-m", "deployments.deploy"],
            cwd=ROOT,
            env={**self.environment, "TOP50_SOURCE": "simulator", "TOP50_LAKE": str(self.folder / "lake")},
            capture_output=True,
            check=True,
        )

    @contextmanager
    def worker(self, name: str, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Start a process worker in an empty folder, with settings of its own."""
        start = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "top50", "--type", "process"]
        place = self.folder / f"worker {name}"
        place.mkdir()
        log = place.with_suffix(".log")
        with running_process(start, {**self.environment, **settings}, place, log) as process:
            yield process

    def start_run(self, lake: Path) -> str:
        """Start a weekly run as the dashboard does; return its id."""
        path = f"deployments/{deployment(self.api, 'weekly-chart')['id']}/create_flow_run"
        parameters = {"lake": str(lake), "source": "simulator", "catalog": "none"}
        made: dict[str, Any] = self.api.post(path, {"parameters": parameters})
        return str(made["id"])

    def state(self, run: str) -> dict[str, Any]:
        """Return a run's state."""
        found: dict[str, Any] = self.api.get(f"flow_runs/{run}")["state"]
        return found

    def wait_for(self, run: str, *kinds: str, seconds: float = SECONDS) -> dict[str, Any]:
        """Wait until a run is in one of these states. Raises TimeoutError with the state that it is in."""
        found: dict[str, Any] = until(
            lambda: (now := self.state(run))["type"] in kinds and now, f"run {run}", seconds
        )
        return found

    def wait_for_end(self, run: str, seconds: float = SECONDS) -> dict[str, Any]:
        """Wait until a run has ended."""
        return self.wait_for(run, *ENDS, seconds=seconds)

    def places(self) -> int:
        """Return how many runs hold a place of the work pool's own queue: it gives one."""
        states = {"type": {"any_": ["PENDING", "RUNNING"]}}
        queue = {"name": {"any_": ["default"]}}
        query = {"flow_runs": {"state": states}, "work_pool_queues": queue}
        return int(self.api.post("flow_runs/count", query))


@contextmanager
def open_work(folder: Path) -> Iterator[Work]:
    """Start a server with everything on it."""
    with running_prefect_server(folder / "prefect") as server:
        api = PrefectApi(server.api_url)
        work = Work(server, api, folder)
        work.deploy()
        yield work
        api.close()


def until(look: Callable[[], Any], what: str, seconds: float = SECONDS, pause: float = 0.2) -> Any:
    """Return what is found as soon as something is. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
    return found


def children(parent: int) -> list[int]:
    """Return the processes that a process has started, and theirs, by Linux's own list of them."""
    found = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def runs_of(worker: int, run: str) -> list[int]:
    """Return the processes of a flow run below a worker."""
    return [pid for pid in children(worker) if run in _environment(pid)]


def _environment(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


def kill(pids: list[int]) -> None:
    """Kill processes that may be gone."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
