"""How a check ends: in one line when all is well, else in one for each thing that is wrong."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from top50.checks.finding import Finding
from top50.tables.parquet import REBUILD

__all__ = ["MOST", "REBUILD", "Problem", "notes", "told"]

MOST = 10
"""How many lines one check may take."""


class Problem(NamedTuple):
    """What is wrong, and what to do about it."""

    what: str
    remedy: str


def notes(name: str, found: Iterable[Problem]) -> Iterator[Finding]:
    """Yield what is worth knowing and breaks nothing."""
    each = list(found)
    for problem in each[:MOST]:
        yield Finding(name, "note", problem.what, problem.remedy, needed=False)
    if len(each) > MOST:
        yield Finding(name, "note", f"and {len(each) - MOST} more of the kind", needed=False)


def told(name: str, problems: Iterable[Problem], fine: str) -> Iterator[Finding]:
    """Yield the findings of one check."""
    found = list(problems)
    for problem in found[:MOST]:
        yield Finding(name, "failed", problem.what, problem.remedy)
    if len(found) > MOST:
        yield Finding(name, "failed", f"and {len(found) - MOST} more of the kind")
    if not found:
        yield Finding(name, "ok", fine)
