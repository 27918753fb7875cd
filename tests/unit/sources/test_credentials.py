"""A development app reads for a user who has agreed: against the simulator, over HTTP."""

import base64
import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import requests

from top50.charts import CHARTS
from top50.consent import SCOPE, Consent
from top50.errors import ConsentExpired, SourceError
from top50.settings import Settings
from top50.simulator import MIRROR, REFRESH_TOKEN, SOMEBODY_ELSES, Fault, Simulator, running
from top50.sources.oauth import Authorization
from top50.sources.source import open_source
from top50.sources.spotify import SpotifyClient

from ..builders import read_live
from .conftest import SECRET

WEEKLY = CHARTS["global-weekly"]
Tune = Callable[..., Settings]
Asked = Callable[[], list[tuple[str, int]]]


def today() -> date:
    return datetime.now(UTC).date()


@pytest.fixture
def consent() -> Consent:
    return Consent(REFRESH_TOKEN, today(), "me", SCOPE)


@pytest.fixture
def spotify(simulator: Simulator) -> Simulator:
    simulator.app = "development"
    return simulator


@pytest.fixture
def tune(settings: Settings) -> Tune:
    def tuned(**changes: object) -> Settings:
        return settings.model_copy(update=changes)

    return tuned


@pytest.fixture
def asked(spotify: Simulator) -> Asked:
    since = len(spotify.requests)
    return lambda: [(request.path.partition("?")[0], request.status) for request in spotify.requests[since:]]


def fetch(settings: Settings, consent: Consent | None, keep: Callable[[Consent], None] | None = None) -> int:
    with open_source(settings, consent=consent, save=keep) as source:
        raw = source.newest(WEEKLY)
    return len(read_live(raw).entries)


def refusal(settings: Settings, consent: Consent | None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(settings, consent)
    assert REFRESH_TOKEN not in f"{caught.value} {caught.value!r}"
    assert caught.value.__cause__ is None
    return caught.value


def test_an_own_playlist_takes_a_token_and_one_request(tune: Tune, consent: Consent, asked: Asked) -> None:
    assert fetch(tune(playlist=MIRROR), consent) == 50
    assert asked() == [("/api/token", 200), (f"/v1/playlists/{MIRROR}", 200)]


def test_a_token_that_ends_on_the_way_is_refreshed_once(
    tune: Tune, consent: Consent, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(SpotifyClient(tune(playlist=MIRROR), consent)) as client:
        client.playlist(MIRROR)
        later = datetime.now(UTC).timestamp() + 3600
        monkeypatch.setattr("spotipy.oauth2.time.time", lambda: later)
        client.playlist(MIRROR)
    assert [path for path, _ in asked()] == ["/api/token", f"/v1/playlists/{MIRROR}"] * 2


def test_somebody_else_s_playlist_is_called_that(tune: Tune, spotify: Simulator, consent: Consent) -> None:
    settings = tune(playlist=SOMEBODY_ELSES)
    spotify.misbehave(Fault("status", status=403, path_prefix="/v1/playlists"))
    for error in (refusal(settings, consent), refusal(settings, consent)):  # Forbidden, then no rows
        assert "belongs to somebody else" in error.what
        assert error.remedy == "TOP50_PLAYLIST must be a playlist that you own or collaborate on."


@pytest.mark.parametrize("status", [None, 401, 403])
def test_without_consent_the_remedy_is_to_log_in(tune: Tune, spotify: Simulator, status: int | None) -> None:
    if status:
        message = "Valid user authentication required" if status == 401 else None
        fault = Fault("status", status=status, message=message, path_prefix="/v1/playlists")
        spotify.misbehave(fault)
    error = refusal(tune(playlist=MIRROR), None)
    assert type(error) is SourceError
    assert error.remedy == "Run make login."


@pytest.mark.parametrize("playlist", [None, WEEKLY.playlist_id])
def test_the_chart_s_own_playlist_is_read_for_the_app(
    tune: Tune, spotify: Simulator, consent: Consent, playlist: str | None
) -> None:
    spotify.app = "extended"
    over = replace(consent, agreed_on=date(2020, 1, 1))
    assert fetch(tune(playlist=playlist), over) == 50


def test_an_ended_consent_asks_nothing(tune: Tune, consent: Consent, asked: Asked) -> None:
    error = refusal(tune(playlist=MIRROR), replace(consent, agreed_on=today() - timedelta(days=190)))
    other = refusal(tune(playlist=MIRROR, spotify_client_id="another"), consent)
    assert type(error) is type(other) is ConsentExpired
    assert error.remedy == other.remedy == "Run make login."
    assert asked() == []


def test_a_revoked_consent_is_asked_for_once(tune: Tune, consent: Consent) -> None:
    with running(app="development") as spotify:
        own = {"spotify_api_url": spotify.api_url, "spotify_accounts_url": spotify.accounts_url}
        spotify.revoke_refresh_tokens()
        error = refusal(tune(playlist=MIRROR, **own), consent)
    assert type(error) is ConsentExpired
    assert not error.passing
    assert str(error) == f"Spotify ended the consent of {today()} (invalid_grant). Run make login."
    assert [request.status for request in spotify.requests] == [400]


@pytest.mark.parametrize("agreed", [True, False])
def test_a_missing_premium_is_called_that(
    tune: Tune, spotify: Simulator, consent: Consent, agreed: bool
) -> None:
    message = "Active premium subscription required for the owner of the app."
    spotify.misbehave(Fault("status", status=403, message=message))
    error = refusal(tune(playlist=MIRROR), consent if agreed else None)
    assert "the Spotify account that owns the app has no Premium" in error.what
    assert "it can take a few hours" in error.remedy


def test_a_new_refresh_token_is_kept_with_the_old_day(tune: Tune, spotify: Simulator) -> None:
    kept: list[Consent] = []
    with closing(Authorization(tune())) as authorization:
        back = requests.get(authorization.address, allow_redirects=False, timeout=5).headers["Location"]
        earlier = replace(
            authorization.exchange(authorization.code_in(back)), agreed_on=today() - timedelta(days=9)
        )
    fetch(tune(playlist=MIRROR), earlier, kept.append)
    assert kept == []
    spotify.rotate_refresh_tokens()
    fetch(tune(playlist=MIRROR), earlier, kept.append)
    spotify.rotate_refresh_tokens(False)
    [newer] = kept
    assert newer == replace(earlier, refresh_token=newer.refresh_token) != earlier
    assert type(refusal(tune(playlist=MIRROR), earlier)) is ConsentExpired
    assert fetch(tune(playlist=MIRROR), newer) == 50


def test_no_secret_reaches_a_log_whatever_level_is_set(
    spotify: Simulator, tune: Tune, consent: Consent, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("spotipy", None):
        caplog.set_level(logging.DEBUG, name)
    fetch(tune(playlist=MIRROR), consent)
    spotify.misbehave(Fault("status", status=403))
    refusal(tune(playlist=MIRROR), None)
    basic = base64.b64encode(f"me:{SECRET}".encode()).decode()
    assert not [hidden for hidden in (REFRESH_TOKEN, SECRET, basic, "0simToken") if hidden in caplog.text]
