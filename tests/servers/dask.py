"""A Dask cluster of processes: a scheduler, and workers that can be killed."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .processes import free_ports, running_process, wait_until_ready

ROOT = Path(__file__).parents[2]

_START_SECONDS = 60.0


@dataclass
class Cluster:
    """Its scheduler's address, and its workers, which die one by one."""

    address: str
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)


@contextmanager
def running_dask(folder: Path, environment: Mapping[str, str], workers: int = 2) -> Iterator[Cluster]:
    """Start a scheduler and so many workers of one thread each; they end with the block."""
    [port] = free_ports(1)
    cluster = Cluster(f"tcp://127.0.0.1:{port}")
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **environment}
    with ExitStack() as stack:
        scheduler = ["dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        stack.enter_context(_running(scheduler, own, folder / "scheduler.log", "Scheduler at:"))
        for number in range(workers):
            options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]
            worker = ["dask_worker", cluster.address, *options]
            running = _running(worker, own, folder / f"worker-{number}.log", "Registered to:")
            cluster.workers.append(stack.enter_context(running))
        yield cluster


@contextmanager
def _running(
    command: list[str], environment: Mapping[str, str], log: Path, says: str
) -> Iterator["subprocess.Popen[bytes]"]:
    module, *options = command
    started = [sys.executable, "-m", f"distributed.cli.{module}", *options]
    with running_process(started, environment, log.parent, log) as process:
        wait_until_ready(process, lambda: says in log.read_text(errors="replace"), log, _START_SECONDS)
        yield process
