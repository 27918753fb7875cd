"""spotipy as a client that tells the truth: true status, headers and reason, a timeout on every call."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOauthError

from top50.errors import SettingsError, SourceError, SourceUnavailable, one_line
from top50.settings import Settings
from top50.sources.refusals import AGAIN, WITHOUT_API, explain_refusal, explain_token_refusal

TIMEOUT = 20
"""Seconds for one call, tokens included."""

# At DEBUG spotipy logs the Basic secret and the Bearer token.
logging.getLogger("spotipy").setLevel(logging.CRITICAL)


class SpotifyClient:
    """Reads playlists, as bytes. Each method raises SourceError, SourceUnavailable for what may pass."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._responses: list[requests.Response] = []
        self._session = requests.Session()
        self.headers = self._session.headers
        self._session.hooks["response"].append(self._keep)
        # A session of our own has none of spotipy's retries, which hide the true status (spotipy #766, #913).
        self._spotify = spotipy.Spotify(
            auth_manager=_credentials(settings, self._session),
            requests_session=self._session,
            requests_timeout=TIMEOUT,
        )
        self._spotify.prefix = f"{settings.spotify_api_url}/"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def playlist(self, playlist_id: str) -> tuple[dict[str, Any], list[bytes]]:
        """Return a playlist object, and the answers as they came: the playlist, then further pages.

        Source: GET /playlists/{id}, then each `next`.
        """
        what = f"playlist {playlist_id}"
        playlist, body = self._ask(lambda: self._spotify.playlist(playlist_id), what)
        answers = [body]
        page = playlist.get("items") or playlist.get("tracks")
        if not isinstance(page, dict):
            raise SourceError(f"{what}: Spotify shows its name but not its rows", WITHOUT_API)
        while page.get("next"):
            self._check_host(str(page["next"]))
            page, body = self._ask(partial(self._spotify.next, page), what)
            answers.append(body)
        return playlist, answers

    def _keep(self, response: requests.Response, *_: object, **__: object) -> None:
        self._responses[:] = [response]

    def _check_host(self, address: str) -> None:
        """Refuse to follow a `next` elsewhere: spotipy would send the token there."""
        ours, theirs = urlsplit(self._settings.spotify_api_url), urlsplit(address)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise SourceError(
                f"Spotify's next page lies on another host, {theirs.netloc}, and was not asked",
                "Check TOP50_SPOTIFY_API_URL; if it is right, do not trust what answers there.",
            )

    def _ask(self, call: Callable[[], Any], what: str) -> tuple[dict[str, Any], bytes]:
        """Return spotipy's answer and the bytes that it was made from."""
        self._responses.clear()
        with self._truthful(what):
            answer = call()
        if not isinstance(answer, dict) or not self._responses:
            raise SourceUnavailable(f"{what}: Spotify answered with something else than JSON", AGAIN)
        return answer, self._responses[0].content

    @contextmanager
    def _truthful(self, what: str) -> Iterator[None]:
        try:
            yield
        except (spotipy.SpotifyException, SpotifyOauthError) as error:
            raise self._refusal(error, what) from None
        except (requests.RequestException, AttributeError, KeyError, TypeError) as error:
            # spotipy trips over {"error": "text"} and over a token answer without its fields
            host = urlsplit(self._settings.spotify_api_url).netloc
            raise SourceUnavailable(
                f"{what}: no usable answer from {host} ({type(error).__name__})",
                "Check the network and TOP50_SPOTIFY_API_URL, and run it again; nothing is lost.",
            ) from None

    def _refusal(self, error: spotipy.SpotifyException | SpotifyOauthError, what: str) -> SourceError:
        if not self._responses:  # spotipy itself refused to ask
            return SourceError(f"{what}: {one_line(str(error))}", "Correct TOP50_PLAYLIST.")
        status, headers = self._responses[0].status_code, self._responses[0].headers
        if isinstance(error, SpotifyOauthError):
            return explain_token_refusal(status, error.error, headers)
        message = str(error.msg).partition(":\n")[2].strip()
        return explain_refusal(status, message, error.reason, headers, what)


def _credentials(settings: Settings, session: requests.Session) -> SpotifyClientCredentials:
    secret = settings.spotify_client_secret
    if not settings.spotify_client_id or secret is None:
        raise SettingsError(
            "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET are not both set",
            "Copy them from your app at developer.spotify.com into .env, or set TOP50_SOURCE=simulator.",
        )
    manager = SpotifyClientCredentials(
        client_id=settings.spotify_client_id,
        client_secret=secret.get_secret_value(),
        requests_session=session,
        requests_timeout=TIMEOUT,
        cache_handler=MemoryCacheHandler(),  # the default is a file in the current folder
    )
    manager.OAUTH_TOKEN_URL = f"{settings.spotify_accounts_url}/api/token"
    return manager
