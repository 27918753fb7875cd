"""A playlist of a user: the consent that it takes, and whether it can be read and is as long as a chart."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from http import HTTPStatus

from top50.checks.doctor.questions import Questions
from top50.checks.finding import Finding, Seen, Surroundings
from top50.consent import Consent
from top50.errors import (
    ConsentExpired,
    QuotaExceeded,
    SettingsError,
    SourceError,
    SourceUnavailable,
    Top50Error,
)
from top50.sources.spotify import SpotifyClient

_CONSENT = "consent"
_NO_CONSENT = "without a consent that holds"


def examine_own_playlist(questions: Questions, around: Surroundings, seen: Seen) -> Iterator[Finding]:
    """Yield how old the consent is, then what it reads: two requests, a token and the playlist."""
    settings = questions.settings
    if not settings.reads_users_playlist:
        yield Finding(
            _CONSENT, "note", "not needed, TOP50_PLAYLIST names no playlist of a user", needed=False
        )
        return
    if questions.app is None:
        yield _not_asked("without credentials")
        return
    try:
        consent = around.consent()
        if consent:
            consent.check(_today(), settings.spotify_client_id)
    except Top50Error as error:
        if isinstance(error, (ConsentExpired, SettingsError)):
            seen.own_playlist = "login"
        else:  # the place where it is kept does not answer
            seen.unknown = error
        yield Finding.of(_CONSENT, error, needed=questions.needed)
        yield _not_asked(_NO_CONSENT)
        return
    if questions.silent:
        yield _age(consent)
        yield _not_asked("Spotify does not answer, or refuses every call")
        return
    reader = questions.open_user(consent, around.keep) if consent else questions.app
    yield from _read(questions, reader, seen, consent)


def _read(
    questions: Questions, reader: SpotifyClient, seen: Seen, consent: Consent | None
) -> Iterator[Finding]:
    playlist = questions.settings.playlist or ""
    try:
        rows = questions.ask(reader, lambda reader: reader.count_rows(playlist))
    except (ConsentExpired, SettingsError) as ended:  # it is over, or its new token cannot be kept
        seen.own_playlist = "login"
        yield Finding.of(_CONSENT, ended, needed=questions.needed)
        yield _not_asked(_NO_CONSENT)
    except SourceError as refusal:
        yield _age(consent)
        yield _refused(questions, seen, refusal, consent)
    else:
        yield _age(consent)
        finding = questions.judge(playlist, rows)
        seen.own_playlist = "readable" if finding.state == "ok" else "refused"
        yield finding


def _refused(questions: Questions, seen: Seen, refusal: SourceError, consent: Consent | None) -> Finding:
    if isinstance(refusal, (QuotaExceeded, SourceUnavailable)):
        seen.unknown = refusal
    else:
        seen.own_playlist = "login" if consent is None and questions.refused_to_app else "refused"
    if questions.status == HTTPStatus.NOT_FOUND:
        told = f"there is no playlist {questions.settings.playlist}, or it is one of Spotify's own"
        return questions.told("playlist", "failed", told, "Correct TOP50_PLAYLIST.")
    return questions.failed("playlist", refusal)


def _age(consent: Consent | None) -> Finding:
    if consent is None:
        return Finding(_CONSENT, "note", "none was given", needed=False)
    today = _today()
    warning = consent.warning(today)
    if warning:
        return Finding(_CONSENT, "note", warning)
    told = f"of {consent.agreed_on}, it ends on {consent.ends_on}: {consent.days_left(today)} days left"
    return Finding(_CONSENT, "ok", told)


def _not_asked(why: str) -> Finding:
    return Finding("playlist", "note", f"not asked, {why}", needed=False)


def _today() -> date:
    return datetime.now(UTC).date()
