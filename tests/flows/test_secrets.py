"""No secret is anywhere to be read: everything runs at DEBUG, and all that it left behind is searched."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.servers.cloud import Cloud
from tests.servers.forks import running_forks
from tests.servers.prefect import PrefectServer
from tests.servers.processes import free_ports
from top50.simulator import MIRROR, Fault, Simulator, running

CLIENT_SECRET = "hush-client-secret-hush"
NOISY = "spotipy,urllib3,requests,botocore,boto3,prefect_aws,top50"  # httpx would tell of its own telling
UNFORESEEN = """
import runpy, spotipy
def fails(self, *args, **kwargs):
    raise RuntimeError("unforeseen")
spotipy.Spotify.playlist = fails
runpy.run_module("flows.weekly_chart", run_name="__main__")
"""
"""A run that ends in what nobody foresaw, and so with a traceback."""
VISIT = "import sys, urllib.request as web; web.urlopen(sys.argv[1], timeout=20).read()"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    now = datetime(2026, 11, 20, 22, tzinfo=UTC)
    with running(app="development", now=now, client_secret=CLIENT_SECRET) as spotify:
        yield spotify


@pytest.fixture
def environment(command: Command, simulated: dict[str, str], tmp_path: Path) -> dict[str, str]:
    (tmp_path / "visit.py").write_text(VISIT)
    return {
        **command.environment,
        **simulated,
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG",
        "PREFECT_LOGGING_EXTRA_LOGGERS": NOISY,
        "BROWSER": f"{sys.executable} {tmp_path / 'visit.py'} %s",
        "SPOTIPY_CLIENT_ID": "invented",
        "SPOTIPY_CLIENT_SECRET": CLIENT_SECRET,
        "SPOTIPY_REDIRECT_URI": f"http://127.0.0.1:{free_ports(1)[0]}/callback",
        "TOP50_CONSENT_BLOCK": "secrets-test",
        "TOP50_CONSENT_FILE": str(tmp_path / "consent.json"),
        "TOP50_SOURCE": "playlist",
    }


@pytest.fixture
def told(environment: dict[str, str]) -> Iterator[Callable[..., str]]:
    """Runs a command, and returns all that it wrote."""
    with running_forks(environment) as forks:

        def run(module: str, **settings: str) -> str:
            ended = forks.run(module, (), {**environment, **settings}, 120)
            return ended.stdout + ended.stderr

        yield run


def said_by_script(environment: dict[str, str], script: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    return ended.stdout + ended.stderr


def bytes_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()


def test_no_secret_token_or_authorization_header_is_left_anywhere(  # noqa: PLR0917 - the whole world
    environment: dict[str, str],
    told: Callable[..., str],
    simulator: Simulator,
    cloud: Cloud,
    prefect_api: PrefectApi,
    prefect_server: PrefectServer,
    tmp_path: Path,
) -> None:
    home, mirror = tmp_path, {"TOP50_PLAYLIST": MIRROR}
    said = {"login": told("deployments.login")}
    assert "✓ Your consent is in" in said["login"]
    said["mirror"] = told("flows.weekly_chart", **mirror)
    assert "50 entries" in said["mirror"]
    assert "DEBUG" in said["mirror"]
    simulator.misbehave(Fault("text_error", status=500, path_prefix="/v1/tracks"))
    said["page"] = told("flows.weekly_chart", TOP50_SOURCE="charts-page")
    assert "⚠ global-weekly" in said["page"]
    said["cloud"] = told("flows.weekly_chart", **mirror, **cloud.settings)
    assert "5 crawlers succeeded" in said["cloud"]
    said["doctor"] = told("deployments.doctor", **mirror)
    said["wrong"] = told("flows.weekly_chart", SPOTIPY_CLIENT_SECRET="hush-wrong-secret-hush")
    assert "does not know this client id or secret" in said["wrong"]
    nobody = {
        "TOP50_SPOTIFY_API_URL": "http://127.0.0.1:9/v1",
        "TOP50_SPOTIFY_ACCOUNTS_URL": "http://127.0.0.1:9",
    }
    said["nobody"] = told("flows.weekly_chart", **mirror, **nobody)
    assert "no usable answer from 127.0.0.1:9" in said["nobody"]
    wrong = {**cloud.settings, "AWS_SECRET_ACCESS_KEY": "hush-aws-secret-hush"}
    said["forbidden"] = told("flows.weekly_chart", **mirror, **wrong)
    assert "Check the AWS credentials" in said["forbidden"]
    said["unforeseen"] = said_by_script({**environment, **mirror}, UNFORESEEN)
    assert "Traceback" in said["unforeseen"]
    assert "RuntimeError: unforeseen" in said["unforeseen"]
    simulator.misbehave(Fault("status", status=500, times=4, path_prefix="/api/token"))
    said["broken"] = told("flows.weekly_chart", **mirror)
    simulator.revoke_refresh_tokens()
    said["revoked"] = told("flows.weekly_chart", **mirror)
    assert "Run make login" in said["revoked"]

    left = [(name, text.encode()) for name, text in said.items()]
    left += [*bytes_below(home), *bytes_below(prefect_server.home)]
    left += [(key, content) for key, (_, content) in cloud.objects("").items()]
    left += [
        (path, json.dumps(prefect_api.post(path, {"limit": 200})).encode())
        for path in ("flow_runs/filter", "task_runs/filter", "artifacts/filter", "logs/filter")
    ]
    left += [("events", json.dumps(prefect_api.post("events/filter", {"limit": 50})).encode())]
    pairs = [f"invented:{secret}".encode() for secret in (CLIENT_SECRET, "hush-wrong-secret-hush")]
    secrets = [
        b"hush-client-secret",
        b"hush-wrong-secret",
        b"hush-aws-secret",
        *[base64.b64encode(pair)[:-4] for pair in pairs],
        b"0simRefresh",
        b"0simToken",
        cloud.s3.secret_key.encode(),
        b"Signature=",
        b"Bearer 0",
    ]
    everything = b"".join(content for name, content in left if ".db" in name)
    assert b"secrets-test" in everything, "the database is not among what is searched"
    found = [(name, secret) for name, content in left for secret in secrets if secret in content]
    assert found == []
