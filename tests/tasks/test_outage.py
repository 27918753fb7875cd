"""A Prefect server that is away hides no error, and costs no run that can do without it."""

import logging
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from prefect.client.schemas.objects import State

from flows.shared import run as runs
from flows.shared.run import name_run, open_run, top50_flow
from tasks import outage, report
from tasks.outage import required
from top50.errors import LakeError, OrchestratorUnavailable, QuotaExceeded
from top50.settings import Settings

FULL = LakeError("the disk is full", "Free some space.")
SPENT = QuotaExceeded("the quota is spent", "Wait.", until=datetime(2026, 11, 21, tzinfo=UTC))


def settings_of(lake: Path) -> Settings:
    return Settings.model_validate({"lake": str(lake)})


def is_away(*_: object, **__: object) -> None:
    raise httpx.ConnectError("Connection refused")


@pytest.fixture(autouse=True)
def logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "get_run_logger", lambda: logging.getLogger("run"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment's run is under way."""
    run = SimpleNamespace(id="1", name="run", deployment_id="2", tags=[], parameters={})
    monkeypatch.setattr(runs, "FlowRunContext", SimpleNamespace(get=lambda: SimpleNamespace(flow_run=run)))
    monkeypatch.setattr(runs, "get_client", is_away)


def test_a_summary_that_cannot_be_left_does_not_hide_what_ended_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(report, "create_markdown_artifact", is_away)
    with pytest.raises(LakeError, match="the disk is full"), open_run(settings_of(tmp_path)):
        raise FULL
    assert "Could not send the summary to Prefect: ConnectError: Connection refused" in caplog.text


@pytest.mark.usefixtures("run")
def test_a_run_that_cannot_be_rescheduled_does_not_hide_the_spent_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(report, "create_markdown_artifact", is_away)
    with pytest.raises(QuotaExceeded), open_run(settings_of(tmp_path)):
        raise SPENT
    assert "Could not send the next run's schedule to Prefect: ConnectError" in caplog.text
    assert "Scheduled again" not in caplog.text


@pytest.mark.usefixtures("run")
def test_a_name_is_worth_no_run(caplog: pytest.LogCaptureFixture) -> None:
    name_run("global-weekly-2026-11-19")
    assert "Could not send the run's name to Prefect" in caplog.text


def test_a_report_that_prefect_does_not_take_is_worth_another_try() -> None:
    with pytest.raises(OrchestratorUnavailable, match="could not send the report") as raised:
        with required("the report"):
            is_away()
    assert raised.value.passing


@pytest.mark.parametrize("error", [FULL, httpx.ConnectError("Connection refused")])
def test_a_run_ends_in_one_line_whoever_it_was_that_failed(error: Exception) -> None:
    @top50_flow("fails")
    def fails() -> State[None]:
        """Fail."""
        raise error

    state = fails.fn()
    assert state.is_failed()
    assert state.message
    assert state.message.count(". ") == 1
