"""Misbehaviour, each kind, over HTTP."""

from typing import Any

import pytest
import requests

from top50.simulator import Fault, Simulator

from .conftest import Get

WEEKLY = "/playlists/37i9dQZEVXbNG2KDcFcKOF"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "Forbidden"),
        (404, "Resource not found"),
        (500, "Server error."),
        (502, "Bad gateway."),
        (503, "Service temporarily unavailable"),
        (504, "Gateway Timeout"),
    ],
)
def test_a_status(spotify: Simulator, app_get: Get, status: int, message: str) -> None:
    spotify.misbehave(Fault("status", status=status))
    answer = app_get(WEEKLY)
    assert answer.status_code == status
    assert answer.json() == {"error": {"status": status, "message": message}}
    assert "Retry-After" not in answer.headers


def test_an_expired_token(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("expired_token"))
    answer = app_get(WEEKLY)
    assert answer.json() == {"error": {"status": 401, "message": "The access token expired"}}
    assert app_get(WEEKLY).status_code == 200


@pytest.mark.parametrize(("retry_after", "header"), [(None, "1"), (7, "7"), (0, "0")])
def test_a_rate_limit(spotify: Simulator, app_get: Get, retry_after: int | None, header: str) -> None:
    spotify.misbehave(Fault("rate_limit", retry_after=retry_after))
    answer = app_get(WEEKLY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, header)
    assert answer.json() == {"error": {"status": 429, "message": "API rate limit exceeded"}}


def test_the_daily_quota(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("quota"))
    answer = app_get(WEEKLY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "86400")
    error = {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    assert answer.json() == {"error": error}


def test_a_cut_body(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("cut_body"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        app_get(WEEKLY)
    assert app_get(WEEKLY).status_code == 200


def test_html(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("html"))
    answer = app_get(WEEKLY)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_nothing_at_all(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("empty"))
    answer = app_get(WEEKLY)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_slow_answer_is_the_right_one(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("slow", delay=0.05))
    answer = app_get(WEEKLY)
    assert answer.elapsed.total_seconds() >= 0.05
    assert len(answer.json()["tracks"]["items"]) == 50


def test_an_answer_too_slow_for_its_reader(spotify: Simulator, http: requests.Session) -> None:
    spotify.misbehave(Fault("slow", delay=0.3))
    with pytest.raises(requests.exceptions.ReadTimeout):
        http.get(spotify.api_url + WEEKLY, timeout=0.02)


@pytest.mark.parametrize(("path", "at"), [(WEEKLY, "tracks"), (WEEKLY + "/items", None)])
def test_a_next_page_on_another_host(spotify: Simulator, app_get: Get, path: str, at: str | None) -> None:
    spotify.misbehave(Fault("foreign_next"))
    answer = app_get(path).json()
    page = answer[at] if at else answer
    assert page["next"].startswith("https://elsewhere.invalid/")
    assert page["items"]


def test_an_error_that_is_a_text(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("text_error", status=400))
    answer = app_get(WEEKLY)
    assert (answer.status_code, answer.json()) == (400, {"error": "text"})


def test_faults_take_their_turns_and_end(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("status", status=503, times=2), Fault("status", status=500))
    assert [app_get(WEEKLY).status_code for _ in range(4)] == [503, 503, 500, 200]


def test_a_fault_without_end_stays_until_told_to_behave(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("status", times=None))
    assert {app_get(WEEKLY).status_code for _ in range(5)} == {503}
    spotify.behave()
    assert app_get(WEEKLY).status_code == 200


def test_a_fault_spares_other_paths(spotify: Simulator, app_get: Get) -> None:
    spotify.misbehave(Fault("status", path_prefix="/v1/playlists/37i9dQZEVXbNG2KDcFcKOF/items"))
    assert app_get(WEEKLY).status_code == 200
    assert app_get(WEEKLY + "/items").status_code == 503


def test_tokens_misbehave_only_when_asked_to(spotify: Simulator, http: requests.Session) -> None:
    address, form = spotify.accounts_url + "/api/token", {"grant_type": "client_credentials"}

    def ask() -> int:
        return http.post(address, data=form, auth=("id", "secret"), timeout=5).status_code

    spotify.misbehave(Fault("status"))
    assert ask() == 200
    spotify.misbehave(Fault("status", path_prefix="/api/token"))
    assert ask() == 503


def test_faults_are_ordered_over_http_too(spotify: Simulator, app_get: Get, http: requests.Session) -> None:
    address = spotify.accounts_url + "/simulator/faults"
    waiting = http.post(
        address, json=[{"kind": "status", "status": 502}, {"kind": "quota"}], timeout=5
    ).json()
    assert [fault["kind"] for fault in waiting] == ["status", "quota"]
    assert app_get(WEEKLY).status_code == 502
    assert http.delete(address, timeout=5).json() == []
    assert app_get(WEEKLY).status_code == 200


@pytest.mark.parametrize(
    "fault", [{"kind": "gremlin"}, {"kind": "html", "time": 1}, {"kind": "html", "times": 0}, {}]
)
def test_a_fault_that_does_not_exist_is_refused(
    spotify: Simulator, http: requests.Session, fault: dict[str, Any]
) -> None:
    answer = http.post(spotify.accounts_url + "/simulator/faults", json=[fault], timeout=5)
    assert answer.status_code == 400
    assert http.get(spotify.accounts_url + "/simulator/faults", timeout=5).json() == []


@pytest.mark.parametrize("wrong", [{"times": 0}, {"delay": -1.0}, {"status": 100}])
def test_a_fault_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="or more"):
        Fault("status", **wrong)
