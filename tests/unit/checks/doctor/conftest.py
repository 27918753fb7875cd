"""A user whom the doctor examines: their settings, their consent, and a simulator as their Spotify."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from top50.aws import AwsSession
from top50.checks.doctor import Dependencies, Diagnosis, Finding, examine
from top50.consent import SCOPE, Consent
from top50.settings import Settings
from top50.simulator import REFRESH_TOKEN, Simulator, running

SECRET = "hush-hush-hush"


def today() -> date:
    return datetime.now(UTC).date()


@dataclass
class Patient:
    """Somebody with settings and perhaps a consent."""

    settings: Settings
    spotify: Simulator
    consent: Consent | None = None
    saved: list[Consent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._asked_before = len(self.spotify.requests)

    @property
    def asked(self) -> list[tuple[str, int]]:
        """What Spotify was asked, by path and status; nothing may be asked twice but for tokens."""
        requests = self.spotify.requests[self._asked_before :]
        paths = [(request.path.partition("?")[0], request.status) for request in requests]
        questions = [path for path, _ in paths if path != "/api/token"]
        assert len(questions) == len(set(questions))
        assert len(paths) <= 5
        return paths

    def agreed(self, on: date | None = None, **changes: str) -> None:
        given = {"refresh_token": REFRESH_TOKEN, "client_id": "me", "scope": SCOPE} | changes
        self.consent = Consent(agreed_on=on or today(), **given)

    def examined(self, **changes: object) -> Diagnosis:
        settings = self.settings.model_copy(update=changes)
        dependencies = Dependencies(lambda: self.consent, self.saved.append, AwsSession, prefect=None)
        reported: list[Finding] = []
        diagnosis = examine(settings, dependencies, reported.append)
        assert tuple(reported) == diagnosis.findings
        for secret in (SECRET, REFRESH_TOKEN):
            assert secret not in "\n".join([*map(repr, reported), *map(str, reported), *diagnosis.advice])
        return diagnosis


def lines(diagnosis: Diagnosis, state: str) -> dict[str, str]:
    """Return name → text of the findings in a state."""
    return {found.name: found.text for found in diagnosis.findings if found.state == state}


def patient_of(spotify: Simulator, lake: Path) -> Patient:
    own = {
        "spotify_api_url": spotify.api_url,
        "spotify_accounts_url": spotify.accounts_url,
        "spotify_charts_url": spotify.charts_url,
        "spotify_client_id": "me",
        "spotify_client_secret": SecretStr(SECRET),
    }
    return Patient(Settings.model_validate({"lake": str(lake), "catalog": "none"} | own), spotify)


@pytest.fixture(scope="session")
def running_simulator() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def spotify(running_simulator: Simulator) -> Simulator:
    running_simulator.behave()
    running_simulator.rotate_refresh_tokens(False)
    running_simulator.app = "development"
    return running_simulator


@pytest.fixture
def patient(spotify: Simulator, tmp_path: Path) -> Patient:
    return patient_of(spotify, tmp_path / "lake")
