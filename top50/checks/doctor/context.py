"""What the doctor's checks share: what the caller passes in, and what the checks have observed so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from top50.checks.clock import seconds_ahead
from top50.checks.prefect_server import PrefectServer
from top50.consent import Consent
from top50.errors import Top50Error

if TYPE_CHECKING:
    from top50.aws import AwsSession


@dataclass(frozen=True)
class Dependencies:
    """What is looked up in different places with and without a Prefect server.

    The functions raise SettingsError, SourceError.
    """

    load_consent: Callable[[], Consent | None]
    save_consent: Callable[[Consent], object]  # for Spotify may replace the refresh token
    aws_session: Callable[[], "AwsSession"]
    prefect: PrefectServer | None  # None when no server is configured


@dataclass
class Observations:
    """What the answers of Spotify and all servers show, for the advice and the last checks."""

    app: Literal["extended", "development"] | None = None
    app_unknown: Top50Error | None = None  # why the kind of app is unknown
    own_playlist: Literal["readable", "login", "refused"] | None = None  # login: readable after make login
    page: bool = False  # whether the charts page answers with a chart
    archive: bool = False  # whether the public archive does
    clocks: dict[str, float] = field(default_factory=dict)  # server → the seconds that its clock is ahead

    def compare_clock(self, server: str, date: str | None) -> None:
        """Record how far a server's clock is ahead, by the Date header of an answer that has just arrived."""
        ahead = seconds_ahead(date)
        if ahead is not None:
            self.clocks[server] = ahead
