"""A spent quota: the run of a deployment ends at once and comes again by itself, once."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.flows.deploying import deployed
from top50.simulator import Fault, Simulator

Execute = Callable[..., dict[str, Any]]


@pytest.fixture
def execute(command: Command, prefect_api: PrefectApi, simulated: dict[str, str]) -> Iterator[Execute]:
    """Runs the deployment weekly-chart as a worker would, and returns the run as the API shows it."""
    deployed(command)
    deployment = prefect_api.get("deployments/name/weekly-chart/top50")
    app = {
        **simulated,
        "SPOTIPY_CLIENT_ID": "invented",
        "SPOTIPY_CLIENT_SECRET": "invented",
    }

    def run(planned_run: dict[str, Any] | None = None, **parameters: str) -> dict[str, Any]:
        made = planned_run or prefect_api.post(
            f"deployments/{deployment['id']}/create_flow_run", {"parameters": parameters}
        )
        run_id = made["id"]
        due_now = {"type": "SCHEDULED", "state_details": {"scheduled_time": datetime.now(UTC).isoformat()}}
        prefect_api.post(f"flow_runs/{run_id}/set_state", {"state": due_now, "force": True})
        subprocess.run(
            [sys.executable, "-m", "prefect", "flow-run", "execute", run_id],
            cwd=ROOT,
            env={**command.environment, **app},
            stdout=subprocess.DEVNULL,
            timeout=120,
            check=True,
        )
        # What the run logged, not what Prefect printed: on a busy machine its websocket's end is a traceback.
        logs = prefect_api.post("logs/filter", {"logs": {"flow_run_id": {"any_": [run_id]}}, "limit": 200})
        messages = [log["message"] for log in logs]
        assert messages
        assert not any("Traceback" in message for message in messages), "a known error is one line"
        ended: dict[str, Any] = prefect_api.get(f"flow_runs/{run_id}")
        return ended

    yield run
    for left in planned(prefect_api):  # of a test that failed
        prefect_api.delete(f"flow_runs/{left['id']}")


def planned(api: PrefectApi) -> list[dict[str, Any]]:
    """What is scheduled besides the weekly schedule's own runs."""
    state = {"type": {"any_": ["SCHEDULED"]}}
    query = {"flow_runs": {"state": state, "tags": {"all_": ["after-quota"]}}}
    found: list[dict[str, Any]] = api.post("flow_runs/filter", query)
    return found


def test_a_chart_that_was_read_is_published_and_its_songs_are_asked_for_again_tomorrow(
    execute: Execute, prefect_api: PrefectApi, lake: Path, simulator: Simulator
) -> None:
    simulator.misbehave(Fault("quota", path_prefix="/v1/tracks", times=None))
    ended = execute(source="charts-page")
    assert ended["state"]["type"] == "COMPLETED"
    assert pl.read_parquet(lake / "transformed_data/chart_entries/**/*.parquet").height == 50
    [again] = planned(prefect_api)
    due = datetime.fromisoformat(again["next_scheduled_start_time"]) - datetime.now(UTC)
    assert timedelta(hours=23) < due < timedelta(hours=24)
    assert again["parameters"]["source"] == "charts-page"

    still = execute(again)  # as if tomorrow had come, and the quota were still spent
    assert still["state"]["type"] == "COMPLETED"
    assert "(Spotify's quota is used up until " in still["state"]["message"]
    assert still["name"] == again["name"] == f"{ended['name']}-again"
    assert planned(prefect_api) == []


def test_a_chart_that_could_not_be_read_fails_the_run_which_comes_again(
    execute: Execute, prefect_api: PrefectApi, simulator: Simulator
) -> None:
    simulator.misbehave(Fault("quota", path_prefix="/v1/playlists", retry_after=7200))
    ended = execute(source="playlist")
    assert ended["state"]["type"] == "FAILED"
    assert "Send Spotify no more requests until" in ended["state"]["message"]
    [again] = planned(prefect_api)
    assert execute(again)["state"]["type"] == "COMPLETED"
