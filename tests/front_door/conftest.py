"""A user of AWS and Spotify: keys, a region and nothing else. No setting says that it is a test."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flows.conftest import Command, forks, prefect_api, prefect_settings
from tests.servers.cloud import Cloud
from tests.servers.forks import Forks
from tests.servers.front_door import Door
from top50.settings import SPOTIFY_API_URL
from top50.simulator import Simulator, running

__all__ = ["forks", "prefect_api", "prefect_settings"]  # those of tests/flows

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)
A_WEEK_EARLIER = datetime(2026, 11, 13, 22, tzinfo=UTC)
APP = {"SPOTIPY_CLIENT_ID": "invented", "SPOTIPY_CLIENT_SECRET": "invented"}


@pytest.fixture
def command(prefect_settings: dict[str, str], forks: Forks, cloud: Cloud, tmp_path: Path) -> Command:
    home = tmp_path / "home"
    home.mkdir()
    # The source by name: who has run `make run` has an .env that says simulator.
    own = {"PATH": os.environ["PATH"], "HOME": str(home), "TOP50_SOURCE": "playlist"}
    return Command({**prefect_settings, **own, **cloud.settings}, forks=forks)


@pytest.fixture
def spotify(door: Door) -> Iterator[Simulator]:
    """Spotify as it answers an app that it knew before 2025."""
    with running(now=A_WEEK_EARLIER, api_url=SPOTIFY_API_URL) as simulator:
        door.lead_to_spotify(simulator.accounts_url)
        yield simulator
