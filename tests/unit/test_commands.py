"""The commands whose `main` other tests run are there for `python -m`, too."""

import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .commands import Ended, run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Run a module as `python -m` does, in this process."""

    def run_it(module: str, environment: dict[str, str], *options: str) -> Ended:
        for name in (module, f"{module}.__main__"):
            monkeypatch.delitem(sys.modules, name, raising=False)

        def main() -> None:
            runpy.run_module(module, run_name="__main__")

        return run(main, environment, *options)

    return run_it


@pytest.mark.parametrize("module", ["deployments.quarantine", "deployments.verify"])
def test_a_command_ends_with_one_line_where_there_is_no_lake(
    module: str, run_module: Callable[..., Ended], tmp_path: Path
) -> None:
    ended = run_module(module, {"TOP50_LAKE": str(tmp_path / "none")})
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"✗ there is no lake at {tmp_path / 'none'}. ")
    assert ended.stderr.count("\n") == 1


def test_the_dictionary_is_checked_by_a_command(run_module: Callable[..., Ended]) -> None:
    assert run_module("deployments.bi.dictionary", {}, "--check") == (0, "", "")


def test_a_relative_lake_in_env_is_beside_it_wherever_a_command_is_started(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for package in ("top50", "tasks", "flows", "deployments"):
        shutil.copytree(ROOT / package, project / package, ignore=shutil.ignore_patterns("__pycache__"))
    (project / ".env").write_text("TOP50_LAKE=./taken\nTOP50_SOURCE=simulator\n")
    (project / ".env").chmod(0o600)
    (project / "taken").touch()  # a lake cannot be there
    elsewhere.mkdir()
    refused = subprocess.run(
        [sys.executable, "-m", "deployments.verify"],
        cwd=elsewhere,
        env={"HOME": str(tmp_path / "home"), "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert refused.returncode == 1
    assert f" {project}/taken" in refused.stderr
    assert not list(elsewhere.iterdir())
