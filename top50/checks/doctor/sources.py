"""The chosen source: does it answer with a chart?"""

from collections.abc import Iterator
from contextlib import closing

from top50.charts import CHARTS_PAGE, PUBLIC_ARCHIVE, SIMULATOR
from top50.checks.doctor.context import Observations
from top50.checks.doctor.spotify import SpotifyChecks
from top50.checks.finding import Finding
from top50.errors import SourceError
from top50.raw import date_in_key
from top50.settings import SPOTIFY_API_URL, Settings
from top50.sources.charts_page import WARNING, ChartsPageSource
from top50.sources.public_archive import PublicArchiveSource
from top50.sources.simulated import simulated_source


def check_source(settings: Settings, spotify: SpotifyChecks, observations: Observations) -> Iterator[Finding]:
    """Yield the findings about the user's app and playlist, and about a source that needs neither."""
    if settings.source == SIMULATOR and settings.spotify_api_url != SPOTIFY_API_URL:
        yield _check_simulator(settings)
        return
    if settings.source == SIMULATOR and not settings.spotify_client_id:
        yield Finding("Spotify", "note", "not checked: TOP50_SOURCE=simulator", needed=False)
        return
    yield from spotify.check_app()
    yield from spotify.check_own_playlist()
    try:
        if settings.source == CHARTS_PAGE:
            raw = ChartsPageSource(settings).newest(settings.charts[0])
            observations.page = True
            yield Finding("charts page", "ok", f"it shows the chart of {date_in_key(raw.key)}. {WARNING}")
        elif settings.source == PUBLIC_ARCHIVE:
            archive = PublicArchiveSource(settings)
            raw = archive.newest(settings.charts[0])
            observations.archive = True
            warnings = ". ".join(archive.warnings)
            yield Finding("public archive", "ok", f"it has the chart of {date_in_key(raw.key)}. {warnings}")
    except SourceError as refusal:
        yield Finding.from_error(settings.source.replace("-", " "), refusal)


def _check_simulator(settings: Settings) -> Finding:
    try:
        with simulated_source(settings) as source, closing(source):
            source.newest(settings.charts[0])
    except SourceError as error:
        return Finding.from_error("simulator", error)
    return Finding("simulator", "ok", f"{settings.spotify_api_url} answers")
