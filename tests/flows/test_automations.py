"""Who is notified, and what starts or ends by itself: against a real server and a real listener."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import pytest

from deployments.prefect_server.automations import NOTIFIES_NOBODY
from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.flows.deploying import ENDS, automations, deployed, deployment, patch, running_worker, wait_for

LISTENER = "custom-webhook/listener"

SAVE_LISTENER = """
import sys
from prefect.blocks.notifications import CustomWebhookNotificationBlock as Webhook
message = {"subject": "{{subject}}", "body": "{{body}}"}
Webhook(name="listener", url=sys.argv[1], json_data=message).save("listener", overwrite=True)
"""

TAG = {"prefect.resource.id": "prefect.tag.top50", "prefect.resource.role": "tag"}


@pytest.fixture
def received(command: Command) -> Iterator[list[dict[str, str]]]:
    """The messages that reach the block custom-webhook/listener."""
    messages: list[dict[str, str]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        save = [sys.executable, "-c", SAVE_LISTENER, address]
        subprocess.run(save, cwd=ROOT, env=command.environment, capture_output=True, check=True)
        yield messages
        server.shutdown()


def new_run(api: PrefectApi, name: str, kind: str, state: str, message: str = "") -> dict[str, Any]:
    """A run of a deployment that no worker takes, in a state."""
    run: dict[str, Any] = api.post(
        f"deployments/{deployment(api, name)['id']}/create_flow_run",
        {"state": {"type": "PAUSED", "name": "Paused"}, "enforce_parameter_schema": False},
    )
    change = {"state": {"type": kind, "name": state, "message": message}, "force": True}
    api.post(f"flow_runs/{run['id']}/set_state", change)
    return run


def emit(api: PrefectApi, *events: dict[str, Any]) -> None:
    now = datetime.now(UTC).isoformat()
    given = [{"id": str(uuid4()), "occurred": now, "related": [], **each} for each in events]
    api.tell("POST", "events", given)


@pytest.fixture
def soon(prefect_api: PrefectApi) -> Iterator[Callable[[str], None]]:
    """Puts a copy of an automation beside it that waits 10 s, the least there is, instead of its own time."""
    made = []

    def copy(name: str) -> None:
        rule = automations(prefect_api)[name]
        given = {"description": rule["description"], "trigger": hurried(rule["trigger"])}
        given["actions"] = [{**each, "schedule_after": 10} for each in rule["actions"]]
        made.append(prefect_api.post("automations/", {**given, "name": f"soon: {name}"}))

    def hurried(trigger: dict[str, Any]) -> dict[str, Any]:
        if trigger["type"] == "compound":
            return {**trigger, "triggers": [hurried(each) for each in trigger["triggers"]]}
        return {**trigger, "within": 10}

    yield copy
    for each in made:
        prefect_api.delete(f"automations/{each['id']}")


def test_automations_follow_the_notification_block(
    command: Command, prefect_api: PrefectApi, received: list[dict[str, str]]
) -> None:
    del received
    lines = deployed(command)
    assert "note      automations notify nobody until TOP50_NOTIFY_BLOCK names a notification block" in lines
    before = automations(prefect_api)
    assert before["a run failed"]["actions"] == [{"type": "do-nothing"}]
    assert before["a run failed"]["description"].endswith(NOTIFIES_NOBODY)
    silent = {name for name, rule in before.items() if NOTIFIES_NOBODY in rule["description"]}
    assert before.keys() - silent == {"a raw object landed", "a run is stuck"}, "they do something"
    lines = deployed(command, TOP50_NOTIFY_BLOCK=LISTENER)
    assert "changed   automation top50: a run failed" in lines
    assert "unchanged automation top50: a raw object landed" in lines
    after = automations(prefect_api)
    assert {name: rule["id"] for name, rule in after.items()} == {
        name: rule["id"] for name, rule in before.items()
    }
    assert not [name for name, rule in after.items() if NOTIFIES_NOBODY in rule["description"]]
    assert {rule["actions"][0]["type"] for rule in after.values()} == {
        "run-deployment",
        "send-notification",
        "change-flow-run-state",
    }


def receive_all(received: list[dict[str, str]], causes: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    """Cause every message, again where it did not arrive; return subject → body.

    A server on SQLite drops an event after finding its database locked four times, and only logs that.
    """
    bodies: dict[str, str] = {}
    for _ in range(4):
        for subject in causes.keys() - bodies.keys():
            causes[subject]()
        until = time.monotonic() + 30
        while causes.keys() - bodies.keys() and time.monotonic() < until:
            time.sleep(0.3)
            bodies = {each["subject"]: each["body"] for each in received}
    assert causes.keys() <= bodies.keys()
    return bodies


@pytest.fixture
def ending_runs(prefect_api: PrefectApi) -> Iterator[list[str]]:
    """Ids of runs that are gone after the test: else they would hold the place of another test's runs."""
    runs: list[str] = []
    yield runs
    for run in runs:
        prefect_api.delete(f"flow_runs/{run}")


