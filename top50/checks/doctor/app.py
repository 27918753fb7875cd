"""The app: whether Spotify takes its credentials, and which kind it is, told from one answer."""

from collections.abc import Iterator
from http import HTTPStatus

from top50.charts import SIMULATOR
from top50.checks.doctor.questions import Questions
from top50.checks.finding import Finding, Seen
from top50.errors import QuotaExceeded, SettingsError, SourceError, SourceUnavailable

_APP = "Spotify app"
_CREDENTIALS = "Spotify credentials"


def examine_app(questions: Questions, seen: Seen) -> Iterator[Finding]:
    """Yield what Spotify makes of the app: two requests, a token and the chart's own playlist."""
    playlist = questions.settings.chosen_chart.playlist_id
    try:
        rows = questions.ask(questions.open_app(), lambda app: app.count_rows(playlist))
    except SettingsError as missing:
        seen.unknown, questions.silent = missing, True
        yield _without_credentials(questions, missing)
    except SourceError as refusal:
        yield from _refused(questions, seen, refusal)
    else:
        seen.app = "extended"
        yield _taken(questions)
        yield questions.told(_APP, "ok", "extended quota: Spotify's own playlists are open to it")
        if not questions.settings.reads_users_playlist:
            yield questions.judge(playlist, rows)


def _without_credentials(questions: Questions, missing: SettingsError) -> Finding:
    if questions.needed:
        return Finding.of(_CREDENTIALS, missing)
    told = f"not both set; TOP50_SOURCE={questions.chosen} needs none"
    without = "" if questions.chosen == SIMULATOR else ", but without them songs lack album and length"
    return Finding(_CREDENTIALS, "note", told + without, needed=False)


def _refused(questions: Questions, seen: Seen, refusal: SourceError) -> Iterator[Finding]:
    """Tell by the last answer who refused: the token service, or the API and then for what reason."""
    if questions.status in (HTTPStatus.NOT_FOUND, HTTPStatus.OK) and not refusal.passing:
        seen.app = "development"
        yield _taken(questions)
        yield _development(questions)
        return
    seen.unknown, questions.silent = refusal, True
    if isinstance(refusal, (QuotaExceeded, SourceUnavailable)):
        yield questions.failed("Spotify", refusal)
    elif refusal.status:
        yield _taken(questions)
        yield questions.failed(_APP, refusal)
    else:
        yield questions.failed(_CREDENTIALS, refusal)


def _taken(questions: Questions) -> Finding:
    return questions.told(
        _CREDENTIALS, "ok", f"Spotify takes those of app {questions.settings.spotify_client_id}"
    )


def _development(questions: Questions) -> Finding:
    told = (
        "development mode, or made since 2024-11-27: "
        f"Spotify's own playlists are hidden from it ({questions.status})"
    )
    if not questions.needed or questions.settings.reads_users_playlist:
        return Finding(_APP, "note", told, needed=False)
    return Finding(
        _APP, "failed", told, "Read a playlist of your own (TOP50_PLAYLIST), or choose another TOP50_SOURCE."
    )
