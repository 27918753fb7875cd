"""Commands that are printed run as they are printed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from top50.printed_commands import command_of, module_command


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a .venv, whose Python runs this."""
    programs = tmp_path / "my project" / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "prefect"):
        (programs / name).symlink_to(sys.executable)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return programs.parents[1]


def test_a_command_is_relative_to_the_project(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(environment)
    assert module_command("flows.rebuild", "--lake", "my lake") == (
        ".venv/bin/python -m flows.rebuild --lake 'my lake'"
    )
    assert command_of("prefect", "server", "start") == ".venv/bin/prefect server start"


def test_elsewhere_it_is_the_whole_path(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (environment / "lake").mkdir()
    monkeypatch.chdir(environment / "lake")
    command = command_of("python", "-c", "print(1)")
    assert str(environment) in command
    assert subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout == "1\n"


def test_an_activated_environment_needs_no_path(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{environment / '.venv/bin'}:{os.environ['PATH']}")
    assert module_command("flows.rebuild") == "python -m flows.rebuild"


@pytest.mark.usefixtures("environment")
def test_a_program_that_is_not_there_is_named_plainly() -> None:
    assert command_of("dask", "scheduler") == "dask scheduler"
