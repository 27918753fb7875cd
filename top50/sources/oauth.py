"""OAuth at Spotify: tokens for the app itself, tokens for a user, and the login that a user consents in."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from spotipy.cache_handler import CacheHandler, MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth, SpotifyOauthError

from top50.consent import SCOPE, Consent
from top50.errors import SettingsError, SourceError, SourceUnavailable
from top50.settings import Settings
from top50.sources.http import TIMEOUT, OneHostSession, check_clock
from top50.sources.refusals import explain_token_refusal

LOGIN_AGAIN = "Run make login again."


def check_app(settings: Settings) -> tuple[str, str]:
    """Return the app's id and secret; raises SettingsError unless both are set."""
    secret = settings.spotify_client_secret
    if not settings.spotify_client_id or secret is None:
        raise SettingsError(
            "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET are not both set",
            "Copy them from your app at developer.spotify.com into .env; "
            "make doctor names the sources that need no app.",
        )
    return settings.spotify_client_id, secret.get_secret_value()


def app_credentials(settings: Settings, session: requests.Session) -> SpotifyClientCredentials:
    """Return the token source for the app itself; raises SettingsError without its id and secret."""
    client_id, client_secret = check_app(settings)
    manager = SpotifyClientCredentials(
        client_id=client_id,
        client_secret=client_secret,
        requests_session=session,
        requests_timeout=TIMEOUT,
        cache_handler=MemoryCacheHandler(),  # the default is a file in the current folder
    )
    manager.OAUTH_TOKEN_URL = f"{settings.spotify_accounts_url}/api/token"
    return manager


def user_credentials(
    settings: Settings, session: requests.Session, consent: Consent, save: Callable[[Consent], object] | None
) -> SpotifyOAuth:
    """Return the token source for a user, by the refresh token of their consent.

    save: is given the new consent when Spotify replaces the refresh token.
    Raises SettingsError without the app's id and secret, ConsentExpired when the consent has ended.
    """
    manager = code_flow(settings, session, _ConsentCache(consent, save), consent.scope)
    consent.check(datetime.now(UTC).date(), manager.client_id)
    return manager


def code_flow(
    settings: Settings,
    session: requests.Session,
    cache: CacheHandler,
    scope: str = SCOPE,
    state: str | None = None,
) -> SpotifyOAuth:
    """Return spotipy's Authorization Code flow for an app with a secret; raises SettingsError without one."""
    client_id, client_secret = check_app(settings)
    manager = SpotifyOAuth(
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=settings.spotify_redirect_uri,
        state=state,
        scope=scope,
        show_dialog=True,  # otherwise Spotify passes a user who has consented before: no new consent
        requests_session=session,
        requests_timeout=TIMEOUT,
        open_browser=False,
        cache_handler=cache,
    )
    manager.OAUTH_TOKEN_URL = f"{settings.spotify_accounts_url}/api/token"
    manager.OAUTH_AUTHORIZE_URL = f"{settings.spotify_accounts_url}/authorize"
    return manager


class _ConsentCache(CacheHandler):  # type: ignore[misc]  # spotipy has no types
    """Starts with an expired token, so that spotipy refreshes it instead of opening a login."""

    def __init__(self, consent: Consent, save: Callable[[Consent], object] | None) -> None:
        self._consent, self._save = consent, save
        self._token: dict[str, Any] = {
            "access_token": "",
            "token_type": "Bearer",
            "expires_at": 0,
            "refresh_token": consent.refresh_token,
            "scope": consent.scope,
        }

    def get_cached_token(self) -> dict[str, Any]:
        return self._token

    def save_token_to_cache(self, token_info: dict[str, Any]) -> None:
        self._token = token_info
        if token_info["refresh_token"] != self._consent.refresh_token:
            self._consent = replace(self._consent, refresh_token=token_info["refresh_token"])
            if self._save:
                self._save(self._consent)


