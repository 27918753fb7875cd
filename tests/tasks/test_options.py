"""The options on the dashboard and on the command line: both read their descriptions from the docstring."""

import sys
from typing import Annotated, Any

import pytest
from prefect import Flow
from prefect.utilities.callables import parameter_docstrings
from pydantic import Field

from flows.import_history import import_history
from flows.process_pending import process_pending
from flows.shared.command_line import flow_command
from flows.shared.options import describe_options
from flows.weekly_chart import weekly_chart


def bake(
    cakes: Annotated[int, Field(description="How many: at least one", ge=1)],
    oven: str = "left",
) -> tuple[int, str]:
    """Bake."""
    return cakes, oven


describe_options(bake)


def test_descriptions_are_where_prefect_looks() -> None:
    assert parameter_docstrings(bake.__doc__) == {"cakes": "How many: at least one"}
    assert (bake.__doc__ or "").startswith("Bake.\n")


def options(monkeypatch: pytest.MonkeyPatch, flow: Flow[..., Any], *given: str) -> dict[str, Any] | None:
    """Return what the flow would be called with; None when it would not be."""
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(sys, "argv", ["flow", *given])
    flow_command(flow, seen.append)()
    return seen[0] if seen else None


def test_options_that_are_given_are_read_by_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    assert options(monkeypatch, weekly_chart) == {}
    assert options(monkeypatch, weekly_chart, "--size=7", "--verbose") == {"size": 7, "verbose": True}
    keys = options(monkeypatch, process_pending, "--requeue", "a/*", "b", "--chart", "global-daily")
    assert keys == {"requeue": ["a/*", "b"], "chart": "global-daily"}
    paths = options(monkeypatch, import_history, "old", "s3://bucket/old", "--dry-run")
    assert paths == {"paths": ["old", "s3://bucket/old"], "dry_run": True}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--siz", "7"], "Did you mean --size?"),
        (["--size", "x"], 'unable to convert "x" into int.'),
        (["--size", "300"], "Input should be less than or equal to 200"),
        (["--chart", "us-weekly,uk-daily"], "there is no chart 'uk-daily'; the nearest is gb-daily."),
        (["global-daily"], "Unused Tokens: ['global-daily']."),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(
    given: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options(monkeypatch, weekly_chart, *given)
    [line] = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert line.startswith("✗ ")
    assert says in line


def test_help_is_shown_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert options(monkeypatch, import_history, "--help") is None
    shown = " ".join(capsys.readouterr().out.split())
    assert "PATHS" in shown
    assert "--dry-run: Only report what would be taken and what not, and why" in shown
    assert "--size INT: How many ranks to keep (default: TOP50_SIZE)" in shown
    assert "--verbose: Show the whole log" in shown
