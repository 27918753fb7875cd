import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .processes import ServerDidNotStartError, running_process, wait_until_ready

# A test process that says the id of the server it holds, then waits to be killed.
_HOLDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from {package} import running_process
folder = Path({folder!r})
with running_process(["sleep", "60"], {{"PATH": "/usr/bin:/bin"}}, folder, folder / "log") as process:
    sys.stdout.write(f"{{process.pid}}\\n")
    sys.stdout.flush()
    time.sleep(60)
"""


def test_a_server_that_ends_early_is_quoted(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        running_process(["sh", "-c", "echo no such option; exit 3"], os.environ, tmp_path, log) as process,
        pytest.raises(ServerDidNotStartError, match=r"(?s)exit code 3.*no such option"),
    ):
        wait_until_ready(process, lambda: False, log)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_ends_when_the_test_process_is_killed(tmp_path: Path, number: signal.Signals) -> None:
    package = running_process.__module__
    root = Path(__file__).parents[package.count(".")]
    script = _HOLDER.format(root=str(root), package=package, folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        server = int(holder.stdout.readline())
        holder.send_signal(number)
    assert _ends_within(server, seconds=10)


def _ends_within(process: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _is_running(process):
            return True
        time.sleep(0.05)
    return False


def _is_running(process: int) -> bool:
    # Asking ps, not the kernel: where nobody reaps orphans, an ended one still has its id.
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return bool(state.stdout.strip()) and not state.stdout.startswith("Z")
