"""What came of the points that were tried: the rows of docs/reliability.md."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Place = Literal["directory", "SeaweedFS", ""]
Verdict = Literal["survived", "lost", "doubled", "unclear"]


@dataclass
class Tally:
    """Points of one kind: a kill, a fault, a race, a bad object."""

    what: str
    """What was done, as the table says it: "SIGKILL before a request of a weekly run"."""
    place: Place
    """Where the lake was; empty where it makes no difference."""
    survived: int = 0
    lost: int = 0
    """Raw objects or rows that were nowhere any more, or a reader who saw half of something."""
    doubled: int = 0
    """Raw objects in two folders, or rows twice."""
    unclear: int = 0
    """Ends without one clear line, and anything left behind."""
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    """Of each point that did not survive: which one, and what was seen."""

    @property
    def points(self) -> int:
        """How many were tried."""
        return self.survived + self.lost + self.doubled + self.unclear

    def add(self, verdict: Verdict, point: str = "", seen: str = "") -> None:
        """Count a point; say which it was and what was seen unless it survived."""
        setattr(self, verdict, getattr(self, verdict) + 1)
        if verdict != "survived":
            self.failures.append(f"{point}: {seen}")

    def add_all(self, points: Iterable[str], wrong: Mapping[str, str]) -> None:
        """Count points that have a name, and whatever else is wrong; `wrong` says what was seen."""
        for point in dict.fromkeys([*points, *wrong]):
            seen = wrong.get(point, "")
            self.add("lost" if seen == "lost" else "unclear" if seen else "survived", repr(point)[:80], seen)


def all_survived(tallies: Iterable[Tally]) -> bool:
    """Whether something was tried and nothing was lost, doubled or unclear."""
    found = list(tallies)
    return bool(found) and all(each.points == each.survived > 0 for each in found)
