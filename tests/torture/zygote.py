"""Flows in processes that need not start: one that has imported everything, and forks for each run.

Starting Python with Prefect takes two to four seconds, forking takes none. It is safe because the one
that forks has no thread, no connection and no event loop: it imports, reads a line, forks and waits.
"""

import contextlib
import gc
import importlib
import os
import runpy
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]

LONGEST_RUN = 120.0  # seconds

HUNG = 124
"""The exit code of a run that took longer, as timeout(1) has it."""


class Order(msgspec.Struct, frozen=True):
    """A run: a module of flows/ as `python -m` runs it, with these settings and nothing else around it."""

    module: str
    environment: dict[str, str]
    output: str
    """The file that takes what the run writes to standard output and error."""
    options: tuple[str, ...] = ()
    steps: str = ""
    """A directory lake whose file-system steps are counted; see tests.torture.steps."""
    kill_at: int = 0
    """The step at which the run kills itself; 0: none."""
    impatient: bool = False
    """Whether clients wait seconds, not minutes, for answers that do not come."""
    hopeless: bool = False
    """Whether clients also ask less often, for faults that do not pass."""


class Ended(msgspec.Struct, frozen=True):
    """How a run ended."""

    code: int
    """The exit code; minus the signal's number of a run that was killed."""
    said: str

    @property
    def last_line(self) -> str:
        """What the run said last: of one that failed, the reason."""
        return next((line for line in reversed(self.said.splitlines()) if line.strip()), "")


class Zygote:
    """Runs flows one after the other; `pid` is the process of the run that is under way."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._answers = _Lines(process)
        self.pid = 0

    def start(self, order: Order) -> None:
        """Start a run; return when its process is there."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(order) + b"\n")
        self._process.stdin.flush()
        self.pid = int(self._answers.next(LONGEST_RUN))

    def wait(self, order: Order) -> Ended:
        """Wait for the end of the run that was started; one that does not end is killed."""
        try:
            code = int(self._answers.next(LONGEST_RUN))
        except TimeoutError:
            os.kill(self.pid, signal.SIGKILL)
            self._answers.next(LONGEST_RUN)
            code = HUNG
        return Ended(code, Path(order.output).read_text(encoding="utf-8", errors="replace"))

    def run(self, order: Order) -> Ended:
        """Run a flow to its end."""
        self.start(order)
        return self.wait(order)


class _Lines:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        self._stream = process.stdout
        self._buffer = b""

    def next(self, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            if not select.select([self._stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"no answer within {seconds:.0f} s")
            data = os.read(self._stream.fileno(), 4096)
            if not data:
                raise EOFError("the process that forks has ended")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()


@contextlib.contextmanager
def running_zygote(environment: Mapping[str, str]) -> Iterator[Zygote]:
    """A process that forks; Prefect reads its settings from `environment` once, when it is imported."""
    command = [sys.executable, "-m", __name__]
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    with subprocess.Popen(
        command, cwd=ROOT, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            yield Zygote(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()  # it reads no further, and ends


_IMPORTED = (
    "boto3",
    "obstore",
    "flows.command_line",
    "flows.processing",
    "flows.parameters",
    "flows.form",
    "tasks.fetch",
    "tasks.report",
    "top50.catalog.glue",
    "top50.lake.s3",
    "top50.report.links",
    "top50.sources.simulated",
    "tests.torture.surroundings",
)
"""What the flows import, at the top or when they need it; their own modules are run as `__main__`."""


def main() -> None:
    """Read orders; return in the process of a run that is over."""
    for name in _IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    answers = os.dup(1)
    while line := sys.stdin.buffer.readline():
        pid = os.fork()
        if not pid:
            _become(msgspec.json.decode(line, type=Order))
            return
        os.write(answers, b"%d\n" % pid)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(answers, b"%d\n" % code)


def _become(order: Order) -> None:
    from tests.torture.surroundings import surroundings  # noqa: PLC0415 - only where a flow runs

    os.setsid()
    output = os.open(order.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.environ.update(order.environment)
    sys.argv = [order.module, *order.options]
    with surroundings(order):
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
