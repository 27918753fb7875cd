"""What the doctor finds: one line for each check, and what the checks have seen together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal

from top50.checks.prefect_server import PrefectSeen
from top50.consent import Consent
from top50.errors import Top50Error
from top50.text import one_line

if TYPE_CHECKING:
    from top50.aws import AwsSession

_MARKS = {"ok": "✓", "failed": "✗", "note": "–"}


@dataclass(frozen=True)
class Finding:
    """How one check ended; `note` is for what is not needed, was not asked, or is worth knowing."""

    name: str
    state: Literal["ok", "failed", "note"]
    told: str
    remedy: str = ""
    needed: bool = True
    """Whether a run with the chosen source, lake and catalog fails without it."""

    @classmethod
    def of(cls, name: str, error: Top50Error, *, needed: bool = True) -> "Finding":
        """Return the finding that an error makes."""
        return cls(name, "failed", error.what, error.remedy, needed)

    @property
    def text(self) -> str:
        """The finding in one line, without its mark."""
        told = f"{self.told.rstrip('.')}. {self.remedy}" if self.remedy else self.told
        return one_line(f"{self.name}: {told}")

    def __str__(self) -> str:
        return f"{_MARKS[self.state]} {self.text}"


@dataclass
class Seen:
    """What Spotify's answers and everybody's clocks told, for the advice and the last checks."""

    app: Literal["extended", "development"] | None = None
    unknown: Top50Error | None = None
    """Why the kind of app is not known."""
    own_playlist: Literal["readable", "login", "refused"] | None = None
    """Whether the user's playlist can be read, or could be after a login."""
    page: bool = False
    """Whether the charts page answers with a chart."""
    archive: bool = False
    """Whether the public archive answers with a chart."""
    clocks: dict[str, float] = field(default_factory=dict)
    """Whose clock → by how many seconds it is ahead of this machine's."""

    def note_clock(self, whose: str, date: str | None) -> None:
        """Compare the Date header of an answer that has just come with this machine's clock."""
        ahead = seconds_ahead(date)
        if ahead is not None:
            self.clocks[whose] = ahead


def seconds_ahead(date: str | None) -> float | None:
    """Return by how much the Date header of an answer that has just come is ahead of this machine's clock."""
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return (theirs - datetime.now(UTC)).total_seconds() if theirs.tzinfo else None


@dataclass(frozen=True)
class Surroundings:
    """What lies outside of the settings: with Prefect's help it is looked up otherwise than without."""

    consent: Callable[[], Consent | None]
    """Loads the consent that was kept; raises SettingsError, SourceError."""
    keep: Callable[[Consent], object]
    """Keeps it anew, because Spotify may answer with another refresh token."""
    session: Callable[[], "AwsSession"]
    """Makes the AWS session of the settings; raises SettingsError, SourceError."""
    prefect: PrefectSeen | None
    """The Prefect server that is configured."""
