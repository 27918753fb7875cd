"""Questions to Spotify: each is asked once, for a refusal is the answer, and the quota is precious."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from http import HTTPStatus
from typing import Literal, TypeVar

from top50.charts import PLAYLIST_ROWS
from top50.checks.finding import Finding, Seen
from top50.consent import Consent
from top50.errors import QuotaExceeded, SourceError, SourceUnavailable
from top50.settings import Settings
from top50.sources.spotify import SpotifyClient

_Result = TypeVar("_Result")


class Questions:
    """Holds the clients, and what the last answer was.

    settings: those chosen, but for the source `playlist`: what the app can read is worth knowing whatever
    is chosen. Only if that is chosen it is `needed`.
    """

    def __init__(self, settings: Settings, seen: Seen) -> None:
        self.chosen = settings.source
        self.settings = settings.model_copy(update={"source": "playlist"})
        self.needed = settings.source == "playlist"
        self.app: SpotifyClient | None = None
        self.silent = False
        """Whether Spotify is not there or refuses every call, so that nothing more is asked."""
        self.status = 0
        """HTTP status of the last answer; 0 when there was none."""
        self._seen = seen
        self._open = ExitStack()

    def close(self) -> None:
        """Close the connections."""
        self._open.close()

    def open_app(self) -> SpotifyClient:
        """Return a client that reads for the app itself; raises SettingsError without credentials."""
        self.app = self._open.enter_context(closing(SpotifyClient(self.settings)))
        return self.app

    def open_user(self, consent: Consent, keep: Callable[[Consent], object]) -> SpotifyClient:
        """Return a client that reads for a user; raises ConsentExpired, SettingsError."""
        return self._open.enter_context(closing(SpotifyClient(self.settings, consent, keep)))

    def ask(self, client: SpotifyClient, question: Callable[[SpotifyClient], _Result]) -> _Result:
        """Ask, and take note of the answer's status and time; raises SourceError."""
        try:
            return question(client)
        except (QuotaExceeded, SourceUnavailable):
            self.silent = True
            raise
        finally:
            answer = client.last_answer
            self.status = 0 if answer is None else answer.status_code
            self._seen.note_clock("Spotify", None if answer is None else answer.headers.get("Date"))

    def judge(self, playlist: str, rows: int) -> Finding:
        """Return whether a playlist is as long as a chart."""
        if rows in PLAYLIST_ROWS:
            return self.told("playlist", "ok", f"{playlist} has {rows} rows")
        told = f"{playlist} has {rows} rows, and a chart has {PLAYLIST_ROWS[0]} to {PLAYLIST_ROWS[-1]}"
        return self.told("playlist", "failed", told, "Make it a whole copy of the chart.")

    def told(self, name: str, state: Literal["ok", "failed", "note"], told: str, remedy: str = "") -> Finding:
        """Return a finding that is needed if the chosen source is a playlist."""
        return Finding(name, state, told, remedy, self.needed)

    def failed(self, name: str, error: SourceError) -> Finding:
        """Return the finding that a refusal makes, needed likewise."""
        return Finding.of(name, error, needed=self.needed)

    @property
    def refused_to_app(self) -> bool:
        """Whether the last answer may be another for a user who has agreed (200: a name without rows)."""
        return self.status in (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
