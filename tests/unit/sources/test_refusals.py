"""What Spotify's refusals mean."""

from datetime import UTC, datetime

import pytest

from top50.errors import QuotaExceeded, SourceError, SourceUnavailable
from top50.sources.refusals import LONGEST_WAIT, explain_refusal, explain_token_refusal


def refusal(
    status: int, message: str | None = "said", reason: str | None = None, **headers: str
) -> SourceError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return explain_refusal(status, message, reason, named, "playlist abc")


@pytest.mark.parametrize(
    ("status", "message", "cause", "remedy"),
    [
        (400, "Invalid base62 id", "", "TOP50_PLAYLIST"),
        (401, "Valid user authentication required", "consent", "charts.spotify.com"),
        (401, None, "consent", "charts.spotify.com"),
        (403, "Forbidden", "development mode", "make doctor"),
        (404, "Resource not found", "27 November 2024", "charts.spotify.com"),
        (410, "Gone", "", "TOP50_SPOTIFY_API_URL"),
    ],
)
def test_what_asking_again_does_not_change(status: int, message: str | None, cause: str, remedy: str) -> None:
    error = refusal(status, message)
    assert type(error) is SourceError
    assert not error.passing
    assert error.what.startswith(f"playlist abc: Spotify answered {status} {message or ''}".rstrip())
    assert cause in error.what
    assert remedy in error.remedy


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_spotify_s_may_pass(status: int) -> None:
    for error in (refusal(status, None), explain_token_refusal(status, None, {})):
        assert isinstance(error, SourceUnavailable)
        assert error.passing
        assert str(status) in error.what
        assert "again" in error.remedy


@pytest.mark.parametrize("message", ["The access token expired", "Invalid access token"])
def test_an_expired_token_may_pass(message: str) -> None:
    assert refusal(401, message).passing


@pytest.mark.parametrize(
    ("header", "wait"),
    [({"Retry_After": "0"}, 0), ({"Retry_After": "60"}, 60), ({}, 1), ({"Retry_After": "soon"}, 1)],
)
def test_a_short_wait_is_waited_for(header: dict[str, str], wait: int) -> None:
    error = refusal(429, **header)
    assert isinstance(error, SourceUnavailable)
    assert error.retry_after == wait <= LONGEST_WAIT


@pytest.mark.parametrize("reason", [None, "QUOTA_EXCEEDED"])
def test_a_long_wait_ends_the_run_and_says_until_when(reason: str | None) -> None:
    error = refusal(429, "Too many requests", reason, Retry_After="86400")
    assert not error.passing
    assert ("quota is used up" in error.what) == (reason is not None)
    until = error.remedy.partition("until ")[2][:16]
    left = datetime.strptime(until, "%Y-%m-%d %H:%M").replace(tzinfo=UTC) - datetime.now(UTC)
    assert 23.9 < left.total_seconds() / 3600 < 24.1


def test_an_absurd_wait_is_one_clear_error_too() -> None:
    assert "429" in str(refusal(429, "Too many requests", Retry_After="999999999999"))


def test_the_token_service_tells_a_spent_quota_as_the_api_does() -> None:
    said = {"status": "429", "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}
    error = explain_token_refusal(429, said, {"Retry-After": "86400"})
    assert isinstance(error, QuotaExceeded)
    assert error.what == (
        "Spotify's token service answered 429 Too many requests: the day's quota is used up"
    )


def test_the_token_service_knows_waits_too() -> None:
    error = explain_token_refusal(429, None, {"Retry-After": "5"})
    assert isinstance(error, SourceUnavailable)
    assert error.retry_after == 5
    assert not explain_token_refusal(429, None, {"Retry-After": "7200"}).passing


@pytest.mark.parametrize(("status", "said"), [(400, "invalid_client"), (401, "invalid_client"), (403, None)])
def test_an_unknown_client_is_told_to_copy_its_id_again(status: int, said: str | None) -> None:
    error = explain_token_refusal(status, said, {})
    assert type(error) is SourceError
    assert "SPOTIPY_CLIENT_SECRET" in error.remedy