def test_people_are_notified_of_what_fails_waits_hangs_or_ends(
    command: Command,
    prefect_api: PrefectApi,
    received: list[dict[str, str]],
    soon: Callable[[str], None],
    ending_runs: list[str],
) -> None:
    deployed(command, TOP50_NOTIFY_BLOCK=LISTENER)
    soon("a run waits for a worker")
    soon("a run takes too long")
    soon("a run is stuck")
    runs: dict[str, dict[str, Any]] = {}

    def run(name: str, kind: str, state: str, message: str = "") -> None:
        runs[name] = new_run(prefect_api, name, kind, state, message)
        ending_runs.append(runs[name]["id"])

    def beat_once() -> None:
        run("doctor", "RUNNING", "Running")
        beating = {
            "prefect.resource.id": f"prefect.flow-run.{runs['doctor']['id']}",
            "prefect.resource.name": "doctor",
        }
        beat = {"event": "prefect.flow-run.heartbeat", "resource": beating, "related": [TAG]}
        emit(prefect_api, beat)

    ends = {
        "event": "top50.consent.expiring",
        "resource": {"prefect.resource.id": "top50.consent"},
        "payload": {"message": "The consent ends on 2026-12-24: run make login before"},
    }
    bodies = receive_all(
        received,
        {
            "top50: weekly-chart Failed": lambda: run("weekly-chart", "FAILED", "Failed", "the reason"),
            "top50: doctor Crashed": beat_once,
            # Its worker was killed at once.
            "top50: rebuild Crashed": lambda: run("rebuild", "PENDING", "Pending"),
            "top50: enrich waits for a worker": lambda: run("enrich", "SCHEDULED", "Late"),
            "top50: import-history takes too long": lambda: run("import-history", "RUNNING", "Running"),
            "top50: process-pending takes too long": lambda: run("process-pending", "RUNNING", "Running"),
            "top50: the consent ends soon": lambda: emit(prefect_api, ends),
        },
    )
    assert "is Failed: the reason" in bodies["top50: weekly-chart Failed"]
    link = f"{prefect_api.url.removesuffix('/api')}/runs/flow-run/{runs['weekly-chart']['id']}"
    assert bodies["top50: weekly-chart Failed"].splitlines()[-1] == link
    assert "No sign of life" in bodies["top50: doctor Crashed"]
    assert bodies["top50: the consent ends soon"] == "The consent ends on 2026-12-24: run make login before."
    for dead in ("doctor", "rebuild"):
        assert prefect_api.get(f"flow_runs/{runs[dead]['id']}")["state"]["type"] == "CRASHED"


