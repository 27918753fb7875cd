"""Spotify's refusals → errors with their cause and their remedy."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from top50.consent import LOGIN, Consent
from top50.errors import ConsentExpired, QuotaExceeded, SourceError, SourceUnavailable
from top50.settings import Settings

# Seconds of Retry-After that a run waits; a longer wait would only block a worker.
LONGEST_WAIT = 60

RUN_AGAIN = "Run it again; nothing is lost."
OTHER_SOURCE = (
    "make doctor names the sources that you can use; "
    "the CSV of charts.spotify.com needs no app (TOP50_SOURCE=charts-csv)."
)
NOT_YOURS = "TOP50_PLAYLIST must be a playlist that you own or collaborate on."


class Reading(Enum):
    """What a client reads, and on whose behalf: the remedy for a refusal depends on it."""

    CHART = auto()  # a playlist of Spotify's own
    WITHOUT_CONSENT = auto()  # a user's playlist, read by the app itself
    WITH_CONSENT = auto()  # a user's playlist, read for the user who consented
    SONG = auto()  # no playlist, a single track

    @classmethod
    def of(cls, settings: Settings, consent: Consent | None) -> "Reading":
        """Return what a client with these settings and this consent reads."""
        if consent:
            return cls.WITH_CONSENT
        return cls.WITHOUT_CONSENT if settings.reads_users_playlist else cls.CHART


_PERMANENT = {
    401: (": this call needs a user's consent, an app's own token is not enough", OTHER_SOURCE),
    403: (": an app in development mode may not read playlists of others", OTHER_SOURCE),
    404: (
        ": apps created since 27 November 2024 cannot see Spotify's own playlists",
        f"Check TOP50_PLAYLIST if you set it. {OTHER_SOURCE}",
    ),
}

_USERS_PLAYLIST = {
    (401, Reading.WITHOUT_CONSENT): (_PERMANENT[401][0], LOGIN),
    (403, Reading.WITHOUT_CONSENT): (": an app in development mode may not read it without consent", LOGIN),
    (401, Reading.WITH_CONSENT): (": it does not accept your consent for this call", LOGIN),
    (403, Reading.WITH_CONSENT): (": the playlist belongs to somebody else", NOT_YOURS),
}

_NO_PREMIUM = (
    ": the Spotify account that owns the app has no Premium",
    "Renew it at spotify.com; it can take a few hours before the app has access again.",
)

_EXPIRED = ("The access token expired", "Invalid access token")


def explain_refusal(  # noqa: PLR0913 - four of them describe the answer
    status: int,
    message: str | None,
    reason: str | None,
    headers: Mapping[str, str],
    what: str,
    *,
    reading: Reading = Reading.CHART,
) -> SourceError:
    """Return the error for a refusal of the Web API, with its cause and remedy."""
    answer = f"{what}: Spotify answered {status} {message or ''}".rstrip()
    if status == 429:
        return explain_too_many(answer, reason, headers)
    if status >= 500 or (status == 401 and message in _EXPIRED):
        return SourceUnavailable(answer, RUN_AGAIN)
    if status == 403 and "premium" in (message or "").lower():
        cause, remedy = _NO_PREMIUM
    elif reading is Reading.SONG:
        cause, remedy = "", "Run make doctor: it lists what your app may read."
    else:
        unexpected = ("", "Check TOP50_PLAYLIST and TOP50_SPOTIFY_API_URL.")
        cause, remedy = _USERS_PLAYLIST.get((status, reading)) or _PERMANENT.get(status, unexpected)
    return SourceError(f"{answer}{cause}", remedy, status)


def explain_missing_rows(what: str, reading: Reading) -> SourceError:
    """Return the error for a playlist that Spotify answers without its rows."""
    remedies = {Reading.WITHOUT_CONSENT: LOGIN, Reading.WITH_CONSENT: NOT_YOURS}
    cause = ": the playlist belongs to somebody else" if reading is Reading.WITH_CONSENT else ""
    return SourceError(
        f"{what}: Spotify shows its name but not its rows{cause}", remedies.get(reading, OTHER_SOURCE)
    )


def explain_token_refusal(
    status: int,
    error: str | Mapping[str, str] | None,
    headers: Mapping[str, str],
    consent: Consent | None = None,
) -> SourceError:
    """Return the error for a refusal of the token service, with its cause and remedy.

    It is ConsentExpired when the service no longer accepts the refresh token of `consent`.
    """
    # For a spent quota this service too sends the error object of the Web API.
    message, reason = (
        (error, None) if isinstance(error, str | None) else (error.get("message"), error.get("reason"))
    )
    answer = f"Spotify's token service answered {status} {message or ''}".rstrip()
    if status == 429:
        return explain_too_many(answer, reason, headers)
    if status >= 500:
        return SourceUnavailable(answer, RUN_AGAIN)
    if consent and error == "invalid_grant":
        return ConsentExpired(f"Spotify ended the consent of {consent.agreed_on} (invalid_grant)", LOGIN)
    return SourceError(
        f"{answer}: it does not know this client id or secret",
        "Copy SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET from your app at developer.spotify.com again.",
    )


def explain_too_many(
    answer: str, reason: str | None, headers: Mapping[str, str], owner: str = "Spotify"
) -> SourceError:
    """Return the error for a 429: SourceUnavailable for a short wait, QuotaExceeded for a long one."""
    after = str(headers.get("Retry-After", "1"))
    wait = int(after) if after.isdecimal() else 1
    if wait <= LONGEST_WAIT:
        return SourceUnavailable(answer, RUN_AGAIN, retry_after=wait, status=429)
    until = datetime.now(UTC) + min(timedelta(days=366), timedelta(seconds=min(wait, 10**9)))
    cause = "the day's quota is used up" if reason == "QUOTA_EXCEEDED" else "too many requests"
    return QuotaExceeded(
        f"{answer}: {cause}",
        f"Send {owner} no more requests until {until:%Y-%m-%d %H:%M} UTC, then run it again.",
        until,
    )
