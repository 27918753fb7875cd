"""A Prefect server that is away hides no error, and costs no run that can do without it."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from prefect.client.schemas.objects import State

from flows import again
from flows.again import again_after_quota
from flows.ending import ends_in_one_line
from tasks import report, told
from tasks.report import name_run, summed_up
from tasks.told import told_again_later
from top50.errors import LakeError, OrchestratorUnavailable, QuotaExceeded
from top50.lake.directory import DirectoryLake
from top50.report.outcome import Outcome

FULL = LakeError("the disk is full", "Free some space.")
SPENT = QuotaExceeded("the quota is spent", "Wait.", until=datetime(2026, 11, 21, tzinfo=UTC))


def is_away(*_: object, **__: object) -> None:
    raise httpx.ConnectError("Connection refused")


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(told, "get_run_logger", lambda: logging.getLogger("run"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment's run is under way."""
    run = SimpleNamespace(id="1", name="run", deployment_id="2", tags=[], parameters={})
    for module in (again, report):
        monkeypatch.setattr(
            module, "FlowRunContext", SimpleNamespace(get=lambda: SimpleNamespace(flow_run=run))
        )
        monkeypatch.setattr(module, "get_client", is_away)


def test_a_summary_that_cannot_be_left_does_not_hide_what_ended_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(report, "create_markdown_artifact", is_away)
    with pytest.raises(LakeError, match="the disk is full"):
        with summed_up(DirectoryLake(tmp_path), Outcome("global-weekly")):
            raise FULL
    assert "Could not send the summary to Prefect: ConnectError: Connection refused" in caplog.text


@pytest.mark.usefixtures("run")
def test_a_run_that_cannot_be_planned_does_not_hide_the_spent_quota(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(QuotaExceeded), again_after_quota():
        raise SPENT
    assert "Could not send the run that is to come to Prefect: ConnectError" in caplog.text
    assert "Scheduled again" not in caplog.text


@pytest.mark.usefixtures("run")
def test_a_name_is_worth_no_run(caplog: pytest.LogCaptureFixture) -> None:
    name_run("global-weekly-2026-11-19")
    assert "Could not send the run's name to Prefect" in caplog.text


def test_a_report_that_prefect_does_not_take_is_worth_another_try() -> None:
    with pytest.raises(OrchestratorUnavailable, match="could not send the report") as raised:
        with told_again_later("the report"):
            is_away()
    assert raised.value.passing


@pytest.mark.parametrize("error", [FULL, httpx.ConnectError("Connection refused")])
def test_a_run_ends_in_one_line_whoever_it_was_that_failed(error: Exception) -> None:
    def flow() -> State[None]:
        raise error

    ended: Callable[[], State[None]] = ends_in_one_line(flow)
    state = ended()
    assert state.is_failed()
    assert state.message
    assert state.message.count(". ") == 1
