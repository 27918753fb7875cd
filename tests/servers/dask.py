"""A Dask cluster of processes: a scheduler, and workers that can be killed."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]

_ADDRESS = re.compile(r"tcp://[\d.]+:\d+")


@dataclass
class Cluster:
    """Its scheduler's address, and its workers, which die one by one."""

    address: str
    workers: list["subprocess.Popen[str]"] = field(default_factory=list)


@contextmanager
def running_dask(folder: Path, environment: Mapping[str, str], workers: int = 2) -> Iterator[Cluster]:
    """Start a scheduler and so many workers of one thread each; they end with the block."""
    started: list[subprocess.Popen[str]] = []
    try:
        scheduler = _start("scheduler", folder, environment, "--host", "127.0.0.1", "--no-dashboard")
        started.append(scheduler)
        cluster = Cluster(_address(scheduler, "Scheduler at:"))
        for _ in range(workers):
            worker = _start(
                "worker",
                folder,
                environment,
                cluster.address,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
            )
            started.append(worker)
            _address(worker, "Registered to:")
            cluster.workers.append(worker)
        yield cluster
    finally:
        for process in reversed(started):
            process.kill()
            with process:
                pass


def _start(what: str, folder: Path, environment: Mapping[str, str], *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "distributed.cli.dask_" + what, *options]
    if what == "scheduler":
        command += ["--port", "0"]
    else:
        command += ["--local-directory", str(folder)]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)


def _address(process: "subprocess.Popen[str]", said: str) -> str:
    """Wait until it says where it is, and let it say the rest to nobody."""
    deadline = time.monotonic() + 60
    lines: list[str] = []
    for line in process.stderr or ():
        lines.append(line)
        match = _ADDRESS.search(line)
        if said in line and match:
            threading.Thread(target=lambda: [None for _ in process.stderr or ()], daemon=True).start()
            return match[0]
        if time.monotonic() > deadline:
            break
    raise RuntimeError(f"Dask did not start; it said:\n{''.join(lines)}")
