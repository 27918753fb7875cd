"""Tokens: how they are got, and what happens without a good one."""

from collections.abc import Callable

import pytest
import requests

from top50.simulator import REFRESH_TOKEN, Simulator, running

from .conftest import NOW, Get

WEEKLY = "/playlists/37i9dQZEVXbNG2KDcFcKOF"
Ask = Callable[..., requests.Response]


@pytest.fixture
def ask(spotify: Simulator, http: requests.Session) -> Ask:
    def post(auth: tuple[str, str] | None = ("id", "secret"), **form: str) -> requests.Response:
        return http.post(spotify.accounts_url + "/api/token", data=form, auth=auth, timeout=5)

    return post


def test_client_credentials_give_an_hour_and_no_refresh_token(ask: Ask) -> None:
    answer = ask(grant_type="client_credentials").json()
    assert set(answer) == {"access_token", "token_type", "expires_in"}
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)


@pytest.mark.parametrize("auth", [None, ("", "secret"), ("id", "")])
def test_a_client_without_id_or_secret_is_refused(ask: Ask, auth: tuple[str, str] | None) -> None:
    answer = ask(auth=auth, grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
    ],
)
def test_an_incomplete_grant_is_refused(ask: Ask, form: dict[str, str], kind: str) -> None:
    answer = ask(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, kind)


@pytest.mark.server
def test_a_wrong_secret_and_a_revoked_refresh_token_are_refused() -> None:
    with running(now=NOW, client_secret="right") as spotify:
        address, form = (
            spotify.accounts_url + "/api/token",
            {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN},
        )
        wrong = requests.post(address, data=form, auth=("id", "wrong"), timeout=5)
        good = requests.post(address, data=form, auth=("id", "right"), timeout=5)
        spotify.revoke_refresh_tokens()
        dead = requests.post(address, data=form, auth=("id", "right"), timeout=5)
    assert wrong.status_code == dead.status_code == 400
    assert wrong.json() == {"error": "invalid_client", "error_description": "Invalid client secret"}
    assert good.status_code == 200
    assert dead.json() == {"error": "invalid_grant", "error_description": "Refresh token revoked"}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "No token provided"),
        ("Bearer ", "No token provided"),
        ("Basic aWQ6c2VjcmV0", "No token provided"),
        ("Bearer invented", "Invalid access token"),
    ],
)
def test_without_a_good_token_nothing_is_answered(
    spotify: Simulator, http: requests.Session, header: str | None, message: str
) -> None:
    headers = {"Authorization": header} if header else {}
    answer = http.get(spotify.api_url + WEEKLY, headers=headers, timeout=5)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"status": 401, "message": message}}


def test_an_expired_token_is_refused(spotify: Simulator, app_get: Get) -> None:
    assert app_get(WEEKLY).status_code == 200
    spotify.expire_tokens()
    answer = app_get(WEEKLY)
    assert answer.status_code == 401
    assert answer.json() == {"error": {"status": 401, "message": "The access token expired"}}


def test_a_token_outlives_a_turn_of_the_clock(spotify: Simulator, app_get: Get) -> None:
    spotify.set_now(NOW.replace(year=2030))
    assert app_get(WEEKLY).status_code == 200
