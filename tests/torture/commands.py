"""Flows as commands, and how they end."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 600


def run_flow(
    flow: str, *options: str, environment: Mapping[str, str], folder: Path
) -> "subprocess.CompletedProcess[str]":
    """Run a flow with nothing in the environment but what is given here; raises TimeoutExpired."""
    return subprocess.run(
        [sys.executable, "-m", f"flows.{flow}", *options],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def unclear_end(ended: "subprocess.CompletedProcess[str]") -> str:
    """Say what is wrong with the end of a command; empty when it completed, or said why not in one line."""
    if ended.returncode == 0:
        return ""
    last = (ended.stderr.splitlines() or [""])[-1]
    if ended.returncode == 1 and last.startswith("✗ ") and ". " in last and "Traceback" not in last:
        return ""
    return f"exit code {ended.returncode}, which ends: {ended.stderr[-1500:]}"
