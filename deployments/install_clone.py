"""A pull step of prefect.yaml, run by its path in a clone: installs requirements.lock for the flow.

It imports nothing of ours: the worker may have no package but Prefect.
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
    """Return one line about a lock with another Prefect than the one that runs this, else ''.

    pip would replace Prefect while its engine runs: https://github.com/PrefectHQ/prefect/issues/18394
    """
    [wanted] = re.findall(r"^prefect==([^\s;]+)", lock, re.MULTILINE)
    if running == wanted:
        return ""
    return (
        f"this worker runs Prefect {running}, and requirements.lock has {wanted}. Install the worker from "
        f"requirements.lock, or give its work pool the image prefecthq/prefect:{wanted}-python3.11."
    )


def install() -> None:
    """Install the locked packages into the interpreter that runs the flow; pip checks their hashes."""
    if refusal := another_prefect(prefect.__version__, LOCK.read_text(encoding="utf-8")):
        fail(refusal)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "-r", str(LOCK)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    if ended.returncode:
        output = " ".join(ended.stderr.split())[-500:]
        fail(f"pip could not install requirements.lock: {output}. Fix that on the worker, and run it again.")


def fail(line: str) -> NoReturn:
    """End the run with this line as its state; Prefect itself would only report an exit code."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(str(flow_run.id), Failed(message=line))
    raise RuntimeError(line)


if __name__ == "clone":  # the step's run_name; for a folder that is no clone it is another
    install()
