"""The commands that other tests run in their own process are there for `python -m`, too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("module", ["top50.quarantine", "top50.verify"])
def test_a_command_ends_with_one_line_where_there_is_no_lake(module: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TOP50_LAKE": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"✗ there is no lake at {tmp_path / 'none'}. ")
    assert ended.stderr.count("\n") == 1
