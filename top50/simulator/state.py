"""What a running simulator remembers. The server's thread and its user's share it, hence the lock."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from top50.simulator.answers import Request
from top50.simulator.calendars import CHARTS, refreshed_at
from top50.simulator.consents import Consents
from top50.simulator.faults import Fault
from top50.simulator.ranking import SIZE
from top50.simulator.strange import StrangeRows
from top50.simulator.tracks import AppKind

Holder = Literal["app", "user"]  # whom a token stands for: client credentials, or a person who agreed
LIFETIME = 3600  # seconds


def _real_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class State:
    """All that requests can change, and all that changes answers."""

    seed: int
    app: AppKind
    base_url: str = ""
    client_secret: str | None = None  # None: any
    doubled: bool = False
    clock: Callable[[], datetime] = _real_now
    faults: list[Fault] = field(default_factory=list)
    strange: StrangeRows = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    refresh_revoked: bool = False
    consents: Consents = field(default_factory=Consents)
    _tokens: dict[str, tuple[Holder, float]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set_now(self, now: datetime) -> None:
        """Stop the clock at an instant. ValueError: without a time zone, or not simulated."""
        refreshed_at(CHARTS["global-daily"], now)
        self.clock = lambda: now

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Faults wait their turn: of those that fit a path, the oldest goes first."""
        with self._lock:
            self.faults.extend(faults)

    def clear_faults(self) -> None:
        """Behave again."""
        with self._lock:
            self.faults.clear()

    def set_strange(self, rows: StrangeRows) -> None:
        """What stands at these ranks of every chart from now on. ValueError: no such rank."""
        if not all(1 <= rank <= SIZE for rank in rows):
            raise ValueError(f"ranks are 1 to {SIZE}, not {sorted(rows)}")
        self.strange = dict(rows)

    def take_fault(self, path: str) -> Fault | None:
        """The fault that this request gets, counted off."""
        with self._lock:
            for position, fault in enumerate(self.faults):
                if path.startswith(fault.path_prefix):
                    left = fault.once_less()
                    self.faults[position : position + 1] = [left] if left else []
                    return fault
        return None

    def issue_token(self, holder: Holder) -> str:
        """A new access token, good for an hour of real time: setting the clock must not end it."""
        with self._lock:
            token = f"0simToken{next(self._numbers):06}"
            self._tokens[token] = (holder, time.monotonic() + LIFETIME)
            return token

    def expire_tokens(self) -> None:
        """Make every access token issued so far an expired one."""
        with self._lock:
            self._tokens = {token: (holder, 0.0) for token, (holder, _) in self._tokens.items()}

    def holder_of(self, token: str) -> Holder | Literal["expired"] | None:
        """Whom a token stands for; None when it was never issued."""
        with self._lock:
            holder, end = self._tokens.get(token, (None, 0.0))
        return "expired" if holder and end <= time.monotonic() else holder
