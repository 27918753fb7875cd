"""A simulator for all tests of sources; each test gets it in its first state."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from top50.settings import Settings
from top50.simulator import Simulator, running

SECRET = "hush-hush-hush"


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    running_simulator.behave()
    running_simulator.strange_rows({})
    running_simulator.set_now(datetime(2026, 11, 22, 9, tzinfo=UTC))
    running_simulator.app = "extended"
    return running_simulator


@pytest.fixture
def settings(simulator: Simulator) -> Settings:
    own = {"spotify_api_url": simulator.api_url, "spotify_accounts_url": simulator.accounts_url}
    client = {"spotify_client_id": "me", "spotify_client_secret": SecretStr(SECRET)}
    return Settings.model_validate(own).model_copy(update=client)