@pytest.mark.parametrize("charts", [["global-weekly"], ["global-weekly", "us-weekly"]])
def test_people_are_notified_of_a_frozen_source_although_its_runs_complete(
    command: Command,
    prefect_api: PrefectApi,
    received: list[dict[str, str]],
    soon: Callable[[str], None],
    charts: list[str],
) -> None:
    deployed(command, TOP50_NOTIFY_BLOCK=LISTENER, TOP50_CHART=",".join(charts))
    soon("no chart for 8 days")

    def silent_for_a_while(cause: Callable[[], object]) -> bool:
        """Cause it every second for as long as two alarms would take."""
        received.clear()
        until = time.monotonic() + 25
        while not received and time.monotonic() < until:
            cause()
            time.sleep(1)
        return not received

    def publish(published: list[str] = charts) -> None:
        resources = [{"prefect.resource.id": f"top50.chart.{chart}"} for chart in published]
        emit(prefect_api, *[{"event": "top50.chart.published", "resource": each} for each in resources])

    def run_for_nothing() -> None:
        publish(charts[1:])  # the others, of which none makes good for the frozen one
        new_run(prefect_api, "weekly-chart", "COMPLETED", "Completed", "nothing new, the lake has it already")

    publish()
    assert silent_for_a_while(publish)
    assert not silent_for_a_while(run_for_nothing)
    assert received[0]["subject"] == "top50: no chart for 8 days"
    named = "global-weekly" if len(charts) == 1 else "global-weekly and 1 more"
    assert f"No new {named} for 8 days: its source shows an old chart" in received[0]["body"]


def test_people_are_notified_of_what_is_refused_beside_a_chart_and_once_of_what_fails_a_run(
    command: Command, received: list[dict[str, str]], lake: Path
) -> None:
    deployed(command, TOP50_NOTIFY_BLOCK=LISTENER)
    for key in ("one.json", "two.json"):
        pending = lake / "raw_data/to_processed" / key
        pending.parent.mkdir(parents=True, exist_ok=True)
        pending.write_text("no chart")
    alone = command("process_pending")
    assert alone.returncode == 1, "nothing but what was refused"
    pending.write_text("no chart")
    assert command("weekly_chart").returncode == 0
    wait_for(lambda: received, lambda: "no message arrived", 60)
    [message] = received
    assert message["subject"] == "top50: something was refused"
    assert "put 1 of its raw objects into quarantine, first two.json: " in message["body"]
    assert "/runs/flow-run/" in message["body"]


def test_three_objects_that_land_at_once_are_processed_once(
    command: Command, prefect_api: PrefectApi, lake: Path, tmp_path: Path, soon: Callable[[str], None]
) -> None:
    assert command("weekly_chart", f"--lake={tmp_path / 'other'}").returncode == 0
    raws = sorted((tmp_path / "other" / "raw_data" / "processed").rglob("*.json"))[:3]
    deployed(command)
    rule = automations(prefect_api)["a raw object landed"]
    assert rule["trigger"]["within"] == rule["actions"][0]["schedule_after"] == 60
    soon("a raw object landed")
    patch(prefect_api, f"automations/{rule['id']}", {"enabled": False})
    query = {
        "flow_runs": {"deployment_id": {"any_": [deployment(prefect_api, "process-pending")["id"]]}},
        "sort": "EXPECTED_START_TIME_ASC",
    }
    with running_worker(command.environment, tmp_path / "elsewhere") as log:
        wait_for(lambda: prefect_api.post("work_pools/top50/workers/filter", {}), log.read_text, 60)
        for raw in raws:
            pending = lake / "raw_data/to_processed" / raw.relative_to(tmp_path / "other/raw_data/processed")
            pending.parent.mkdir(parents=True)
            pending.write_bytes(raw.read_bytes())
        emit(
            prefect_api,
            *[
                {"event": "top50.raw.landed", "resource": {"prefect.resource.id": f"{lake}/{raw.name}"}}
                for raw in raws
            ],
        )
        [run] = wait_for(
            lambda: [
                each for each in prefect_api.post("flow_runs/filter", query) if each["state"]["type"] in ENDS
            ],
            lambda: log.read_text()[-3000:],
            seconds=240,
        )
    assert run["state"]["type"] == "COMPLETED", log.read_text()[-3000:]
    patch(prefect_api, f"automations/{rule['id']}", {"enabled": True})
    assert run["created_by"]["display_value"] == "soon: a raw object landed"
    assert len(prefect_api.post("flow_runs/filter", query)) == 1
    assert not list((lake / "raw_data/to_processed").rglob("*.json"))
    [entries] = [*(lake / "transformed_data/chart_entries").rglob("*.parquet")]
    rows = pl.read_parquet(entries)
    assert rows.height == rows.unique(["chart_date", "rank"]).height == 150
