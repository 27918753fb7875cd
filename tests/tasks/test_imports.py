"""What a flow does not import, although it is installed: up to half a second of each start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_UNUSED = {"redis", "spotipy", "sqlalchemy", "uvicorn"}


@pytest.mark.parametrize("flow", ["rebuild", "import_history"])
def test_a_flow_that_asks_no_source_imports_none(flow: str) -> None:
    told = _imported_by(f"flows.{flow}")

    assert "polars" in told
    assert not told & _UNUSED


def test_no_flow_imports_sqlalchemy_though_it_is_installed() -> None:
    told = _imported_by("flows.weekly_chart")

    assert "spotipy" in told
    assert "sqlalchemy" not in told


def _imported_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("command", ["verify", "quarantine"])
def test_a_command_that_looks_at_a_directory_imports_no_prefect(command: str, tmp_path: Path) -> None:
    code = (
        f"import atexit, sys, runpy; sys.argv = ['{command}']\n"
        "atexit.register(lambda: print('imported:', *{name.split('.')[0] for name in sys.modules}))\n"
        f"runpy.run_module('deployments.{command}', run_name='__main__')"
    )
    environment = {"PATH": os.environ["PATH"], "TOP50_LAKE": str(tmp_path), "TOP50_CATALOG": "none"}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    imported = set(ran.stdout.splitlines()[-1].split())
    assert "top50" in imported
    assert not imported & {"boto3", "httpx", "prefect"}
