"""Who asks Spotify: the app itself, or the app for a user who has agreed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import requests
from spotipy.cache_handler import CacheHandler, MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

from top50.consent import SCOPE, Consent
from top50.errors import SettingsError
from top50.settings import Settings

TIMEOUT = 20
"""Seconds for one call, tokens included."""


def app_credentials(settings: Settings, session: requests.Session) -> SpotifyClientCredentials:
    """Return what gets tokens for the app itself; raises SettingsError without its id and secret."""
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
    settings: Settings, session: requests.Session, consent: Consent, keep: Callable[[Consent], object] | None
) -> SpotifyOAuth:
    """Return what gets tokens for the user, by the refresh token of their consent.

    Raises SettingsError without the app's id and secret, ConsentExpired when the consent has ended.
    """
    manager = code_flow(settings, session, _ConsentCache(consent, keep), consent.scope)
    consent.check(datetime.now(UTC).date(), manager.client_id)
    return manager


def code_flow(
    settings: Settings,
    session: requests.Session,
    cache: CacheHandler,
    scope: str = SCOPE,
    state: str | None = None,
) -> SpotifyOAuth:
    """Return spotipy's Authorization Code flow, for an app with a secret; raises SettingsError without."""
    client_id, client_secret = check_app(settings)
    manager = SpotifyOAuth(
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=settings.spotify_redirect_uri,
        state=state,
        scope=scope,
        show_dialog=True,  # without it Spotify waves a user through who has agreed before: no new consent
        requests_session=session,
        requests_timeout=TIMEOUT,
        open_browser=False,
        cache_handler=cache,
    )
    manager.OAUTH_TOKEN_URL = f"{settings.spotify_accounts_url}/api/token"
    manager.OAUTH_AUTHORIZE_URL = f"{settings.spotify_accounts_url}/authorize"
    return manager


def check_app(settings: Settings) -> tuple[str, str]:
    """Return the app's id and secret; raises SettingsError when they are not both set."""
    secret = settings.spotify_client_secret
    if not settings.spotify_client_id or secret is None:
        raise SettingsError(
            "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET are not both set",
            "Copy them from your app at developer.spotify.com into .env; "
            "make doctor names the sources that need no app.",
        )
    return settings.spotify_client_id, secret.get_secret_value()


class _ConsentCache(CacheHandler):  # type: ignore[misc]  # spotipy has no types
    """Hands spotipy a token that has ended, which it refreshes; one without any would make it ask a human."""

    def __init__(self, consent: Consent, keep: Callable[[Consent], object] | None) -> None:
        self._consent, self._keep = consent, keep
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
            if self._keep:
                self._keep(self._consent)
