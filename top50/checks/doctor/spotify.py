"""What Spotify says of this user, in five requests at most."""

from collections.abc import Iterator
from contextlib import closing

from top50.charts import CHARTS_PAGE, PUBLIC_ARCHIVE, SIMULATOR
from top50.checks.doctor.app import examine_app
from top50.checks.doctor.own_playlist import examine_own_playlist
from top50.checks.doctor.questions import Questions
from top50.checks.finding import Finding, Seen, Surroundings
from top50.errors import SourceError
from top50.raw import date_in_key
from top50.settings import SPOTIFY_API_URL, Settings
from top50.sources.charts_page import WARNING, ChartsPageSource
from top50.sources.public_archive import PublicArchiveSource
from top50.sources.simulated import simulated_source


def examine_spotify(
    settings: Settings, questions: Questions, around: Surroundings, seen: Seen
) -> Iterator[Finding]:
    """Yield what is found of the source and of the app, all but the songs."""
    if settings.source == SIMULATOR and settings.spotify_api_url != SPOTIFY_API_URL:
        yield _simulator(settings)
    elif settings.source == SIMULATOR and not settings.spotify_client_id:
        yield Finding("Spotify", "note", "not asked, TOP50_SOURCE=simulator", needed=False)
    else:
        yield from examine_app(questions, seen)
        yield from examine_own_playlist(questions, around, seen)
        if settings.source == CHARTS_PAGE:
            yield _charts_page(settings, seen)
        if settings.source == PUBLIC_ARCHIVE:
            yield _public_archive(settings, seen)


def examine_songs(questions: Questions, song_id: str | None) -> Iterator[Finding]:
    """Yield whether Spotify can be asked for songs that only a chart's line is known of, asking for one."""
    if questions.app is None or questions.chosen in (SIMULATOR, CHARTS_PAGE, PUBLIC_ARCHIVE):
        return  # nobody to ask, nothing to ask for, or the chosen source has had the fifth request
    if questions.silent or song_id is None:
        why = (
            "Spotify does not answer, or refuses every call" if questions.silent else "the lake has none yet"
        )
        yield Finding("songs", "note", f"not asked for one, {why}", needed=False)
        return
    try:
        known = questions.ask(questions.app, lambda app: app.track(song_id)).known
    except SourceError as refusal:
        yield Finding.of("songs", refusal, needed=False)
        return
    told = f"asked for {song_id}, Spotify {'answers' if known else 'says that it does not know it'}"
    yield Finding("songs", "ok", told, needed=False)


def _simulator(settings: Settings) -> Finding:
    try:
        with simulated_source(settings) as source, closing(source):
            source.newest(settings.chosen_chart)
    except SourceError as error:
        return Finding.of("simulator", error)
    return Finding("simulator", "ok", f"{settings.spotify_api_url} answers")


def _charts_page(settings: Settings, seen: Seen) -> Finding:
    try:
        raw = ChartsPageSource(settings).newest(settings.chosen_chart)
    except SourceError as refusal:
        return Finding.of("charts page", refusal)
    seen.page = True
    return Finding("charts page", "ok", f"it shows the chart of {date_in_key(raw.key)}. {WARNING}")


def _public_archive(settings: Settings, seen: Seen) -> Finding:
    source = PublicArchiveSource(settings)
    try:
        raw = source.newest(settings.chosen_chart)
    except SourceError as refusal:
        return Finding.of("public archive", refusal)
    seen.archive = True
    text = f"it has the chart of {date_in_key(raw.key)}. {'. '.join(source.warnings)}"
    return Finding("public archive", "ok", text)
