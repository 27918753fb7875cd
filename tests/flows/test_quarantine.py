"""Quarantine as a workflow: seen on the dashboard, put back from the command line, processed."""

import json
import shlex
from pathlib import Path

from prefect.utilities.callables import parameter_schema

from flows.process_pending import process_pending
from tests.flows.conftest import Command, PrefectApi, tree
from tests.flows.test_process_pending import FRIDAY, put
from top50.simulator import snapshot

STRANGER = "0nobodysPlaylist000000"


def mirror() -> bytes:
    answer = json.loads(snapshot("global-weekly", FRIDAY))
    return json.dumps({**answer, "id": STRANGER, "href": None}).encode()


def raw(lake: Path) -> set[str]:
    return set(tree(lake / "raw_data"))


def test_what_was_refused_is_seen_put_back_after_a_mend_and_processed(
    command: Command, lake: Path, prefect_api: PrefectApi
) -> None:
    put(lake, "a b/mirror.json", mirror())
    put(lake, "notes.txt", b"no chart at all")
    refused = command("process_pending")
    assert refused.returncode == 1, "nothing was taken"
    last = refused.stderr.splitlines()[-1]
    assert last.startswith("✗ nothing was processed; 2 objects went to quarantine, ")
    assert last.endswith("See make quarantine")
    run = prefect_api.newest_runs("process-pending")[0]
    table = json.loads(prefect_api.artifacts(run["id"])["top50-quarantine"]["data"])
    rows = {row["key"]: row for row in table}
    assert set(rows) == {"`a b/mirror.json`", "`notes.txt`"}
    assert f"playlist {STRANGER} is not a known chart" in rows["`a b/mirror.json`"]["reason"]
    printed = shlex.split(rows["`a b/mirror.json`"]["put back"].strip("`"))
    assert printed[1:3] == ["-m", "flows.process_pending"]

    before = raw(lake)
    ended = command("process_pending", "--requeue", "notes.txt", "nots.txt")
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("✗ no object in quarantine matches 'nots.txt'. List them with make quarantine")
    assert raw(lake) == before, "an unknown key moves nothing"

    again = command("process_pending", *printed[3:], f"--playlist={STRANGER}")
    assert again.returncode == 0, again.stderr
    assert "from 1 raw object" in again.stdout
    assert raw(lake) == {
        "processed/a b/mirror.json",
        "quarantine/notes.txt",
        "quarantine/notes.txt.reason.json",
    }
    assert "top50-quarantine" not in prefect_api.artifacts(
        prefect_api.newest_runs("process-pending")[0]["id"]
    )


def test_what_cannot_be_read_is_named_and_what_is_too_large_is_refused(command: Command, lake: Path) -> None:
    pending = lake / "raw_data/to_processed"
    put(lake, "chart.json", snapshot("global-weekly", FRIDAY))
    put(lake, "big.json", b"[" * (8 * 2**20 + 1))
    (pending / "loop.json").symlink_to("loop.json")
    ended = command("process_pending")
    assert ended.returncode == 0, ended.stderr
    assert "; 1 object went to quarantine, big.json: 8,388,609 bytes" in ended.stdout
    assert "; 1 object left in the backlog: cannot read" in ended.stdout
    assert "loop.json" in ended.stdout
    reason = json.loads((lake / "raw_data/quarantine/big.json.reason.json").read_text())
    assert reason["reason"].startswith("8,388,609 bytes, but no chart has more than 8,388,608.")
    assert (lake / "raw_data/processed/chart.json").exists()


def test_the_form_of_the_deployment_asks_for_keys() -> None:
    field = parameter_schema(process_pending).properties["requeue"]
    assert "Keys in quarantine" in field["description"]
    assert {"type": "array", "items": {"type": "string"}} in field["anyOf"]
