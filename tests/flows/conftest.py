"""Flows as people run them: as commands, against real servers that all tests of this folder share."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.servers.forks import Forks, running_forks
from tests.servers.prefect import PrefectServer
from top50.simulator import Simulator, running

ROOT = Path(__file__).parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"


# No command takes longer, on a busy machine either.
SECONDS = 120.0


@dataclass
class Command:
    """Runs flows, and what else is a command, with nothing in the environment but what is given here."""

    environment: dict[str, str]
    folder: Path = ROOT
    # What runs those that need no other Prefect settings and no other folder than it has.
    forks: Forks | None = None

    def __call__(self, flow: str, *options: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return self.run(f"flows.{flow}", *options, **settings)

    def run(self, module: str, *options: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run another command of the project."""
        environment = {**self.environment, **settings}
        try:
            if self.forks and self.forks.suit(environment) and self.folder == ROOT:
                return self.forks.run(module, options, environment, SECONDS)
            return subprocess.run(
                [sys.executable, "-m", module, *options],
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as hung:
            pytest.fail(f"{module} did not end; it wrote:\n{(hung.stderr or b'').decode()}")


@dataclass
class PrefectApi:
    """Asks the Prefect API what it shows."""

    url: str
    _session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        # 503 is the server's answer while its database is locked; Prefect's own client asks again too.
        again = Retry(total=8, backoff_factor=0.1, status_forcelist=[503], allowed_methods=None)
        self._session.mount("http://", HTTPAdapter(max_retries=again))
        client = uuid4().hex  # the server knows one token a client, the last one that it gave
        answer = self._session.get(f"{self.url}/csrf-token?client={client}", timeout=20)
        if answer.status_code != requests.codes.unprocessable_entity:  # of a server that wants none
            own = {"Prefect-Csrf-Client": client, "Prefect-Csrf-Token": answer.json()["token"]}
            self._session.headers.update(own)

    def newest_runs(self, flow: str, count: int = 1) -> list[dict[str, Any]]:
        query = {
            "flows": {"name": {"any_": [flow]}},
            "flow_runs": {"start_time": {"is_null_": False}},  # the server plans runs of what is deployed
            "sort": "START_TIME_DESC",
            "limit": count,
        }
        runs: list[dict[str, Any]] = self.post("flow_runs/filter", query)
        return runs

    def artifacts(self, run_id: str) -> dict[str, dict[str, Any]]:
        query = {"artifacts": {"flow_run_id": {"any_": [run_id]}}}
        return {artifact["key"]: artifact for artifact in self.post("artifacts/filter", query)}

    def events(self, run_id: str, name: str, least: int) -> list[dict[str, Any]]:
        """Return a run's events whose name begins so; they arrive a little after the run's end."""
        wanted = {"event": {"prefix": [name]}, "related": {"id": [f"prefect.flow-run.{run_id}"]}}
        deadline = time.monotonic() + 30
        while True:
            found: list[dict[str, Any]] = self.post("events/filter", {"filter": wanted, "limit": 50})[
                "events"
            ]
            if len(found) >= least or time.monotonic() > deadline:
                return found
            time.sleep(0.2)

    def post(self, path: str, query: Mapping[str, Any]) -> Any:
        answer = self._session.post(f"{self.url}/{path}", json=query, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def tell(self, method: str, path: str, body: Any = None) -> int:
        """PATCH, DELETE or POST what has no answer of interest; return the status, one that is no failure."""
        answer = self._session.request(method, f"{self.url}/{path}", json=body, timeout=20)
        if answer.status_code != requests.codes.not_found:
            answer.raise_for_status()
        return answer.status_code

    def get(self, path: str) -> Any:
        answer = self._session.get(f"{self.url}/{path}", timeout=20)
        answer.raise_for_status()
        return answer.json()

    def delete(self, path: str) -> None:
        # 404: a busy server that breaks the connection off has deleted it before the client asks again.
        self.tell("DELETE", path)

    def close(self) -> None:
        self._session.close()


@pytest.fixture(scope="session")
def prefect_api(prefect_server: PrefectServer) -> Iterator[PrefectApi]:
    api = PrefectApi(prefect_server.api_url)
    yield api
    api.close()


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture(scope="session")
def prefect_settings(prefect_server: PrefectServer) -> dict[str, str]:
    return {**prefect_server.environment(), "PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS": "0.1"}


@pytest.fixture(scope="session")
def forks(prefect_settings: dict[str, str]) -> Iterator[Forks]:
    with running_forks(prefect_settings) as running:
        yield running


def command_in(home: Path, prefect_settings: dict[str, str], forks: Forks) -> Command:
    """Return what runs commands with this home, and with the folder `lake` in it for a lake."""
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TOP50_SOURCE": "simulator",
        "TOP50_LAKE": str(home / "lake"),
    }
    return Command({**prefect_settings, **own}, forks=forks)


@pytest.fixture
def command(prefect_settings: dict[str, str], forks: Forks, tmp_path: Path) -> Command:
    return command_in(tmp_path, prefect_settings, forks)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running() as spotify:
        yield spotify


@pytest.fixture
def simulated(simulator: Simulator) -> dict[str, str]:
    """The settings that make a flow read from the test's own simulator."""
    return {"TOP50_SPOTIFY_API_URL": simulator.api_url, "TOP50_SPOTIFY_ACCOUNTS_URL": simulator.accounts_url}


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return path → (time of last write, content) of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