class Authorization:
    """One login. Raises SettingsError without the app's id and secret, or for a refused redirect URI."""

    def __init__(self, settings: Settings) -> None:
        check_redirect(settings.spotify_redirect_uri)
        self._state = secrets.token_urlsafe(16)
        self._answer = requests.Response()
        self._session = OneHostSession()
        self._session.hooks["response"] += [self._remember, check_clock]
        self._cache = MemoryCacheHandler()
        self._flow = code_flow(settings, self._session, self._cache, state=self._state)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @property
    def address(self) -> str:
        """The page where the user consents. Source: GET /authorize of Spotify's accounts service."""
        return str(self._flow.get_authorize_url())

    def is_answer(self, address: str) -> bool:
        """Return whether an address carries the state of this login, whether the user agreed or refused."""
        states = parse_qs(urlsplit(address).query).get("state", [""])
        return secrets.compare_digest(states[0].encode(), self._state.encode())

    def code_in(self, address: str) -> str:
        """Return the code in the address to which Spotify redirected the browser.

        Raises SourceError when the user refused, or when the address does not answer this login.
        """
        try:
            state, code = SpotifyOAuth.parse_auth_response_url(address)
        except SpotifyOauthError as error:
            if error.error == "access_denied":
                raise SourceError(
                    "the consent was refused in the browser (access_denied)", f"{LOGIN_AGAIN} Press Agree."
                ) from None
            raise SourceError(
                f"Spotify sent the browser back without a consent ({error.error})", LOGIN_AGAIN
            ) from None
        except ValueError:
            state = code = None
        if not state and not code:
            raise SourceError("that address contains no code", f"{LOGIN_AGAIN} Paste the whole address.")
        if not code or not secrets.compare_digest(str(state).encode(), self._state.encode()):
            raise SourceError("that address answers another login than this one (wrong state)", LOGIN_AGAIN)
        return str(code)

    def exchange(self, code: str) -> Consent:
        """Exchange a code for the user's consent, dated today (UTC).

        Raises SourceError, SourceUnavailable. Source: POST /api/token of Spotify's accounts service.
        """
        with self._explained():
            self._flow.get_access_token(code, as_dict=False, check_cache=False)
            refresh_token = str(self._cache.get_cached_token()["refresh_token"])
        return Consent(refresh_token, datetime.now(UTC).date(), str(self._flow.client_id), SCOPE)

    def _remember(self, response: requests.Response, *_: object, **__: object) -> None:
        self._answer = response

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except SpotifyOauthError as error:
            if error.error == "invalid_grant":
                raise SourceError(
                    "Spotify no longer accepts this code (invalid_grant)", LOGIN_AGAIN
                ) from None
            answer = self._answer
            raise explain_token_refusal(answer.status_code, error.error, answer.headers) from None
        except (requests.RequestException, AttributeError, KeyError, TypeError) as error:
            # spotipy raises the last three for an answer that is not a JSON object or lacks fields
            host = urlsplit(self._flow.OAUTH_TOKEN_URL).netloc
            raise SourceUnavailable(
                f"no usable answer from {host} ({type(error).__name__})",
                f"Check the network and TOP50_SPOTIFY_ACCOUNTS_URL. {LOGIN_AGAIN}",
            ) from None


def check_redirect(uri: str) -> None:
    """Raise SettingsError for a redirect URI that Spotify refuses, for example one with `localhost`.

    Source: https://developer.spotify.com/documentation/web-api/concepts/redirect_uri
    """
    parts = urlsplit(uri)
    try:
        port = parts.port
    except ValueError:  # beyond 65535
        port = 0
    on_loopback = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1")
    on_https = parts.scheme == "https" and parts.hostname not in (None, "localhost")
    if port == 0 or not (on_loopback or on_https):
        raise SettingsError(
            f"SPOTIPY_REDIRECT_URI is {uri}, which Spotify refuses",
            "Write http://127.0.0.1:PORT/callback there and in the app's settings.",
        )
