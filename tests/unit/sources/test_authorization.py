"""The Authorization Code flow against the simulator, with requests as the browser."""

import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
import requests

from top50.consent import SCOPE
from top50.errors import SettingsError, SourceError, SourceUnavailable
from top50.settings import Settings
from top50.simulator import Fault, Simulator
from top50.sources.oauth import Authorization, check_redirect

from .conftest import SECRET


@pytest.fixture
def authorization(settings: Settings) -> Iterator[Authorization]:
    with closing(Authorization(settings)) as opened:
        yield opened


def agree(authorization: Authorization) -> str:
    """Return the address that the browser ends up at."""
    answer = requests.get(authorization.address, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:9/", "http://[::1]:9/callback", "https://example.org/back"]
)
def test_spotify_takes_a_redirect_to_the_loopback_or_over_https(uri: str) -> None:
    check_redirect(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:8888/callback",
        "https://localhost/callback",
        "http://example.org/callback",
        "127.0.0.1:8888",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:99999/callback",
    ],
)
def test_any_other_redirect_is_refused_before_a_browser_is_opened(uri: str) -> None:
    with pytest.raises(SettingsError, match="which Spotify refuses"):
        check_redirect(uri)


def test_a_code_becomes_a_consent_of_today(authorization: Authorization, settings: Settings) -> None:
    address = agree(authorization)
    assert address.startswith(settings.spotify_redirect_uri)
    consent = authorization.exchange(authorization.code_in(f"{address}\n"))
    assert (consent.agreed_on, consent.client_id) == (datetime.now(UTC).date(), "me")
    assert consent.scope == SCOPE
    assert consent.refresh_token.startswith("0simRefresh")


def test_every_login_asks_anew_with_a_state_of_its_own(settings: Settings) -> None:
    with closing(Authorization(settings)) as one, closing(Authorization(settings)) as other:
        assert "show_dialog=" in one.address
        assert one.address != other.address
        with pytest.raises(SourceError, match=r"another login .*wrong state"):
            other.code_in(agree(one))


@pytest.mark.parametrize("pasted", ["", "c0de", "http://[", "http://127.0.0.1:8888/callback", "?state="])
def test_an_address_without_a_code_is_said(authorization: Authorization, pasted: str) -> None:
    with pytest.raises(SourceError, match="that address contains no code"):
        authorization.code_in(pasted)


def test_a_code_without_the_state_is_refused(authorization: Authorization) -> None:
    with pytest.raises(SourceError, match="wrong state"):
        authorization.code_in("http://127.0.0.1:8888/callback?code=stolen")


def test_a_user_who_presses_cancel_ends_the_login(simulator: Simulator, authorization: Authorization) -> None:
    simulator.refuse_consent()
    address = agree(authorization)
    simulator.refuse_consent(False)
    with pytest.raises(SourceError, match=r"access_denied.*Press Agree"):
        authorization.code_in(address)


def test_a_code_works_once(authorization: Authorization) -> None:
    code = authorization.code_in(agree(authorization))
    authorization.exchange(code)
    with pytest.raises(SourceError, match=r"invalid_grant.*Run make login again"):
        authorization.exchange(code)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault("html", path_prefix="/api/token"), "no usable answer from 127.0.0.1:"),
        (Fault("cut_body", path_prefix="/api/token"), "no usable answer from 127.0.0.1:"),
        (Fault("text_error", path_prefix="/api/token", status=503), "token service answered 503"),
        (Fault("rate_limit", path_prefix="/api/token"), "token service answered 429"),
    ],
)
def test_a_fault_of_the_token_service_is_one_line(
    simulator: Simulator, authorization: Authorization, fault: Fault, says: str
) -> None:
    code = authorization.code_in(agree(authorization))
    simulator.misbehave(fault)
    with pytest.raises(SourceUnavailable, match=says):
        authorization.exchange(code)


def test_a_wrong_secret_is_named_and_never_shown(
    simulator: Simulator, authorization: Authorization, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.misbehave(Fault("text_error", path_prefix="/api/token", status=400, message="invalid_client"))
    for name in ("spotipy", None):
        caplog.set_level(logging.DEBUG, name)
    with pytest.raises(SourceError, match="SPOTIPY_CLIENT_SECRET") as caught:
        authorization.exchange("c0de")
    assert SECRET not in f"{caught.value!r} {caplog.text}"
    assert "c0de" not in caplog.text


def test_without_the_app_s_secret_there_is_no_login(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET"):
        Authorization(settings.model_copy(update={"spotify_client_secret": None}))
