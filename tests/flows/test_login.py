"""`make login` as people run it: a browser, or a pasted address; then a run that reads for the user."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.servers.processes import free_ports
from top50.consent import Consent, read_consent_file, write_consent_file
from top50.simulator import MIRROR, Simulator

SECRET = "hush-hush-hush"
BLOCK = "top50-spotify-consent"

VISIT = "import sys, urllib.request as web; web.urlopen(sys.argv[1], timeout=20).read()"

Login = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def spotify(simulator: Simulator) -> Simulator:
    simulator.app = "development"
    return simulator


@pytest.fixture
def environment(command: Command, spotify: Simulator, tmp_path: Path) -> dict[str, str]:
    """A user with a browser, an app with a secret, and no Prefect server."""
    (tmp_path / "visit.py").write_text(VISIT)
    del command.environment["PREFECT_API_URL"]
    return command.environment | {
        "BROWSER": f"{sys.executable} {tmp_path / 'visit.py'} %s",
        "SPOTIPY_CLIENT_ID": "invented",
        "SPOTIPY_CLIENT_SECRET": SECRET,
        "SPOTIPY_REDIRECT_URI": f"http://127.0.0.1:{free_ports(1)[0]}/callback",
        "TOP50_CONSENT_FILE": str(tmp_path / "consent.json"),
        "TOP50_SPOTIFY_API_URL": spotify.api_url,
        "TOP50_SPOTIFY_ACCOUNTS_URL": spotify.accounts_url,
    }


@pytest.fixture
def login(environment: dict[str, str]) -> Iterator[Login]:
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **settings: str) -> "subprocess.Popen[str]":
        program = subprocess.Popen(
            [sys.executable, "-m", "deployments.login", *options],
            cwd=ROOT,
            env={**environment, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(program)
        return program

    yield start
    for program in started:
        with program:
            program.kill()


def ended(program: "subprocess.Popen[str]", typed: str | None = None) -> tuple[int, list[str], str]:
    """Return the exit code, the lines of stdout, and that of stderr."""
    output, complaint = program.communicate(typed, timeout=60)
    assert "0simRefresh" not in output + complaint
    assert SECRET not in output + complaint
    assert "\n" not in complaint.strip(), complaint
    return program.returncode, output.splitlines(), complaint.strip()


def read_address(program: "subprocess.Popen[str]") -> str:
    assert program.stdout
    return next(line.strip() for line in program.stdout if "/authorize?" in line)


def stored(environment: dict[str, str]) -> Consent | None:
    return read_consent_file(Path(environment["TOP50_CONSENT_FILE"]))


def test_a_browser_brings_the_consent_into_the_file(
    login: Login, spotify: Simulator, environment: dict[str, str]
) -> None:
    code, output, complaint = ended(login())
    assert (code, complaint) == (0, "")
    consent = stored(environment)
    assert consent
    assert consent.agreed_on == datetime.now(UTC).date()
    assert (
        f"✓ Your consent is in {environment['TOP50_CONSENT_FILE']}. It holds until {consent.ends_on}."
        in output
    )
    assert environment["SPOTIPY_REDIRECT_URI"] in output[1]

    spotify.refuse_consent()
    code, _, complaint = ended(login())
    assert code == 1
    assert complaint.startswith("✗ the consent was refused in the browser (access_denied). Run make login")
    assert stored(environment) == consent


def test_an_address_can_be_pasted_instead(login: Login, environment: dict[str, str]) -> None:
    program = login("--paste")
    back = requests.get(read_address(program), allow_redirects=False, timeout=20).headers["Location"]
    code, output, complaint = ended(program, f"{back}\n")
    assert (code, complaint) == (0, "")
    assert "✓ Your consent is in" in "".join(output)
    assert stored(environment)


def test_ctrl_c_ends_it_in_one_line(login: Login, environment: dict[str, str]) -> None:
    program = login(BROWSER="true %s")
    read_address(program)
    program.send_signal(signal.SIGINT)
    assert ended(program) == (130, [], "✗ Stopped; no consent was stored. Run make login again.")
    assert stored(environment) is None


def test_without_an_app_there_is_nothing_to_agree_to(login: Login) -> None:
    code, output, complaint = ended(login(SPOTIPY_CLIENT_SECRET=""))
    assert (code, output) == (1, [])
    assert complaint.startswith("✗ SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET are not both set")


def test_a_block_keeps_the_consent_for_every_worker(
    login: Login,
    command: Command,
    environment: dict[str, str],
    prefect_api: PrefectApi,
    spotify: Simulator,
) -> None:
    today = datetime.now(UTC).date()
    file = Path(environment["TOP50_CONSENT_FILE"])
    write_consent_file(file, Consent("of-yesterday", today - timedelta(days=1), "invented", ""))
    before = file.read_bytes()
    for _ in range(2):  # a second login takes the place of the first
        code, output, complaint = ended(login(PREFECT_API_URL=prefect_api.url))
        assert (code, complaint) == (0, "")
    assert f"in the Secret block {BLOCK} of {prefect_api.url}" in "".join(output)
    assert file.read_bytes() == before

    block = prefect_api.get(f"block_types/slug/secret/block_documents/name/{BLOCK}")
    assert set(block["data"]["value"]) == {"*"}
    stored = b"".join(part.read_bytes() for part in Path(environment["PREFECT_HOME"]).glob("prefect.db*"))
    assert BLOCK.encode() in stored
    assert b"0simRefresh" not in stored

    user = environment | {
        "PREFECT_API_URL": prefect_api.url,
        "TOP50_SOURCE": "playlist",
        "TOP50_PLAYLIST": MIRROR,
    }
    asked = len(spotify.requests)
    run = command("weekly_chart", **user)
    assert run.returncode == 0, run.stderr
    assert "0simRefresh" not in run.stdout + run.stderr
    assert [request.status for request in spotify.requests[asked:]][:2] == [200, 200]

    spotify.revoke_refresh_tokens()
    asked = len(spotify.requests)
    run = command("weekly_chart", **user)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1] == (
        f"✗ Spotify ended the consent of {today} (invalid_grant). Run make login."
    )
    assert [request.status for request in spotify.requests[asked:]] == [400]


def test_a_server_that_does_not_answer_leaves_the_file(login: Login, environment: dict[str, str]) -> None:
    code, output, complaint = ended(login(PREFECT_API_URL="http://127.0.0.1:9/api"))
    assert (code, complaint) == (0, "")
    assert "the Prefect server, which stores your consent, does not answer" in "".join(output)
    assert stored(environment)
