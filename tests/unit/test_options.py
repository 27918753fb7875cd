"""A command takes its options from its function, and its help from the docstring."""

import sys

import pytest

from top50.options import command

from .commands import run


@command("deployments.example", "The epilogue.")
def example(*, size: int = 50, quick: bool = False) -> int:
    """Do one thing.

    Args:
        size: How many.
        quick: Leave something out.
    """
    return size if quick else 0


def test_the_function_gets_the_options_and_returns_the_exit_code() -> None:
    assert run(example, {}) == (0, "", "")
    assert run(example, {}, "--size=7", "--quick") == (7, "", "")


def test_help_has_the_docstring_every_option_and_the_epilogue() -> None:
    ended = run(example, {}, "--help")
    assert ended.returncode == 0
    for part in (
        "Usage: python -m deployments.example",
        "Do one thing.",
        "--size INT: How many.",
        "--quick: Leave something out.",
        "The epilogue.",
    ):
        assert part in ended.stdout


def test_ctrl_c_is_left_to_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    @command("deployments.example")
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["example"])
    with pytest.raises(KeyboardInterrupt):
        interrupted()


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("--sizes=7", "Unknown option"),
        ("--size=x", "Invalid value"),
        ("--no-quick", "Unknown option"),
        ("extra", "extra"),
    ],
)
def test_a_wrong_option_is_one_line_and_exit_code_2(option: str, problem: str) -> None:
    code, stdout, stderr = run(example, {}, option)
    assert (code, stdout) == (2, "")
    assert stderr.startswith("✗ ")
    assert problem in stderr
    assert stderr.endswith("See python -m deployments.example --help.\n")
    assert stderr.count("\n") == 1
