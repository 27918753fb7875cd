"""The doctor as a command and as a flow, beside a real Prefect server."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flows.conftest import Command, PrefectApi
from tests.flows.deploying import deployed
from top50.consent import SCOPE, Consent
from top50.simulator import MIRROR, REFRESH_TOKEN, Simulator

SECRET = "hush-hush-hush"


def doctor(command: Command, *options: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run it as `make doctor` does."""
    return command.run("deployments.doctor", *options, **settings)


@pytest.fixture
def mirror(simulator: Simulator, simulated: dict[str, str], tmp_path: Path) -> dict[str, str]:
    simulator.app = "development"
    app = {"SPOTIPY_CLIENT_ID": "me", "SPOTIPY_CLIENT_SECRET": SECRET, "TOP50_SOURCE": "playlist"}
    where = {"TOP50_PLAYLIST": MIRROR, "TOP50_CONSENT_FILE": str(tmp_path / "none.json")}
    return {**simulated, **app, **where, "TOP50_CONSENT_BLOCK": f"consent-{tmp_path.name.replace('_', '-')}"}


def keep_in_block(api: PrefectApi, name: str) -> str:
    """Keep a consent where make login keeps it; return the block's id."""
    consent = Consent(REFRESH_TOKEN, datetime.now(UTC).date(), "me", SCOPE)
    kind = api.get("block_types/slug/secret")["id"]
    [schema, *_] = api.post("block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [kind]}}})
    block = {
        "name": name,
        "data": {"value": consent.to_json()},
        "block_type_id": kind,
        "block_schema_id": schema["id"],
    }
    return str(api.post("block_documents/", block)["id"])


def test_an_own_playlist_is_read_with_the_consent_in_the_block(
    command: Command, mirror: dict[str, str], prefect_api: PrefectApi, simulator: Simulator
) -> None:
    before = doctor(command, **mirror)
    assert before.returncode == 1
    assert "rows. Run make login." in before.stdout
    keep_in_block(prefect_api, mirror["TOP50_CONSENT_BLOCK"])
    asked = len(simulator.requests)
    ended = doctor(command, **mirror)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"✓ playlist: {MIRROR} has 50 rows" in ended.stdout
    assert f"✓ Prefect API: {prefect_api.url} answers, Prefect 3.9" in ended.stdout
    assert "TOP50_SOURCE=playlist is right for you" in ended.stdout
    assert len(simulator.requests) - asked <= 5
    for text in (before.stdout, ended.stdout, before.stderr, ended.stderr):
        assert SECRET not in text
        assert REFRESH_TOKEN not in text
        assert "Traceback" not in text


def test_a_deployment_is_missed_until_it_is_there(command: Command, prefect_api: PrefectApi) -> None:
    name = {"deployments": {"name": {"any_": ["top50"]}}, "flows": {"name": {"any_": ["weekly-chart"]}}}
    for deployment in prefect_api.post("deployments/filter", name):
        prefect_api.tell("DELETE", f"deployments/{deployment['id']}")
    missed = doctor(command)
    assert missed.returncode == 0, "a run by hand needs no deployment"
    assert (
        "✗ deployment: weekly-chart/top50 is not on this server. Run make deploy, or make serve."
        in missed.stdout
    )
    deployed(command)
    found = doctor(command)
    assert "✓ deployment: weekly-chart/top50 exists" in found.stdout
    assert "✓ schedule: 0 22 * * 5, next run " in found.stdout
    assert "worker: none is online on the work pool top50" in found.stdout


def test_a_bad_setting_is_the_first_line(command: Command) -> None:
    ended = doctor(command, TOP50_CHART="local")
    assert ended.returncode == 1
    assert ended.stdout.startswith(
        "✗ settings: TOP50_CHART: there is no chart 'local'; the nearest is global-weekly"
    )
    assert not ended.stderr
    assert "at most" in doctor(command, "--help").stdout


def test_a_flow_shows_the_same_lines_and_a_page(
    command: Command, mirror: dict[str, str], prefect_api: PrefectApi, lake: Path
) -> None:
    ended = command("doctor", **mirror)
    assert ended.returncode == 1
    assert "✗ playlist: " in ended.stdout
    assert ended.stderr.splitlines()[-1].startswith("✗ playlist: ")
    run = prefect_api.newest_runs("doctor")[0]
    assert run["state"]["type"] == "FAILED"
    assert run["state"]["message"].startswith("playlist: ")
    page = prefect_api.artifacts(run["id"])["top50-doctor"]["data"]
    assert page.startswith("# Doctor")
    assert "- `✗ playlist: " in page
    assert not lake.exists()

    keep_in_block(prefect_api, mirror["TOP50_CONSENT_BLOCK"])
    again = command("doctor", **mirror)
    assert again.returncode == 0, again.stderr
    assert f"✓ playlist: {MIRROR} has 50 rows" in again.stdout
    run = prefect_api.newest_runs("doctor")[0]
    assert run["state"]["type"] == "COMPLETED"
    shown = json.dumps(prefect_api.artifacts(run["id"]), default=str) + json.dumps(run, default=str)
    assert SECRET not in shown + again.stdout + again.stderr
    assert REFRESH_TOKEN not in shown + again.stdout + again.stderr
