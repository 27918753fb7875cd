"""A figure, the rival or the bare minimum that it was measured beside, and what it should come to."""

import gc
import re
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

_Measure = TypeVar("_Measure")

Runs = dict[str, list[float]]
Details = Mapping[str, Any]

NONE: Details = {}

_LIMIT = re.compile(r"(ours )?([≥≤<]) ([\d.]+)")


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

    @property
    def own(self) -> str:
        """Ours, in words."""
        return _amount(self.ours, self.unit)

    @property
    def other(self) -> str:
        """The rival's, in words."""
        return "" if self.theirs is None else _amount(self.theirs, self.unit)

    @property
    def outcome(self) -> str:
        """What the target speaks of, in words."""
        return _amount(self.result, self.result_unit)

    @property
    def met(self) -> bool | None:
        """Whether it came to what it should; None when nothing is said about that."""
        limit = _LIMIT.match(self.target)
        if not limit:
            return None
        measured, bound = (self.ours if limit[1] else self.result), float(limit[3])
        return {"≥": measured >= bound, "≤": measured <= bound, "<": measured < bound}[limit[2]]


def alternate(contenders: Mapping[str, Callable[[], _Measure]], rounds: int) -> dict[str, list[_Measure]]:
    """Let the contenders run in turn, A B A B; each returns its figure."""
    runs: dict[str, list[_Measure]] = {name: [] for name in contenders}
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

    def times_as_much(self, name: str, target: str, details: Details = NONE) -> Figure:
        """How many times what the rival takes ours does: the median of the rounds."""
        ratio = statistics.median(own / theirs for own, theirs in self._rounds())
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


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if isinstance(value, int) or abs(value) >= 100 else f"{value:.2f} {unit}"


class Skipped(Exception):
    """A part cannot be measured here; says why."""
