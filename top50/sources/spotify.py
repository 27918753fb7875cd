"""A Spotify client on top of spotipy, with limits on every request and the true status of every refusal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
import spotipy
from spotipy.oauth2 import SpotifyOauthError

from top50.consent import Consent
from top50.errors import SourceError, SourceUnavailable
from top50.raw import LARGEST
from top50.settings import Settings
from top50.sources.http import TIMEOUT, OneHostSession, check_clock, too_large
from top50.sources.oauth import app_credentials, user_credentials
from top50.sources.refusals import (
    RUN_AGAIN,
    Reading,
    explain_missing_rows,
    explain_refusal,
    explain_token_refusal,
)
from top50.sources.songs import Answer
from top50.text import one_line

_NO_SUCH_SONG = (400, 404)  # an id that is malformed, an id that does not exist (any more)


class SpotifyClient:
    """Reads playlists and tracks, as bytes. Its methods raise SourceError, SourceUnavailable if it may pass.

    consent: read for the user who gave it; without one, for the app itself.
    save: is given the new consent when Spotify replaces the refresh token.
    """

    def __init__(
        self,
        settings: Settings,
        consent: Consent | None = None,
        save: Callable[[Consent], object] | None = None,
    ) -> None:
        self._settings = settings
        self._consent = consent
        self._reading = Reading.of(settings, consent)
        self._responses: list[requests.Response] = []
        self._session = OneHostSession()
        self.headers = self._session.headers
        self._session.hooks["response"] += [self._remember, check_clock]
        # A session of our own leaves out spotipy's retries, which hide the true status (spotipy #766, #913).
        self._spotify = spotipy.Spotify(
            auth_manager=(
                user_credentials(settings, self._session, consent, save)
                if consent
                else app_credentials(settings, self._session)
            ),
            requests_session=self._session,
            requests_timeout=TIMEOUT,
        )
        self._spotify.prefix = f"{settings.spotify_api_url}/"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def playlist(self, playlist_id: str) -> tuple[dict[str, Any], list[bytes]]:
        """Return a playlist object, and the answers as received: the playlist, then its further pages.

        Source: GET /playlists/{id}, then each `next`.
        """
        what = f"playlist {playlist_id}"
        playlist, page, body = self._first_page(playlist_id)
        answers = [body]
        while page.get("next"):
            self._check_host(str(page["next"]))
            page, body = self._ask(partial(self._spotify.next, page), what)
            answers.append(body)
            if sum(map(len, answers)) > LARGEST:
                raise too_large(what)
        return playlist, answers

    def count_rows(self, playlist_id: str) -> int:
        """Return the number of rows that Spotify reports for a playlist, with a single request.

        Source: GET /playlists/{id}.
        """
        page = self._first_page(playlist_id)[1]
        total = page.get("total")
        return total if isinstance(total, int) else len(page.get("items") or ())

    def track(self, song_id: str) -> Answer:
        """Return Spotify's answer about one song. Source: GET /tracks/{id}, open to every kind of app."""
        self._reading = Reading.SONG
        try:
            body = self._ask(lambda: self._spotify.track(song_id), f"song {song_id}")[1]
        except SourceError as refusal:
            if refusal.status not in _NO_SUCH_SONG:
                raise
            return Answer(song_id, self._responses[0].content, found=False)
        return Answer(song_id, body, found=True)

    @property
    def last_answer(self) -> requests.Response | None:
        """The answer to the last request; None when there was none."""
        return self._responses[0] if self._responses else None

    def _first_page(self, playlist_id: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
        """Return a playlist object, its first page of rows, and the bytes of the answer."""
        what = f"playlist {playlist_id}"
        playlist, body = self._ask(lambda: self._spotify.playlist(playlist_id), what)
        page = playlist.get("items") or playlist.get("tracks")
        if not isinstance(page, dict):
            raise explain_missing_rows(what, self._reading)
        return playlist, page, body

    def _remember(self, response: requests.Response, *_: object, **__: object) -> None:
        self._responses[:] = [response]

    def _check_host(self, address: str) -> None:
        """Raise SourceError for a `next` on another host: spotipy would send the token there."""
        ours, theirs = urlsplit(self._settings.spotify_api_url), urlsplit(address)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise SourceError(
                f"Spotify's next page is on another host, {theirs.netloc}; it was not requested",
                "Check TOP50_SPOTIFY_API_URL; if it is right, do not trust the server behind it.",
            )

    def _ask(self, call: Callable[[], Any], what: str) -> tuple[dict[str, Any], bytes]:
        """Return spotipy's answer and the bytes that it was decoded from."""
        self._responses.clear()
        with self._explained(what):
            answer = call()
        if not isinstance(answer, dict) or not self._responses:
            raise SourceUnavailable(f"{what}: Spotify did not answer with a JSON object", RUN_AGAIN)
        return answer, self._responses[0].content

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except (spotipy.SpotifyException, SpotifyOauthError) as error:
            raise self._refusal(error, what) from None
        except (requests.RequestException, AttributeError, KeyError, TypeError) as error:
            # spotipy raises the last three for {"error": "text"} and for a token answer that lacks fields
            host = urlsplit(self._settings.spotify_api_url).netloc
            raise SourceUnavailable(
                f"{what}: no usable answer from {host} ({type(error).__name__})",
                "Check the network and TOP50_SPOTIFY_API_URL, and run it again; nothing is lost.",
            ) from None

    def _refusal(self, error: spotipy.SpotifyException | SpotifyOauthError, what: str) -> SourceError:
        if not self._responses:  # spotipy itself refused to send the request
            return SourceError(f"{what}: {one_line(str(error))}", "Correct TOP50_PLAYLIST.")
        status, headers = self._responses[0].status_code, self._responses[0].headers
        if isinstance(error, SpotifyOauthError):
            return explain_token_refusal(status, error.error, headers, self._consent)
        message = str(error.msg).partition(":\n")[2].strip()
        return explain_refusal(status, message, error.reason, headers, what, reading=self._reading)
