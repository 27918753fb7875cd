"""What Prefect's own client finds on a server, and that no answer of one holds anybody up."""

import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from prefect.context import root_settings_context
from prefect.settings import PREFECT_API_URL, temporary_settings

from tasks import orchestrator
from tasks.orchestrator import look_at_server
from tasks.prefect_settings import dashboard_address, server_address
from top50.checks.doctor.context import Observations
from top50.checks.doctor.prefect import check_prefect
from top50.checks.prefect_server import PrefectServer

from .canned import DEPLOYMENT, ID, LIMITS, Canned, Page, has_pool

HOBBY = {
    "max_deployments_per_workspace": 5,
    "automations_limit": 5,
    "work_pool_limit": None,
    "mex_work_pool_limit": 1,
    "non_mex_work_pool_limit": 0,
    "run_retention_days": 7,
    "some_day": True,
}


def looked() -> PrefectServer:
    seen = look_at_server()
    assert seen is not None
    return seen


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait to ask again; Prefect's client would for as long as `Retry-After` says."""

    def sleep(seconds: float) -> None:
        pytest.fail(f"it waits for {seconds} s")

    monkeypatch.setattr(time, "sleep", sleep)


def lines(seen: PrefectServer) -> list[str]:
    found = list(check_prefect(seen, Observations()))
    assert not any(finding.needed for finding in found)
    return [str(finding) for finding in found]


def test_all_that_a_server_has_is_found_with_the_key_of_prefects_settings(server: Canned) -> None:
    assert lines(looked()) == [
        f"✓ Prefect API: {server.root} answers, Prefect 99.0.0",
        "✓ deployment: weekly-chart/top50 exists",
        "✓ schedule: 0 22 * * 5, next run 2026-11-27 22:00 UTC",
        "✓ worker: 1 online on the work pool top50",
    ]
    assert server.keys == {"Bearer pnu_hush"}


@pytest.mark.parametrize(
    ("path", "answer", "line"),
    [
        ("admin/version", "3.1.0", "runs Prefect 3.1.0, older than"),
        (DEPLOYMENT, Page(status=404), "is not on this server. Run make deploy, or make serve."),
        ("flow_runs/filter", [], "0 22 * * 5, but the server has scheduled no run. Read the log"),
        (
            "work_pools/top50",
            Page(status=404),
            "work pool: weekly-chart/top50 has no work pool. Run make deploy.",
        ),
        ("work_pools/top50/workers/filter", [], "prefect worker start --pool top50"),
        ("work_pools/top50", Page(status=503), "answered 503. Look at the server's log."),
        (DEPLOYMENT, {"id": "hush"}, "answers in a form that Prefect's client cannot read. Use the same"),
    ],
)
def test_what_a_server_lacks_is_found(server: Canned, path: str, answer: Any, line: str) -> None:
    server.answers[path] = answer
    [failed] = [each for each in lines(looked()) if each.startswith("✗")]
    assert line in failed
    assert "hush" not in failed


@pytest.mark.parametrize("kind", ["prefect:managed", "ecs:push"])
def test_on_cloud_the_plan_is_shown_and_a_pool_without_workers_is_asked_for_none(
    server: Canned, kind: str
) -> None:
    server.answers = has_pool(kind) | {LIMITS: HOBBY}
    with server.configured(cloud=True) as url:
        shown, dashboard = lines(looked()), dashboard_address()
    assert shown == [
        f"✓ Prefect API: {url} answers",
        "– plan: it allows deployments in a workspace: 5, automations: 5, managed work pools: 1, "
        "other work pools: 0, days that a run is stored: 7",
        "✓ deployment: weekly-chart/top50 exists",
        "✓ schedule: 0 22 * * 5, next run 2026-11-27 22:00 UTC",
        f"✓ work pool: top50 exists, of type {kind}",
    ]
    assert "admin/version" not in server.asked, "Cloud tells none"
    assert not [path for path in server.asked if "workers" in path]
    assert urlsplit(dashboard or "").path == f"/account/{ID}/workspace/{ID}"


@pytest.mark.parametrize("answer", [Page(status=403), Page(status=429), Page("<html>"), [5], {"later": 5}])
def test_a_cloud_that_does_not_tell_its_limits_gets_no_line(server: Canned, answer: Any) -> None:
    server.answers[LIMITS] = answer
    with server.configured(cloud=True):
        shown = lines(looked())
    assert LIMITS in server.asked
    assert [line[0] for line in shown] == ["✓"] * 4


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (Page(status=401), "Correct PREFECT_API_KEY"),
        (Page(status=403), "Correct PREFECT_API_KEY"),
        (Page(status=404), "it ends in /api"),
        (Page("<!doctype html>"), "it ends in /api"),
        (Page(status=422), "Use the same release"),
        (Page(status=429, headers={"Retry-After": "600"}), "Wait a minute"),
        (Page(status=500), "server's log"),
        (Page(status=503, headers={"Retry-After": "600"}), "server's log"),
        (Page(status=503, headers={"Prefect-Maintenance": "true"}), "server's log"),
    ],
)
@pytest.mark.usefixtures("_impatient")
def test_a_server_that_refuses_is_one_line_at_once(server: Canned, answer: Page, remedy: str) -> None:
    server.answers["admin/version"] = answer
    seen = looked()
    assert not seen.answers
    [line] = lines(seen)
    assert line.startswith(f"✗ Prefect API: {server.root} ")
    assert remedy in line
    assert server.asked == ["admin/version"]


@pytest.mark.usefixtures("_impatient")
def test_a_server_that_does_not_answer_is_given_up(server: Canned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orchestrator, "PATIENCE", 0.3)
    server.silent = threading.Event()
    began = time.monotonic()
    seen = looked()
    assert time.monotonic() - began < 3
    server.silent.set()
    [line] = lines(seen)
    assert "(ReadTimeout). Start it (make server)" in line
    assert len(server.asked) == 1


def test_a_server_that_is_away_is_named_without_the_password_in_its_address() -> None:
    with temporary_settings({PREFECT_API_URL: "http://me:hush@127.0.0.1:9/api"}):
        [line] = lines(looked())
    assert line.startswith(
        "✗ Prefect API: no usable answer from http://127.0.0.1:9/api (ConnectError). Start"
    )


def test_without_an_address_nobody_is_asked_and_no_server_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orchestrator, "get_client", None)
    with temporary_settings({PREFECT_API_URL: None}):
        assert look_at_server() is None
        assert dashboard_address() is None


@pytest.mark.parametrize("place", ["profile", "prefect.toml", ".env", "pyproject.toml"])
def test_the_address_is_wherever_prefect_reads_its_settings(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_HOME", str(home))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    address = "https://me:hush@prefect.example/api"
    written = {
        "profile": f'active = "mine"\n[profiles.mine]\nPREFECT_API_URL = "{address}"\n',
        "prefect.toml": f'[api]\nurl = "{address}"\n',
        ".env": f"PREFECT_API_URL={address}\n",
        "pyproject.toml": f'[tool.prefect]\napi.url = "{address}"\n',
    }
    (home / "profiles.toml" if place == "profile" else tmp_path / place).write_text(written[place])
    with root_settings_context():
        assert server_address() == address
        assert dashboard_address() == "https://prefect.example"
