"""One simulator over HTTP for all tests; each test gets it in its first state."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from top50.simulator import REFRESH_TOKEN, Simulator, running

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)  # a Sunday
SHARED = Path(__file__).parents[2].parent / "shared" / "data"

Get = Callable[..., requests.Response]


def paths(value: Any, at: str = "") -> set[tuple[str, str]]:
    """Every path in a JSON value, with the type of what is there."""
    found = {(at, type(value).__name__)}
    if isinstance(value, dict):
        found |= {pair for key, inner in value.items() for pair in paths(inner, f"{at}.{key}")}
    if isinstance(value, list):
        found |= {pair for inner in value for pair in paths(inner, at + "[]")}
    return found


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with running(now=NOW) as simulator:
        yield simulator


@pytest.fixture
def spotify(running_simulator: Simulator) -> Simulator:
    running_simulator.behave()
    running_simulator.strange_rows({})
    running_simulator.set_now(NOW)
    running_simulator.app = "extended"
    running_simulator.doubled = False
    return running_simulator


@pytest.fixture
def development(spotify: Simulator) -> Simulator:
    spotify.app = "development"
    return spotify


@pytest.fixture(scope="session")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.fixture
def app_get(spotify: Simulator, http: requests.Session) -> Get:
    """GET below `api_url`, with a client-credentials token."""
    return _getter(spotify, http, {"grant_type": "client_credentials"})


@pytest.fixture
def user_get(spotify: Simulator, http: requests.Session) -> Get:
    """GET below `api_url`, with a user's token."""
    return _getter(spotify, http, {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN})


def _getter(spotify: Simulator, http: requests.Session, form: dict[str, str]) -> Get:
    answer = http.post(spotify.accounts_url + "/api/token", data=form, auth=("id", "secret"), timeout=5)
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def get(path: str, **params: Any) -> requests.Response:
        return http.get(spotify.api_url + path, params=params, headers=headers, timeout=5)

    return get


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the real answers are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def real(shared: Path) -> Callable[[str], Any]:
    """A real answer of Spotify, by its path below the shared data."""
    return lambda path: json.loads((shared / path).read_text("utf-8"))
