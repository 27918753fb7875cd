"""What Spotify's refusals mean, and what to do about each."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from top50.errors import SourceError, SourceUnavailable

LONGEST_WAIT = 60
"""Seconds of Retry-After that a run waits; for longer it does not hold a worker."""

WITHOUT_API = (
    "Download the chart's CSV from charts.spotify.com into raw_data/to_processed/ "
    "and run flows.process_pending, or use an app with extended quota."
)
AGAIN = "Run it again; nothing is lost."

_PERMANENT = {
    401: (": this call needs a user's consent, an app's own token is not enough", WITHOUT_API),
    403: (": an app in development mode may not read playlists of others", WITHOUT_API),
    404: (
        ": apps made since 27 November 2024 cannot see Spotify's own playlists",
        f"Check TOP50_PLAYLIST if you set it. {WITHOUT_API}",
    ),
}

_EXPIRED = ("The access token expired", "Invalid access token")


def explain_refusal(
    status: int, message: str | None, reason: str | None, headers: Mapping[str, str], what: str
) -> SourceError:
    """Turn a refusal of the Web API into an error with its cause and remedy."""
    answer = f"{what}: Spotify answered {status} {message or ''}".rstrip()
    if status == 429:
        return _too_many(answer, reason, headers)
    if status >= 500:
        return SourceUnavailable(answer, AGAIN)
    if status == 401 and message in _EXPIRED:
        return SourceUnavailable(answer, AGAIN)
    cause, remedy = _PERMANENT.get(status, ("", "Check TOP50_PLAYLIST and TOP50_SPOTIFY_API_URL."))
    return SourceError(f"{answer}{cause}", remedy)


def explain_token_refusal(status: int, error: str | None, headers: Mapping[str, str]) -> SourceError:
    """Turn a refusal of the token service into an error with its cause and remedy."""
    answer = f"Spotify's token service answered {status} {error or ''}".rstrip()
    if status == 429:
        return _too_many(answer, None, headers)
    if status >= 500:
        return SourceUnavailable(answer, AGAIN)
    return SourceError(
        f"{answer}: it does not know this client id or secret",
        "Copy SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET from your app at developer.spotify.com again.",
    )


def _too_many(answer: str, reason: str | None, headers: Mapping[str, str]) -> SourceError:
    after = str(headers.get("Retry-After", "1"))
    wait = int(after) if after.isdecimal() else 1
    if wait <= LONGEST_WAIT:
        return SourceUnavailable(answer, AGAIN, retry_after=wait)
    until = datetime.now(UTC) + min(timedelta(days=366), timedelta(seconds=min(wait, 10**9)))
    cause = "the day's quota is used up" if reason == "QUOTA_EXCEEDED" else "too many requests"
    return SourceError(
        f"{answer}: {cause}", f"Leave Spotify alone until {until:%Y-%m-%d %H:%M} UTC, then run it again."
    )
