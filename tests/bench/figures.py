"""A figure, the rival or the bare minimum that it was measured beside, and what it should come to."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Runs = dict[str, list[float]]
Details = Mapping[str, Any]

NONE: Details = {}


@dataclass(frozen=True)
class Figure:
    """`ours` and `theirs` in `unit`; `result` in `result_unit` is what `target` speaks of."""

    name: str
    ours: float
    unit: str
    result: float
    result_unit: str
    target: str
    theirs: float | None = None
    rival: str = ""
    details: Details = field(default_factory=dict)


def alternate(contenders: Mapping[str, Callable[[], float]], rounds: int) -> Runs:
    """Let the contenders run in turn, A B A B; each returns its figure."""
    runs: Runs = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            runs[name].append(contender())
    return runs


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Make a contender of some work: its seconds."""

    def seconds() -> float:
        gc.collect()
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    return seconds


@dataclass(frozen=True)
class Duel:
    """Two contenders of the same rounds."""

    runs: Runs
    ours: str
    rival: str
    unit: str = "s"

    def times_faster(self, name: str, target: str, details: Details = NONE) -> Figure:
        """How many times the rival's speed ours is: the median of the rounds."""
        ratio = statistics.median(theirs / own for own, theirs in self._rounds())
        return self._figure(name, ratio, "×", target, details)

    def more(self, name: str, target: str, details: Details = NONE) -> Figure:
        """How much more than the rival ours takes: the median of the rounds."""
        more = statistics.median(own - theirs for own, theirs in self._rounds())
        return self._figure(name, more, f"{self.unit} more", target, details)

    def _rounds(self) -> list[tuple[float, float]]:
        return list(zip(self.runs[self.ours], self.runs[self.rival], strict=True))

    def _figure(self, name: str, result: float, result_unit: str, target: str, details: Details) -> Figure:
        ours, theirs = self.runs[self.ours], self.runs[self.rival]
        return Figure(
            *(name, statistics.median(ours), self.unit, result, result_unit, target),
            theirs=statistics.median(theirs),
            rival=self.rival,
            details={"ours": ours, "theirs": theirs, **details},
        )
