"""The user's Spotify app and playlist: what may they read? At most four requests, and one for a song."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import TypeVar

from top50.charts import CHARTS_PAGE, PLAYLIST_ROWS, PUBLIC_ARCHIVE, SIMULATOR
from top50.checks.doctor.context import Dependencies, Observations
from top50.checks.finding import Finding
from top50.consent import Consent
from top50.errors import (
    ConsentExpired,
    QuotaExceeded,
    SettingsError,
    SourceError,
    SourceUnavailable,
    Top50Error,
)
from top50.settings import Settings
from top50.sources.spotify import SpotifyClient

_NO_ANSWER = "not checked: Spotify does not answer, or refuses every call"
_DEVELOPMENT = "development mode, or created since 2024-11-27: it cannot read Spotify's own playlists"

_Result = TypeVar("_Result")


class SpotifyChecks:
    """Asks Spotify each question once: a refusal is an answer, too, and the quota is small.

    The app and the playlist are checked whatever the source, for the advice; a failure counts (`needed`)
    only where the source is `playlist`. Call the checks in the order of this class.
    """

    def __init__(self, settings: Settings, dependencies: Dependencies, observations: Observations) -> None:
        self._source = settings.source
        self._needed = settings.source == "playlist"
        self._settings = settings.model_copy(update={"source": "playlist"})
        self._dependencies = dependencies
        self._observed = observations
        self._clients = ExitStack()
        self._app: SpotifyClient | None = None
        self._gave_up = False  # Spotify does not answer or refuses every call: no further question
        self._status = 0  # of the last answer; 0 without one

    def close(self) -> None:
        """Close the connections."""
        self._clients.close()

    def check_app(self) -> Iterator[Finding]:
        """Yield whether Spotify accepts the app's credentials, and which kind of app it is.

        Two requests: a token, and the chart's own playlist.
        """
        playlist = self._settings.charts[0].playlist_id
        try:
            self._app = self._clients.enter_context(closing(SpotifyClient(self._settings)))
            rows = self._ask(self._app, lambda app: app.count_rows(playlist))
        except SettingsError as missing:
            self._observed.app_unknown, self._gave_up = missing, True
            yield self._no_credentials(missing)
        except SourceError as refusal:
            yield from self._app_refused(refusal)
        else:
            self._observed.app = "extended"
            yield self._accepted()
            detail = "extended quota mode: it can read Spotify's own playlists"
            yield Finding("Spotify app", "ok", detail, needed=self._needed)
            if not self._settings.reads_users_playlist:
                yield self._length(playlist, rows)

    def _no_credentials(self, missing: SettingsError) -> Finding:
        if self._needed:
            return Finding.from_error("Spotify credentials", missing)
        detail = f"not both are set; TOP50_SOURCE={self._source} does not need them"
        if self._source != SIMULATOR:
            detail += ", but without them songs lack their album and length"
        return Finding("Spotify credentials", "note", detail, needed=False)

    def _app_refused(self, refusal: SourceError) -> Iterator[Finding]:
        """Yield who refused, by the last answer: the token service, or the API, and then for what reason."""
        if self._status in (HTTPStatus.NOT_FOUND, HTTPStatus.OK) and not refusal.passing:
            self._observed.app = "development"
            yield self._accepted()
            detail = f"{_DEVELOPMENT} ({self._status})"
            if not self._needed or self._settings.reads_users_playlist:
                yield Finding("Spotify app", "note", detail, needed=False)
            else:
                remedy = "Read a playlist of your own (TOP50_PLAYLIST), or choose another TOP50_SOURCE."
                yield Finding("Spotify app", "failed", detail, remedy)
            return
        self._observed.app_unknown, self._gave_up = refusal, True
        if isinstance(refusal, (QuotaExceeded, SourceUnavailable)):
            name = "Spotify"
        elif refusal.status:
            yield self._accepted()
            name = "Spotify app"
        else:
            name = "Spotify credentials"
        yield Finding.from_error(name, refusal, needed=self._needed)

    def _accepted(self) -> Finding:
        detail = f"Spotify accepts those of the app {self._settings.spotify_client_id}"
        return Finding("Spotify credentials", "ok", detail, needed=self._needed)

    def check_own_playlist(self) -> Iterator[Finding]:
        """Yield how old the consent is, and whether the user's playlist is readable and as long as a chart.

        Two requests: a token, and the playlist.
        """
        if not self._settings.reads_users_playlist:
            detail = "not needed: TOP50_PLAYLIST is not set to a playlist of a user"
            yield Finding("consent", "note", detail, needed=False)
            return
        if self._app is None:
            yield Finding("playlist", "note", "not checked: there are no credentials", needed=False)
            return
        try:
            consent = self._dependencies.load_consent()
            if consent:
                consent.check(_today(), self._settings.spotify_client_id)
        except Top50Error as error:
            yield from self._no_valid_consent(error)
            return
        if self._gave_up:
            yield _validity(consent)
            yield Finding("playlist", "note", _NO_ANSWER, needed=False)
            return
        yield from self._read_playlist(self._app, consent)

    def _read_playlist(self, app: SpotifyClient, consent: Consent | None) -> Iterator[Finding]:
        playlist = self._settings.playlist or ""
        reader = app
        if consent:
            save = self._dependencies.save_consent
            reader = self._clients.enter_context(closing(SpotifyClient(self._settings, consent, save)))
        try:
            rows = self._ask(reader, lambda client: client.count_rows(playlist))
        except (ConsentExpired, SettingsError) as error:  # it was withdrawn, or its new token cannot be saved
            yield from self._no_valid_consent(error)
        except SourceError as refusal:
            yield _validity(consent)
            yield self._playlist_refused(refusal, consent)
        else:
            yield _validity(consent)
            finding = self._length(playlist, rows)
            self._observed.own_playlist = "readable" if finding.state == "ok" else "refused"
            yield finding

    def _no_valid_consent(self, error: Top50Error) -> Iterator[Finding]:
        if isinstance(error, (ConsentExpired, SettingsError)):
            self._observed.own_playlist = "login"
        else:  # the store of the consent does not answer
            self._observed.app_unknown = error
        yield Finding.from_error("consent", error, needed=self._needed)
        yield Finding("playlist", "note", "not checked: there is no valid consent", needed=False)

    def _playlist_refused(self, refusal: SourceError, consent: Consent | None) -> Finding:
        # What an app is refused, a user may be allowed. 200: Spotify shows a playlist's name, but no rows.
        may_be_consent = (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        if isinstance(refusal, (QuotaExceeded, SourceUnavailable)):
            self._observed.app_unknown = refusal
        elif consent is None and self._status in may_be_consent:
            self._observed.own_playlist = "login"
        else:
            self._observed.own_playlist = "refused"
        if self._status == HTTPStatus.NOT_FOUND:
            detail = f"{self._settings.playlist} does not exist, or is one of Spotify's own"
            return Finding("playlist", "failed", detail, "Correct TOP50_PLAYLIST.", self._needed)
        return Finding.from_error("playlist", refusal, needed=self._needed)

    def _length(self, playlist: str, rows: int) -> Finding:
        if rows in PLAYLIST_ROWS:
            return Finding("playlist", "ok", f"{playlist} has {rows} rows", needed=self._needed)
        detail = f"{playlist} has {rows} rows, and a chart has {PLAYLIST_ROWS[0]} to {PLAYLIST_ROWS[-1]}"
        return Finding("playlist", "failed", detail, "Make it a whole copy of the chart.", self._needed)

    def check_song(self, song_id: str | None) -> Iterator[Finding]:
        """Yield whether Spotify answers about a song of the lake, as an enrichment asks. One request."""
        if self._app is None or self._source in (SIMULATOR, CHARTS_PAGE, PUBLIC_ARCHIVE):
            return  # without an app or a need; or the chosen source had the fifth request
        if self._gave_up or song_id is None:
            why = _NO_ANSWER if self._gave_up else "not checked: the lake has no songs yet"
            yield Finding("songs", "note", why, needed=False)
            return
        try:
            exists = self._ask(self._app, lambda app: app.track(song_id)).found
        except SourceError as refusal:
            yield Finding.from_error("songs", refusal, needed=False)
            return
        detail = f"Spotify answers about {song_id}" + ("" if exists else ": it does not exist")
        yield Finding("songs", "ok", detail, needed=False)

    def _ask(self, client: SpotifyClient, question: Callable[[SpotifyClient], _Result]) -> _Result:
        """Return the result; record the answer's status and its server's clock. Raises SourceError."""
        try:
            return question(client)
        except (QuotaExceeded, SourceUnavailable):
            self._gave_up = True
            raise
        finally:
            answer = client.last_answer
            self._status = 0 if answer is None else answer.status_code
            self._observed.compare_clock("Spotify", None if answer is None else answer.headers.get("Date"))


def _validity(consent: Consent | None) -> Finding:
    if consent is None:
        return Finding("consent", "note", "you have not given one", needed=False)
    warning = consent.warning(_today())
    if warning:
        return Finding("consent", "note", warning)
    days = consent.days_left(_today())
    detail = f"given on {consent.agreed_on}, valid until {consent.ends_on}: {days} days left"
    return Finding("consent", "ok", detail)


def _today() -> date:
    return datetime.now(UTC).date()
