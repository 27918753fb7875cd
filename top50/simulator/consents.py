"""What users agreed to: codes, which work once, and refresh tokens, which die six months later."""

import itertools
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import datetime

MONTHS = 6  # from the consent on; a refresh does not extend it


@dataclass
class Consents:
    """All consents of a running simulator. Only the server's thread changes them."""

    refused: bool = False  # whether the user presses Cancel
    rotating: bool = False  # whether each refresh brings another refresh token
    _codes: dict[str, str] = field(default_factory=dict)
    _agreed_at: dict[str, datetime] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def agree(self, redirect_uri: str) -> str:
        """A new code, good for a token call with the same redirect URI."""
        code = f"0simCode{next(self._numbers):06}"
        self._codes[code] = redirect_uri
        return code

    def redeem(self, code: str, redirect_uri: str | None, now: datetime) -> str | None:
        """The refresh token for a code; None when the code is unknown, used, or of another redirect URI."""
        if self._codes.pop(code, None) != redirect_uri or redirect_uri is None:
            return None
        return self._issue(now)

    def ends_at(self, refresh_token: str) -> datetime | None:
        """When a refresh token dies; None when it was never issued, or has been replaced."""
        agreed_at = self._agreed_at.get(refresh_token)
        return agreed_at and six_months_after(agreed_at)

    def rotated(self, refresh_token: str) -> str:
        """The refresh token that a refresh answers with: the same, or one in its place."""
        return self._issue(self._agreed_at.pop(refresh_token)) if self.rotating else refresh_token

    def _issue(self, agreed_at: datetime) -> str:
        refresh_token = f"0simRefresh{next(self._numbers):06}"
        self._agreed_at[refresh_token] = agreed_at
        return refresh_token


def six_months_after(instant: datetime) -> datetime:
    """The same day and time six calendar months on, or the last day of a month that is too short."""
    year, month = divmod(instant.year * 12 + instant.month - 1 + MONTHS, 12)
    return instant.replace(year=year, month=month + 1, day=min(instant.day, monthrange(year, month + 1)[1]))
