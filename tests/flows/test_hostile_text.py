"""A chart whose every name means harm, through the real flow: nothing in it acts anywhere."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Browser

from tests.browser.open_page import open_file
from tests.flows.conftest import ROOT, PrefectApi, command_in, tree
from tests.flows.hostile import KEYS, TEXTS, acting, hostile_chart
from tests.flows.test_process_pending import put
from tests.servers.forks import Forks
from top50.text import clipped

TABLES = {
    f"transformed_data/{table}/{table}.parquet" for table in ("album", "artist", "songs", "song_artists")
}
ENTRIES = "transformed_data/chart_entries/chart=global-weekly/year=2026/chart_entries.parquet"


@dataclass
class HostileRun:
    """A run with a hostile chart under a hostile key, and refused objects with hostile keys and contents."""

    lake: Path
    output: str
    errors: str


@pytest.fixture(scope="module")
def ran(
    prefect_settings: dict[str, str], forks: Forks, tmp_path_factory: pytest.TempPathFactory
) -> HostileRun:
    home = tmp_path_factory.mktemp("hostile")
    lake = home / "lake"
    put(lake, f"chart=global-weekly/{KEYS[0]}", hostile_chart())
    for key, text in zip(KEYS[1:], TEXTS, strict=False):
        put(lake, key, json.dumps({"error": {"message": text}}).encode())
    ended = command_in(home, prefect_settings, forks)("process_pending", TOP50_SOURCE="playlist")
    assert ended.returncode == 0, ended.stderr
    return HostileRun(lake, ended.stdout, ended.stderr)


def unprintable(text: str) -> set[str]:
    return {mark for mark in text if not mark.isprintable()} - {"\n"}


def texts_of(artifact: dict[str, Any]) -> list[str]:
    """Every text that the dashboard takes for Markdown: descriptions, pages, and the cells of tables."""
    described = [artifact["description"] or ""]
    if artifact["type"] != "table":
        return [*described, artifact["data"]]
    cells = [cell for row in json.loads(artifact["data"]) for cell in row.values()]
    return [*described, *(cell for cell in cells if isinstance(cell, str))]


def test_nothing_acts_in_artifacts_states_names_or_logs(ran: HostileRun, prefect_api: PrefectApi) -> None:
    assert ran
    run = prefect_api.newest_runs("process-pending")[0]
    artifacts = prefect_api.artifacts(run["id"])
    assert {
        "top50-run-summary",
        "top50-quarantine",
        "top50-chart-global-weekly",
        "top50-digest-global-weekly",
    } <= set(artifacts)
    for key, artifact in artifacts.items():
        for text in texts_of(artifact):
            assert acting(text) == [], key
            assert unprintable(text) - {"\u2060"} == set(), key
            assert len(text) < 100_000, key
    logs = prefect_api.post("logs/filter", {"logs": {"flow_run_id": {"any_": [run["id"]]}}, "limit": 200})
    for text in (run["name"], run["state"]["message"], *(log["message"] for log in logs)):
        assert unprintable(text) == set()
    assert len(json.loads(artifacts["top50-quarantine"]["data"])) == len(KEYS) - 1


def test_nothing_reaches_the_terminal_but_text(ran: HostileRun) -> None:
    assert unprintable(ran.output + ran.errors) == set()
    assert max(map(len, ran.output.splitlines())) < 1000
    asked = subprocess.run(
        [sys.executable, "-m", "deployments.sql"],
        cwd=ROOT,
        env={"TOP50_LAKE": str(ran.lake)},
        input="SELECT song_name FROM current_top_50 WHERE length(song_name) < 99;\n",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "DROP TABLE" in asked.stdout
    # DuckDB escapes what a terminal acts on; marks that turn text pass.
    assert {mark for mark in asked.stdout if mark < " "} == {"\n"}


def test_names_are_data_to_sql_and_to_files(ran: HostileRun) -> None:
    with duckdb.connect(str(ran.lake / "catalog.duckdb"), read_only=True) as catalog:
        rows = catalog.sql("SELECT song_name, album_name FROM current_top_50 ORDER BY rank").fetchall()
        [(day,)] = catalog.sql("SELECT DISTINCT chart_date FROM chart_entries").fetchall()
    assert rows == [(TEXTS[number % len(TEXTS)],) * 2 for number in range(50)]
    files = {path for path in tree(ran.lake) if not path.startswith(("raw_data/", ".top50/"))}
    pages = {f"reports/global-weekly{name}" for name in (".html", f"/{day}.html", "/made.json")}
    assert files == TABLES | {ENTRIES, "catalog.duckdb"} | pages


@pytest.mark.browser
def test_the_page_shows_them_and_runs_none(ran: HostileRun, browser: Browser) -> None:
    with open_file(browser, ran.lake / "reports/global-weekly.html") as opened:
        titles = opened.page.locator("#chart tbody tr .song").all_text_contents()
        # as HTML has it, which knows one kind of line end
        assert titles[: len(TEXTS)] == [clipped(text.replace("\r\n", "\n"), 300) for text in TEXTS]
        assert opened.page.evaluate("window.hacked") is None
        assert all(address.startswith("https://images.example/") for address in opened.requests)
        assert opened.complaints == []
