"""What a flow does not import, although it is installed: up to half a second of each start."""

import subprocess
import sys

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
