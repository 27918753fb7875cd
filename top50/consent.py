"""A user's consent to the app reading their playlists: how long it is valid, and its file."""

import logging
import os
import tempfile
from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from top50.errors import ConsentExpired, SettingsError

SCOPE = (
    "playlist-read-private playlist-read-collaborative"  # to read private and shared playlists, nothing else
)

LOGIN = "Run make login."

# The lifetime of a refresh token, from the consent on, however often it is used.
MONTHS = 6

WARNING_DAYS = 30

_OWNER_ONLY = 0o600

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Consent:
    """A user's consent, with the refresh token that proves it."""

    refresh_token: Annotated[str, msgspec.Meta(min_length=1)] = field(repr=False)
    agreed_on: date  # UTC
    client_id: str
    scope: str

    @property
    def ends_on(self) -> date:
        """The last day of validity: six calendar months later, or the last day of a shorter month."""
        years, month = divmod(self.agreed_on.month - 1 + MONTHS, 12)
        year, month = self.agreed_on.year + years, month + 1
        return date(year, month, min(self.agreed_on.day, monthrange(year, month)[1]))

    def days_left(self, today: date) -> int:
        """Return the days until the last day of validity; negative after it."""
        return (self.ends_on - today).days

    def warning(self, today: date) -> str | None:
        """Return a warning in the last 30 days, else None; after the last day `check` raises."""
        left = self.days_left(today)
        if not 0 <= left <= WARNING_DAYS:
            return None
        days = {0: "today", 1: "tomorrow"}.get(left, f"in {left} days")
        return (
            f"Spotify ends your consent of {self.agreed_on} on {self.ends_on}, {days}: run make login before"
        )

    def holds(self, today: date, client_id: str | None) -> bool:
        """Return whether the consent is this app's and has not expired; it may still be revoked."""
        return self.client_id == client_id and self.days_left(today) >= 0

    def check(self, today: date, client_id: str | None) -> None:
        """Raise ConsentExpired unless the consent is this app's and has not expired."""
        if self.client_id != client_id:
            raise ConsentExpired(
                f"your consent of {self.agreed_on} was given to another app, {self.client_id}, "
                f"and SPOTIPY_CLIENT_ID is {client_id}",
                LOGIN,
            )
        if not self.holds(today, client_id):
            raise ConsentExpired(f"your consent of {self.agreed_on} ended on {self.ends_on}", LOGIN)

    def to_json(self) -> str:
        """Return all of it as JSON, the refresh token included."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str) -> "Consent":
        """Read what `to_json` wrote; raises SettingsError, which does not quote the text."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, UnicodeError):
            raise SettingsError("the stored consent cannot be read", LOGIN) from None


def read_consent_file(path: Path) -> Consent | None:
    """Return the consent in a file, None if there is no file; makes the file readable by its owner only.

    Raises SettingsError for a file that cannot be read or decoded.
    """
    with _explained("read", path):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        if path.stat().st_mode & 0o077:
            path.chmod(_OWNER_ONLY)
            _logger.warning("%s was readable by others on this machine; now only by its owner", path)
    return Consent.from_json(content.decode(errors="replace"))


def write_consent_file(path: Path, consent: Consent) -> None:
    """Write a consent atomically, readable by its owner only; raises SettingsError."""
    with _explained("write", path):
        # NamedTemporaryFile creates the file with mode 0600.
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.", delete=False) as file:
            staged = Path(file.name)
            try:
                file.write(consent.to_json())
                file.flush()
                os.fsync(file.fileno())
                staged.replace(path)
            finally:
                staged.unlink(missing_ok=True)


@contextmanager
def _explained(doing: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(
            f"cannot {doing} the consent in {path}: {error.strerror}",
            "Set TOP50_CONSENT_FILE to a file that you may read and write.",
        ) from None
