"""How long AWS is waited for, and how often it is asked."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Tell = Callable[[str], None]
"""Takes a line for the log."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for something, and how often to look; seconds."""

    first_look: float = 0.5
    longest_between_looks: float = 10.0
    altogether: float = 1800.0

    def looks(self) -> Iterator[bool]:
        """Yield at each look whether the time is up; between two wait a little, then longer and longer."""
        deadline, wait = time.monotonic() + self.altogether, self.first_look
        while True:
            yield time.monotonic() > deadline
            time.sleep(wait)
            wait = min(wait * 1.5, self.longest_between_looks)
