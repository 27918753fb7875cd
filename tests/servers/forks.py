"""Flows as commands whose processes need not start: one that has imported what flows import forks for each.

Starting Python with Prefect takes seconds of a core, forking none. It is safe because the one that forks
has no thread, no connection and no event loop: it imports, reads a line, forks and waits.
"""

import atexit
import gc
import importlib
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]

_FORKED = 60.0
"""Seconds within which a process is there: the first one waits for all the imports."""

_ABORTED = 5.0
"""Seconds within which a process that is told to abort is gone."""

_IMPORTED = (
    "boto3",
    "deployments.deploy",
    "fastapi",
    "obstore",
    "prefect.concurrency.services",
    "prefect.task_engine",
    "prefect.utilities.visualization",
    "flows.shared.command_line",
    "flows.shared.enrichment",
    "flows.shared.run",
    "tasks.fetch",
    "tasks.history",
    "tasks.rebuild",
    "tasks.report",
    "top50.catalog.glue",
    "top50.lake.s3",
    "top50.report.links",
    "top50.sources.simulated",
)
"""Not the flows themselves: each is run as `__main__`, as `python -m` does. Prefect imports some late."""


class Order(msgspec.Struct, frozen=True):
    """A command: a module, what follows it, the whole environment, and where its output goes."""

    module: str
    options: tuple[str, ...]
    environment: dict[str, str]
    stdout: str
    stderr: str
    around: str = ""
    """`module:function` of a context manager in which it runs; the function is given `told`."""
    told: dict[str, Any] = msgspec.field(default_factory=dict)


class Forks:
    """Runs commands one after the other, all with the Prefect settings that it was started with."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._process, self._folder, self._prefect = process, folder, _of_prefect(environment)

    def suit(self, environment: Mapping[str, str]) -> bool:
        """Whether Prefect would read the same settings from this environment."""
        return _of_prefect(environment) == self._prefect

    def run(
        self, module: str, options: tuple[str, ...], environment: Mapping[str, str], timeout: float
    ) -> "subprocess.CompletedProcess[str]":
        """Run `python -m module options…`. Raises subprocess.TimeoutExpired as subprocess.run does."""
        out, err = self._folder / "stdout", self._folder / "stderr"
        pid = self.start(Order(module, options, dict(environment), str(out), str(err)))
        try:
            code = self.wait(pid, timeout)
        except TimeoutError:
            raise subprocess.TimeoutExpired(module, timeout, out.read_bytes(), err.read_bytes()) from None
        return subprocess.CompletedProcess([module, *options], code, out.read_text(), err.read_text())

    def start(self, order: Order) -> int:
        """Start a command, of which one runs at a time; return the id of its process."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()
        return self._heard(_FORKED)

    def wait(self, pid: int, timeout: float) -> int:
        """Wait for its end; return its exit code, or minus the signal. TimeoutError: it took longer."""
        try:
            return self._heard(timeout)
        except TimeoutError:
            os.killpg(pid, signal.SIGABRT)  # with faulthandler it says where it was
            self._end(pid, timeout)
            raise

    def _end(self, pid: int, timeout: float) -> None:
        try:
            self._heard(_ABORTED)
        except TimeoutError:
            os.killpg(pid, signal.SIGKILL)
            self._heard(timeout)

    def _heard(self, timeout: float) -> int:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], timeout)[0]:
            raise TimeoutError(f"no answer within {timeout:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise EOFError("the process that forks has ended")
        return int(line)


def _of_prefect(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("PREFECT_")}


@contextmanager
def running_forks(environment: Mapping[str, str], modules: Sequence[str] = ()) -> Iterator[Forks]:
    """A process that forks; Prefect reads its settings from `environment` once, when it is imported.

    modules: what it imports besides.
    """
    own = {"PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "-m", __name__, *modules]
    with TemporaryDirectory(prefix="top50-forks-") as folder:
        with subprocess.Popen(
            command, cwd=ROOT, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        ) as process:
            yield Forks(process, Path(folder), own)
            assert process.stdin is not None
            process.stdin.close()  # it reads no further, and ends


def main() -> None:
    """Read orders; return in the process of a command that is over."""
    atexit.register(_leave)  # the first to come is called last, when all that a command began has ended
    for name in (*_IMPORTED, *sys.argv[1:]):
        importlib.import_module(name)
    gc.freeze()
    while line := sys.stdin.buffer.readline():
        pid = os.fork()
        if not pid:
            _become(msgspec.json.decode(line, type=Order))
            return
        os.write(1, b"%d\n" % pid)
        os.write(1, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _become(order: Order) -> None:
    os.setsid()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND  # both may go to one file
    streams = (os.open(os.devnull, os.O_RDONLY), os.open(order.stdout, flags), os.open(order.stderr, flags))
    for target, source in enumerate(streams):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(order.environment)
    sys.argv = [order.module, *order.options]
    try:
        with _around(order):
            runpy.run_module(order.module, run_name="__main__", alter_sys=True)
        _codes.append(0)
    except SystemExit as end:
        _codes.append(end.code if isinstance(end.code, int) else int(end.code is not None))
        raise


_codes: list[int] = []
"""The exit code of this process, where it is a command that ended in order."""


def _leave() -> None:
    """Leave out what Python does last, which is to take a process apart that has imported so much."""
    if _codes:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_codes[-1])


def _around(order: Order) -> AbstractContextManager[None]:
    if not order.around:
        return nullcontext()
    module, _, name = order.around.partition(":")
    prepared: AbstractContextManager[None] = getattr(importlib.import_module(module), name)(order.told)
    return prepared


if __name__ == "__main__":
    main()
