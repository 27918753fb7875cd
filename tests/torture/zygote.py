"""Runs that can be struck: flows in forked processes, each with what the torture puts around it."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.servers import forks

LONGEST_RUN = 120.0  # seconds

HUNG = 124
"""The exit code of a run that did not end, as timeout(1) has it."""

_logger = logging.getLogger(__name__)

_SURROUNDINGS = "tests.torture.surroundings"

_IMPORTED = (_SURROUNDINGS, "jinja2", "pandas", "pyarrow.compute")
"""What runs would import each for themselves; DuckDB imports pandas where it is installed."""


class Order(msgspec.Struct, frozen=True):
    """A run: a module of flows/ as `python -m` runs it, with these settings besides those of all runs."""

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

    def __init__(self, running: forks.Forks, environment: Mapping[str, str]) -> None:
        self._forks, self._environment = running, environment
        self.pid = 0

    def start(self, order: Order) -> None:
        """Start a run; return when its process is there."""
        environment = {**self._environment, **order.environment}
        around, told = f"{_SURROUNDINGS}:of_order", msgspec.to_builtins(order)
        output = order.output
        self.pid = self._forks.start(
            forks.Order(order.module, order.options, environment, output, output, around, told)
        )

    def wait(self, order: Order) -> Ended:
        """Wait for the end of the run that was started; one that does not end tells where it is."""
        try:
            code, end = self._forks.wait(self.pid, LONGEST_RUN), ""
        except TimeoutError:
            code, end = HUNG, f"\nit did not end within {LONGEST_RUN:.0f} s\n"
        said = Path(order.output).read_text(encoding="utf-8", errors="replace") + end
        if code == HUNG:
            _logger.warning("%s %s:\n%s", order.module, " ".join(order.options), said[-10_000:])
        return Ended(code, said)

    def run(self, order: Order) -> Ended:
        """Run a flow to its end."""
        self.start(order)
        return self.wait(order)


@contextmanager
def running_zygote(environment: Mapping[str, str]) -> Iterator[Zygote]:
    """A process that forks; Prefect reads its settings from `environment` once, when it is imported."""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(forks.ROOT), **environment}
    with forks.running_forks(own, _IMPORTED) as running:
        yield Zygote(running, own)
