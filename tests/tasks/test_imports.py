"""What a flow does not import, although it is installed: up to half a second of each start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_a_flow_that_asks_no_source_imports_none_and_no_flow_sqlalchemy() -> None:
    code = """
import sys
import flows.import_history, flows.rebuild
print(*{name.split(".")[0] for name in sys.modules})
import flows.weekly_chart
print(*{name.split(".")[0] for name in sys.modules})
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    without_source, with_source = (set(line.split()) for line in ran.stdout.splitlines())
    assert "polars" in without_source
    assert not without_source & {"redis", "spotipy", "sqlalchemy", "uvicorn"}
    assert "spotipy" in with_source
    assert "sqlalchemy" not in with_source


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
