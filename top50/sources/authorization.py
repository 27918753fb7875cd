"""The Authorization Code flow, once: where the user agrees, what came back, and the consent for it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import requests
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyOAuth, SpotifyOauthError

from top50.consent import SCOPE, Consent
from top50.errors import SettingsError, SourceError, SourceUnavailable
from top50.settings import Settings
from top50.sources.bounded import check_clock
from top50.sources.credentials import code_flow
from top50.sources.refusals import explain_token_refusal
from top50.sources.session import OneHostSession

AGAIN = "Run make login again."


class Authorization:
    """One login; raises SettingsError without the app's id and secret, or with a redirect that cannot be."""

    def __init__(self, settings: Settings) -> None:
        check_redirect(settings.spotify_redirect_uri)
        self._state = secrets.token_urlsafe(16)
        self._session = OneHostSession()
        self._session.hooks["response"] += [self._note, check_clock]
        self._answer = requests.Response()
        self._cache = MemoryCacheHandler()
        self._flow = code_flow(settings, self._session, self._cache, state=self._state)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @property
    def address(self) -> str:
        """Where the user agrees, in a browser. Source: GET /authorize of Spotify's accounts service."""
        return str(self._flow.get_authorize_url())

    def is_answer(self, address: str) -> bool:
        """Return whether an address carries the state of this login, whether the user agreed or refused."""
        states = parse_qs(urlsplit(address).query).get("state", [""])
        return secrets.compare_digest(states[0].encode(), self._state.encode())

    def code_in(self, address: str) -> str:
        """Return the code in the address that Spotify sent the browser to.

        Raises SourceError when the user refused, or the address is not the answer to this login.
        """
        try:
            state, code = SpotifyOAuth.parse_auth_response_url(address)
        except SpotifyOauthError as error:
            raise _explain_no_code(str(error.error)) from None
        except ValueError:
            state = code = None
        if not state and not code:
            raise SourceError("there is no code in that address", f"{AGAIN} Paste all of what it says.")
        if not code or not secrets.compare_digest(str(state).encode(), self._state.encode()):
            raise SourceError("that address answers another login than this one (wrong state)", AGAIN)
        return str(code)

    def exchange(self, code: str) -> Consent:
        """Return the consent that a code stands for, as of today, UTC.

        Raises SourceError, SourceUnavailable. Source: POST /api/token of Spotify's accounts service.
        """
        with self._truthful():
            self._flow.get_access_token(code, as_dict=False, check_cache=False)
            refresh_token = str(self._cache.get_cached_token()["refresh_token"])
        return Consent(refresh_token, datetime.now(UTC).date(), str(self._flow.client_id), SCOPE)

    def _note(self, response: requests.Response, *_: object, **__: object) -> None:
        self._answer = response

    @contextmanager
    def _truthful(self) -> Iterator[None]:
        try:
            yield
        except SpotifyOauthError as error:
            if error.error == "invalid_grant":
                raise SourceError("Spotify does not take this code any more (invalid_grant)", AGAIN) from None
            answer = self._answer
            raise explain_token_refusal(answer.status_code, error.error, answer.headers) from None
        except (requests.RequestException, AttributeError, KeyError, TypeError) as error:
            # spotipy trips over an answer that is no JSON object, or lacks fields
            host = urlsplit(self._flow.OAUTH_TOKEN_URL).netloc
            raise SourceUnavailable(
                f"no usable answer from {host} ({type(error).__name__})",
                f"Check the network and TOP50_SPOTIFY_ACCOUNTS_URL. {AGAIN}",
            ) from None


def check_redirect(uri: str) -> None:
    """Raise SettingsError for a redirect that Spotify refuses, `localhost` among them, or that names no port.

    Source: https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
    """
    if not _is_taken(uri):
        raise SettingsError(
            f"SPOTIPY_REDIRECT_URI is {uri}, which Spotify refuses",
            "Write http://127.0.0.1:PORT/callback there and in the app's settings.",
        )


def _is_taken(uri: str) -> bool:
    parts = urlsplit(uri)
    try:
        port = parts.port
    except ValueError:  # beyond 65535
        return False
    if parts.scheme == "http":
        return parts.hostname in ("127.0.0.1", "::1") and port != 0
    return parts.scheme == "https" and parts.hostname not in (None, "localhost")


def _explain_no_code(error: str) -> SourceError:
    if error == "access_denied":
        return SourceError("the consent was refused in the browser (access_denied)", f"{AGAIN} Press Agree.")
    return SourceError(f"Spotify sent the browser back without a consent ({error})", AGAIN)
