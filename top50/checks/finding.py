"""A finding: one line of what the doctor and verify print."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from top50.errors import Top50Error
from top50.text import one_line

# The most lines that one check prints; further problems are counted in one more.
MOST_LINES = 10

_MARKS = {"ok": "✓", "failed": "✗", "note": "–"}


@dataclass(frozen=True)
class Finding:
    """The result of one check. A `note` is something optional, not checked, or worth reading."""

    name: str  # of the check
    state: Literal["ok", "failed", "note"]
    detail: str
    remedy: str = ""
    needed: bool = True  # whether a run with the chosen source, lake and catalog fails without it

    @classmethod
    def from_error(cls, name: str, error: Top50Error, *, needed: bool = True) -> "Finding":
        """Return a failed finding with the error's text and remedy."""
        return cls(name, "failed", error.what, error.remedy, needed)

    @property
    def text(self) -> str:
        """The finding in one line, without its mark."""
        detail = f"{self.detail.rstrip('.!')}. {self.remedy}" if self.remedy else self.detail
        return one_line(f"{self.name}: {detail}")

    def __str__(self) -> str:
        return f"{_MARKS[self.state]} {self.text}"


class Problem(NamedTuple):
    """One thing that verify finds wrong, and the remedy."""

    what: str
    remedy: str


def failures_or_ok(name: str, problems: Iterable[Problem], ok: str) -> Iterator[Finding]:
    """Yield a failed finding for each problem, shortened; without problems, one that is `ok`."""
    failures = [Finding(name, "failed", *problem) for problem in problems]
    yield from shortened(failures) if failures else [Finding(name, "ok", ok)]


def shortened(findings: list[Finding]) -> Iterator[Finding]:
    """Yield the first `MOST_LINES` findings of one check, then the number of the others."""
    yield from findings[:MOST_LINES]
    if more := findings[MOST_LINES:]:
        yield replace(more[0], detail=f"and {len(more)} more of this kind", remedy="")
