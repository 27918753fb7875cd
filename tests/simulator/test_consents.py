"""A user agrees: the page, the code, the refresh token, and its end."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from top50.simulator import REFRESH_TOKEN, Simulator
from top50.simulator.world.calendars import parse_instant

from .conftest import NOW

BACK = "http://127.0.0.1:8888/callback"
QUESTION = {"client_id": "id", "response_type": "code", "redirect_uri": BACK, "state": "st4te"}
INVALID = (400, "invalid_grant")

Authorize = Callable[..., requests.Response]
Token = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def authorize(spotify: Simulator, http: requests.Session) -> Authorize:
    def ask(**changes: str | None) -> requests.Response:
        address = f"{spotify.accounts_url}/authorize"
        return http.get(address, params={**QUESTION, **changes}, allow_redirects=False, timeout=5)

    return ask


@pytest.fixture
def token(spotify: Simulator, http: requests.Session) -> Token:
    def ask(**form: str | None) -> tuple[int, dict[str, Any]]:
        answer = http.post(spotify.accounts_url + "/api/token", form, auth=("id", "secret"), timeout=5)
        return answer.status_code, answer.json()

    return ask


@pytest.fixture(autouse=True)
def _agreeable(spotify: Simulator) -> Iterator[None]:
    yield
    spotify.refuse_consent(False)
    spotify.rotate_refresh_tokens(False)


def sent_back(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def exchange(token: Token, code: str, redirect_uri: str | None = BACK) -> tuple[int, dict[str, Any]]:
    return token(grant_type="authorization_code", code=code, redirect_uri=redirect_uri)


def refresh(token: Token, refresh_token: str) -> tuple[int, dict[str, Any]]:
    return token(grant_type="refresh_token", refresh_token=refresh_token)


def refused(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]


def test_the_browser_comes_back_with_a_code_and_the_state(authorize: Authorize) -> None:
    answer = authorize()
    assert answer.headers["Location"].startswith(f"{BACK}?code=")
    assert sent_back(answer)["state"] == "st4te"
    assert sent_back(authorize(redirect_uri="https://example.org/?a=b", state=None)).keys() == {"a", "code"}


def test_a_user_who_refuses_brings_no_code(spotify: Simulator, authorize: Authorize) -> None:
    spotify.refuse_consent()
    assert sent_back(authorize()) == {"error": "access_denied", "state": "st4te"}


@pytest.mark.parametrize(
    ("changes", "page"),
    [
        ({"redirect_uri": "http://localhost:8888/callback"}, "INVALID_CLIENT: Insecure redirect URI"),
        ({"redirect_uri": "https://localhost/callback"}, "INVALID_CLIENT: Insecure redirect URI"),
        ({"redirect_uri": "http://example.org/callback"}, "INVALID_CLIENT: Insecure redirect URI"),
        ({"redirect_uri": None}, "Missing required parameter: redirect_uri"),
        ({"client_id": None}, "Missing required parameter: client_id"),
        ({"response_type": None}, "Missing required parameter: response_type"),
        ({"response_type": "token"}, "response_type must be code"),
    ],
)
def test_a_question_that_spotify_does_not_take_is_a_page(
    authorize: Authorize, changes: dict[str, str | None], page: str
) -> None:
    answer = authorize(**changes)
    assert (answer.status_code, answer.text) == (400, page)


def test_a_code_gives_a_refresh_token_and_that_a_token(authorize: Authorize, token: Token) -> None:
    status, first = exchange(token, sent_back(authorize())["code"])
    assert status == 200
    assert first["refresh_token"] != exchange(token, sent_back(authorize())["code"])[1]["refresh_token"]
    status, second = refresh(token, first["refresh_token"])
    assert status == 200
    assert set(second) == {"access_token", "token_type", "expires_in", "scope"}
    assert "playlist-read-private" in second["scope"]
    assert second["access_token"] != first["access_token"]


def test_a_code_works_once_and_with_its_own_redirect_only(authorize: Authorize, token: Token) -> None:
    code = sent_back(authorize())["code"]
    assert exchange(token, code)[0] == 200
    assert refused(exchange(token, code)) == INVALID
    for other in (f"{BACK}/", None):
        assert refused(exchange(token, sent_back(authorize())["code"], other)) == INVALID
    assert refused(exchange(token, "invented", None)) == INVALID


@pytest.mark.parametrize(
    ("agreed", "end"),
    [
        ("2026-05-22T12:00:00Z", "2026-11-22T12:00:00Z"),
        ("2026-08-31T12:00:00Z", "2027-02-28T12:00:00Z"),
    ],
)
def test_a_refresh_token_dies_after_six_months_however_often_it_is_used(
    spotify: Simulator, authorize: Authorize, token: Token, agreed: str, end: str
) -> None:
    spotify.set_now(parse_instant(agreed))
    refresh_token = exchange(token, sent_back(authorize())["code"])[1]["refresh_token"]
    spotify.set_now(parse_instant(end) - timedelta(seconds=1))
    assert refresh(token, refresh_token)[0] == 200
    spotify.set_now(parse_instant(end))
    dead = {"error": "invalid_grant", "error_description": "Refresh token revoked"}
    assert refresh(token, refresh_token) == (400, dead)


def test_the_fixed_refresh_token_never_dies_and_an_invented_one_never_lived(
    spotify: Simulator, token: Token
) -> None:
    spotify.set_now(NOW.replace(year=2090))
    assert refresh(token, REFRESH_TOKEN)[0] == 200
    assert refused(refresh(token, "invented")) == INVALID


def test_a_rotated_refresh_token_takes_the_place_of_the_one_before(
    spotify: Simulator, authorize: Authorize, token: Token
) -> None:
    old = exchange(token, sent_back(authorize())["code"])[1]["refresh_token"]
    spotify.rotate_refresh_tokens()
    new = refresh(token, old)[1]["refresh_token"]
    assert new != old
    assert refused(refresh(token, old)) == INVALID
    spotify.rotate_refresh_tokens(False)
    spotify.set_now(NOW.replace(year=2027, month=5, day=21))
    assert refresh(token, new)[0] == 200
    spotify.set_now(NOW.replace(year=2027, month=5, day=22))
    assert refused(refresh(token, new)) == INVALID
