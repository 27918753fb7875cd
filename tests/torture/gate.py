"""What is done to which request of a run, and how many there were."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Condition

from tests.torture.refusals import Service

KILLS = ("kill before", "kill after")

FAULTS = ("500", "503", "throttling", "reset before", "reset after", "cut", "stall")
"""Before: the request never reached the server. After: it was acted on, and the acknowledgement was lost."""

_LONGEST_WAIT = 30.0  # seconds


@dataclass(frozen=True)
class Plan:
    """What is done to the `at`-th request of a run; or to it and all later ones of the same service."""

    kind: str = ""
    at: int = 0
    lasting: bool = False


@dataclass
class Gate:
    """Counts the requests over all services; `run` is told which process to kill."""

    plan: Plan = Plan()
    requests: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    """Those that something was done to."""
    _process: Callable[[], int] = lambda: 0
    _service: Service | None = None
    _under_way: int = 0
    _changed: Condition = field(default_factory=Condition)

    def set_up(self, plan: Plan, process: Callable[[], int] = lambda: 0) -> None:
        """Prepare for a run; `process` returns its id once it is known."""
        with self._changed:
            self.plan, self._process, self._service = plan, process, None
            self.requests.clear()
            self.struck.clear()

    @contextmanager
    def request(self, service: Service, line: str) -> Iterator[str]:
        """Count a request; yield what is to be done to it, or nothing."""
        with self._changed:
            self.requests.append(f"{service} {line}")
            kind = self._kind(service, len(self.requests))
            if kind:
                self.struck.append(self.requests[-1])
            self._under_way += 1
        try:
            yield kind
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _kind(self, service: Service, number: int) -> str:
        if number == self.plan.at:
            self._service = service
            return self.plan.kind
        again = self.plan.lasting and number > self.plan.at and service == self._service
        return self.plan.kind if again else ""

    def kill(self) -> None:
        """Kill the run."""
        process = self._process()
        assert process > 1, "a run asks nothing before its process is known"
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)

    def wait_until_quiet(self) -> None:
        """Wait until nothing that a killed run asked for is under way. TimeoutError after half a minute."""
        deadline = time.monotonic() + _LONGEST_WAIT
        with self._changed:
            while self._under_way:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"requests are still under way, the last is {self.requests[-1]}")
