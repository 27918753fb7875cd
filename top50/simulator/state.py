"""A running simulator: what requests and tests change, and what changes its answers."""

import itertools
import threading
import time
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from top50.simulator.answers import Request
from top50.simulator.faults import Fault
from top50.simulator.strange_rows import StrangeRows
from top50.simulator.tracks import AppKind
from top50.simulator.world.calendars import CHARTS, refreshed_at
from top50.simulator.world.ranking import SIZE

Holder = Literal["app", "user"]  # of a token: client credentials, or a user who agreed

CHARTS_PATH = "/public/v0/charts"
ARCHIVE_PATH = "/mackorone/spotify-playlist-archive-2/main/playlists/pretty"

LIFETIME = 3600  # seconds of an access token
MONTHS = 6  # of a refresh token, from the consent on; a refresh does not extend it


@dataclass
class Consents:
    """Codes, which work once, and refresh tokens. Only the server's thread changes them."""

    refused: bool = False  # whether the user presses Cancel
    rotating: bool = False  # whether each refresh brings another refresh token
    _codes: dict[str, str] = field(default_factory=dict)
    _agreed_at: dict[str, datetime] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def agree(self, redirect_uri: str) -> str:
        """Return a new code, valid for a token call with the same redirect URI."""
        code = f"0simCode{next(self._numbers):06}"
        self._codes[code] = redirect_uri
        return code

    def redeem(self, code: str, redirect_uri: str | None, now: datetime) -> str | None:
        """Return the refresh token for a code; None for a code unknown, used, or of another redirect URI."""
        if self._codes.pop(code, None) != redirect_uri or redirect_uri is None:
            return None
        return self._issue(now)

    def ends_at(self, refresh_token: str) -> datetime | None:
        """Return when a refresh token expires; None when it was never issued, or has been replaced.

        That is the same day and time six calendar months on, or the last day of a month that is too short.
        """
        agreed_at = self._agreed_at.get(refresh_token)
        if agreed_at is None:
            return None
        year, month = divmod(agreed_at.year * 12 + agreed_at.month - 1 + MONTHS, 12)
        day = min(agreed_at.day, monthrange(year, month + 1)[1])
        return agreed_at.replace(year=year, month=month + 1, day=day)

    def rotated(self, refresh_token: str) -> str:
        """Return the refresh token that a refresh answers with: the same, or one in its place."""
        return self._issue(self._agreed_at.pop(refresh_token)) if self.rotating else refresh_token

    def _issue(self, agreed_at: datetime) -> str:
        refresh_token = f"0simRefresh{next(self._numbers):06}"
        self._agreed_at[refresh_token] = agreed_at
        return refresh_token


@dataclass
class Simulator:
    """A running simulator, shared by the server's thread and its user: hence the lock.

    accounts_url: `http://127.0.0.1:PORT`; tokens are at `accounts_url + "/api/token"`.
    api_url: the Web API, `http://127.0.0.1:PORT/v1`.
    """

    seed: int
    app: AppKind  # the kind of app that asks, from the next request on
    accounts_url: str
    api_url: str
    client_secret: str | None = None  # None: any
    doubled: bool = False  # whether playlists carry both `tracks` and `items`, and rows `track` and `item`
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    requests: list[Request] = field(default_factory=list)  # the oldest first, without those to the control
    faults: list[Fault] = field(default_factory=list)
    strange: StrangeRows = field(default_factory=dict)
    consents: Consents = field(default_factory=Consents)
    refresh_revoked: bool = False
    _tokens: dict[str, tuple[Holder, float]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def charts_url(self) -> str:
        """The page of the official charts, which needs no token."""
        return self.accounts_url + CHARTS_PATH

    @property
    def archive_url(self) -> str:
        """The public archive's folder of playlists, which needs no token."""
        return self.accounts_url + ARCHIVE_PATH

    def set_now(self, now: datetime) -> None:
        """Stop the clock at an instant. ValueError: without a time zone, or not from 2008-10-10 to 2100."""
        refreshed_at(CHARTS["global-daily"], now)
        self.clock = lambda: now

    def misbehave(self, *faults: Fault) -> None:
        """Add faults for the next requests, one a request, the oldest that fits first."""
        with self._lock:
            self.faults.extend(faults)

    def behave(self) -> None:
        """Forget the faults that are left."""
        with self._lock:
            self.faults.clear()

    def take_fault(self, path: str) -> Fault | None:
        """Return the fault for this request, if any, and count it off."""
        with self._lock:
            for position, fault in enumerate(self.faults):
                if path.startswith(fault.path_prefix):
                    left = fault.once_less()
                    self.faults[position : position + 1] = [left] if left else []
                    return fault
        return None

    def strange_rows(self, rows: StrangeRows) -> None:
        """Set the rows at these ranks of every chart, all others being normal. ValueError: no such rank."""
        if not all(1 <= rank <= SIZE for rank in rows):
            raise ValueError(f"ranks are 1 to {SIZE}, not {sorted(rows)}")
        self.strange = dict(rows)

    def issue_token(self, holder: Holder) -> str:
        """Return a new access token, valid for an hour of real time: setting the clock must not end it."""
        with self._lock:
            token = f"0simToken{next(self._numbers):06}"
            self._tokens[token] = (holder, time.monotonic() + LIFETIME)
            return token

    def expire_tokens(self) -> None:
        """End every access token issued so far."""
        with self._lock:
            self._tokens = {token: (holder, 0.0) for token, (holder, _) in self._tokens.items()}

    def holder_of(self, token: str) -> Holder | Literal["expired"] | None:
        """Return the holder of a token; None when it was never issued."""
        with self._lock:
            holder, end = self._tokens.get(token, (None, 0.0))
        return "expired" if holder and end <= time.monotonic() else holder

    def revoke_refresh_tokens(self) -> None:
        """Answer every refresh token with `invalid_grant` from now on."""
        self.refresh_revoked = True

    def refuse_consent(self, refuse: bool = True) -> None:
        """Let the user press Cancel instead of Agree, or Agree again."""
        self.consents.refused = refuse

    def rotate_refresh_tokens(self, rotate: bool = True) -> None:
        """Let each refresh answer with another refresh token, which replaces the one before."""
        self.consents.rotating = rotate
