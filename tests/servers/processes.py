"""Server processes that end with the tests, whatever ends the tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path

# Below the range that systems hand out to outgoing connections (from 32768 on), so that nobody
# takes a port between our look and the server's bind. Parallel test processes start apart.
_PORTS = range(20_000, 32_000)
_ports = cycle([*_PORTS[os.getpid() * 50 % len(_PORTS) :], *_PORTS[: os.getpid() * 50 % len(_PORTS)]])

STOP_SECONDS = 10.0


class ServerDidNotStartError(Exception):
    """A server ended, or gave no answer in time; quotes the end of its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        end = "still running" if process.poll() is None else f"exit code {process.returncode}"
        super().__init__(
            f"{process.args!r} did not start ({end}):\n{log.read_text(errors='replace')[-3000:]}"
        )


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1, never the same twice in one test process."""
    free = (port for port in _ports if _is_free(port))
    return [next(free) for _ in range(count)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def running_process(
    command: list[str], environment: Mapping[str, str], folder: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a command in `folder`, in a process group of its own, until the block or the tests end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with process:
        try:
            with _leashed(process.pid):
                yield process
        finally:
            _stop(process)


@contextmanager
def _leashed(group: int) -> Iterator[None]:
    command = [sys.executable, "-I", str(Path(__file__).with_name("leash.py")), str(group)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as leash:
        try:
            yield
        finally:
            leash.kill()


def _stop(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def wait_until_ready(
    process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path, seconds: float = 30.0
) -> None:
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerDidNotStartError(process, log)
        time.sleep(0.05)
