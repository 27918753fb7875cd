"""What Spotify's refusals mean, and what to do about each."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from top50.consent import LOGIN, Consent
from top50.errors import ConsentExpired, QuotaExceeded, SourceError, SourceUnavailable
from top50.settings import Settings

LONGEST_WAIT = 60
"""Seconds of Retry-After that a run waits; for longer it does not hold a worker."""

WITHOUT_API = (
    "Ask make doctor which source is yours; "
    "the CSV of charts.spotify.com needs no app (TOP50_SOURCE=charts-csv)."
)
AGAIN = "Run it again; nothing is lost."
NOT_YOURS = "TOP50_PLAYLIST must be a playlist that you own or collaborate on."


class Reading(Enum):
    """Whose playlist is read, and for whom: what mends a refusal depends on it."""

    CHART = auto()  # Spotify's own
    WITHOUT_CONSENT = auto()  # a user's, for the app itself
    WITH_CONSENT = auto()  # a user's, for the user who agreed
    SONG = auto()  # no playlist at all

    @classmethod
    def of(cls, settings: Settings, consent: Consent | None) -> "Reading":
        """Return what a client with these settings and this consent does."""
        if consent:
            return cls.WITH_CONSENT
        return cls.WITHOUT_CONSENT if settings.reads_users_playlist else cls.CHART


_PERMANENT = {
    401: (": this call needs a user's consent, an app's own token is not enough", WITHOUT_API),
    403: (": an app in development mode may not read playlists of others", WITHOUT_API),
    404: (
        ": apps made since 27 November 2024 cannot see Spotify's own playlists",
        f"Check TOP50_PLAYLIST if you set it. {WITHOUT_API}",
    ),
}

_OF_A_USER = {
    (401, Reading.WITHOUT_CONSENT): (_PERMANENT[401][0], LOGIN),
    (403, Reading.WITHOUT_CONSENT): (": an app in development mode may not read it without consent", LOGIN),
    (401, Reading.WITH_CONSENT): (": it does not take your consent for this call", LOGIN),
    (403, Reading.WITH_CONSENT): (": the playlist belongs to somebody else", NOT_YOURS),
}

_NO_PREMIUM = (
    ": the Spotify account that owns the app has no Premium",
    "Renew it at spotify.com; it can take a few hours until the app may ask again.",
)

_EXPIRED = ("The access token expired", "Invalid access token")


def explain_refusal(  # noqa: PLR0913 - four are the answer's
    status: int,
    message: str | None,
    reason: str | None,
    headers: Mapping[str, str],
    what: str,
    *,
    reading: Reading = Reading.CHART,
) -> SourceError:
    """Turn a refusal of the Web API into an error with its cause and remedy."""
    answer = f"{what}: Spotify answered {status} {message or ''}".rstrip()
    if status == 429:
        return explain_too_many(answer, reason, headers)
    if status >= 500:
        return SourceUnavailable(answer, AGAIN)
    if status == 401 and message in _EXPIRED:
        return SourceUnavailable(answer, AGAIN)
    cause, remedy = _explain_permanent(status, message or "", reading)
    return SourceError(f"{answer}{cause}", remedy, status)


def _explain_permanent(status: int, message: str, reading: Reading) -> tuple[str, str]:
    if status == 403 and "premium" in message.lower():
        return _NO_PREMIUM
    if reading is Reading.SONG:
        return "", "See what your app may read: make doctor."
    known = _OF_A_USER.get((status, reading)) or _PERMANENT.get(status)
    return known or ("", "Check TOP50_PLAYLIST and TOP50_SPOTIFY_API_URL.")


def explain_missing_rows(what: str, reading: Reading) -> SourceError:
    """Return the error for a playlist of which Spotify shows the outside only."""
    remedies = {Reading.WITHOUT_CONSENT: LOGIN, Reading.WITH_CONSENT: NOT_YOURS}
    cause = ": the playlist belongs to somebody else" if reading is Reading.WITH_CONSENT else ""
    return SourceError(
        f"{what}: Spotify shows its name but not its rows{cause}", remedies.get(reading, WITHOUT_API)
    )


def explain_token_refusal(
    status: int,
    error: str | Mapping[str, str] | None,
    headers: Mapping[str, str],
    consent: Consent | None = None,
) -> SourceError:
    """Turn a refusal of the token service into an error with its cause and remedy.

    ConsentExpired when it no longer takes the refresh token of `consent`.
    """
    # The Web API's way to tell an error comes from here too, when it is a quota that is spent.
    told, reason = (
        (error, None) if isinstance(error, str | None) else (error.get("message"), error.get("reason"))
    )
    answer = f"Spotify's token service answered {status} {told or ''}".rstrip()
    if status == 429:
        return explain_too_many(answer, reason, headers)
    if status >= 500:
        return SourceUnavailable(answer, AGAIN)
    if consent and error == "invalid_grant":
        return ConsentExpired(f"Spotify ended the consent of {consent.agreed_on} (invalid_grant)", LOGIN)
    return SourceError(
        f"{answer}: it does not know this client id or secret",
        "Copy SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET from your app at developer.spotify.com again.",
    )


def explain_too_many(
    answer: str, reason: str | None, headers: Mapping[str, str], who: str = "Spotify"
) -> SourceError:
    """Turn a 429 into an error: one that may pass within a run, or one that says until when."""
    after = str(headers.get("Retry-After", "1"))
    wait = int(after) if after.isdecimal() else 1
    if wait <= LONGEST_WAIT:
        return SourceUnavailable(answer, AGAIN, retry_after=wait, status=429)
    until = datetime.now(UTC) + min(timedelta(days=366), timedelta(seconds=min(wait, 10**9)))
    cause = "the day's quota is used up" if reason == "QUOTA_EXCEEDED" else "too many requests"
    return QuotaExceeded(
        f"{answer}: {cause}",
        f"Leave {who} alone until {until:%Y-%m-%d %H:%M} UTC, then run it again.",
        until,
    )
