"""A few points of the fault matrix; `python -m tests.torture --only faults` tries them all."""

from collections.abc import Callable

import pytest

from tests.torture.conftest import Prepared
from tests.torture.faults import from_then_on, how_unclear, once
from tests.torture.gate import Plan
from tests.torture.scenarios import Scenario, Stage
from tests.torture.stages import Result
from tests.torture.zygote import HUNG, Ended

Attempt = Callable[[Stage, Scenario, Plan], Result | None]


@pytest.mark.parametrize(
    ("kind", "request_line"),
    [("reset after", "PUT .*songs.parquet"), ("cut", "Spotify GET")],
)
def test_a_passing_fault_is_survived_within_the_run(
    charts_on_s3: Prepared, kind: str, request_line: str
) -> None:
    stage, scenario = charts_on_s3
    result = once(stage, scenario, Plan(kind, scenario.number_of(request_line)))
    assert result is not None
    assert result.verdict == "survived", result


def test_a_lasting_fault_ends_the_run_in_one_line_and_the_next_run_completes(charts_on_s3: Prepared) -> None:
    stage, scenario = charts_on_s3
    plan = Plan("503", scenario.number_of("PUT .*chart_entries.parquet"), lasting=True)
    result = from_then_on(stage, scenario, plan)
    assert result is not None
    assert result.verdict == "survived", result


@pytest.mark.parametrize("attempt", [once, from_then_on])
def test_a_run_that_hung_before_it_came_to_its_fault_is_unclear_and_not_left_out(
    charts_on_s3: Prepared, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, scenario = charts_on_s3
    stage.place.gate.set_up(Plan())
    monkeypatch.setattr(Stage, "run", lambda *_: Ended(HUNG, "it did not end"))
    result = attempt(stage, scenario, Plan("500", 1))
    assert result is not None
    assert result.verdict == "unclear"


@pytest.mark.parametrize(
    "ended",
    [
        Ended(0, "✓ global-weekly: nothing new"),
        Ended(-9, "✗ Killed. Run it again."),
        Ended(1, "Traceback (most recent call last)\n✗ KeyError"),
        Ended(1, "KeyError: 'tracks'"),
    ],
)
def test_an_end_without_one_clear_line_is_unclear(ended: Ended) -> None:
    assert how_unclear(ended)


def test_an_end_with_one_clear_line_is_clear() -> None:
    assert how_unclear(Ended(1, "12:00 | INFO\n\n✗ S3 does not answer. Run it again.\n")) == ""
