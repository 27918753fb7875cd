"""A pull step of prefect.yaml, run by its path in a clone: install requirements.lock for the flow.

The worker may have nothing but Prefect, so this file imports nothing of ours.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import prefect
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run
from prefect.states import Failed

LOCK = Path(__file__).parents[1] / "requirements.lock"


def another_prefect(running: str, lock: str) -> str:
    """Return one line on a lock that wants another Prefect than the one that runs this, else ''.

    pip would swap it under the running engine: https://github.com/PrefectHQ/prefect/issues/18394
    """
    [wanted] = re.findall(r"^prefect==([^\s;]+)", lock, re.MULTILINE)
    if running == wanted:
        return ""
    return (
        f"this worker runs Prefect {running}, and requirements.lock wants {wanted}. Install the worker from "
        f"requirements.lock, or give its work pool the image prefecthq/prefect:{wanted}-python3.11."
    )


def install() -> None:
    """Install the locked packages into the interpreter that runs the flow; pip checks their hashes."""
    if refusal := another_prefect(prefect.__version__, LOCK.read_text(encoding="utf-8")):
        fail(refusal)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "-r", str(LOCK)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    if ended.returncode:
        words = " ".join(ended.stderr.split())[-500:]
        fail(f"pip could not install requirements.lock: {words}. Mend that on the worker, and run it again.")


def fail(line: str) -> NoReturn:
    """End the run with this line as its state, in whose place Prefect would give an exit code."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(str(flow_run.id), Failed(message=line))
    raise RuntimeError(line)


if __name__ == "clone":  # the step's run_name; a folder that is no clone stays as it is
    install()
