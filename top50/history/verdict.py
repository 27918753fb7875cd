"""What becomes of an old raw object, and of many."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from top50.history.files import Found

State = Literal["new", "refused", "known", "still refused", "left out", "key", "skipped"]


class Verdict(NamedTuple):
    """What becomes of one file, and why."""

    found: Found
    state: State
    """new: lands and is processed. refused: lands and goes to quarantine. known: the lake has it already.
    still refused: it lies in quarantine and would again. left out: cannot be landed.
    key: holds a secret, and stays where it is. skipped: no raw object by its name or its content."""
    key: str = ""
    """Under which it lands, or lies in the lake."""
    why: str = ""
    chart: str = ""
    """Chart and date, when it is new and says them."""
    content: bytes = b""
    again: bool = False
    """Whether it lies in quarantine under its key, and is to be looked at again."""

    @property
    def lands(self) -> bool:
        """Whether it is put into the backlog."""
        return self.state in ("new", "refused")


@dataclass
class Tally:
    """How many files became what, and which could not be taken."""

    counts: dict[State, int] = field(default_factory=lambda: defaultdict(int))
    left_out: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    """Why files were skipped, and how many."""
    notes: list[str] = field(default_factory=list)
    """What was left out of files that were taken."""

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Count the files of a group."""
        for verdict in verdicts:
            self.counts[verdict.state] += 1
            if verdict.state == "left out":
                self.left_out.append(f"{verdict.found.name}: {verdict.why}")
            if verdict.state == "skipped":
                self.skipped[verdict.why] += 1

    def __str__(self) -> str:
        """Say it in one line."""
        total = sum(self.counts.values())
        parts = [f"{self.counts[state]} {words}" for state, words in _WORDS.items() if self.counts[state]]
        counted = f"{total} file{'' if total == 1 else 's'}: {', '.join(parts) or 'nothing to do'}"
        return "; ".join([counted, *self.notes])


_WORDS: dict[State, str] = {
    "new": "new",
    "known": "in the lake already",
    "refused": "refused",
    "still refused": "still refused, in quarantine",
    "left out": "left out",
    "key": "left where they are, because they hold a key or a password",
    "skipped": "skipped as no raw objects",
}
