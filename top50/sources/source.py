"""The source that the settings name; every source returns raw objects."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from top50.charts import CHARTS_CSV, CHARTS_PAGE, PUBLIC_ARCHIVE, SIMULATOR, Chart
from top50.consent import Consent
from top50.errors import SettingsError
from top50.raw import RawObject
from top50.settings import Settings
from top50.sources.charts_csv import ChartsCsvSource
from top50.sources.charts_page import ChartsPageSource
from top50.sources.oauth import check_app
from top50.sources.playlist import PlaylistSource
from top50.sources.public_archive import PublicArchiveSource
from top50.sources.simulated import simulated_source


class Source(Protocol):
    """A source of charts. Its methods raise SettingsError, SourceError, SourceUnavailable."""

    # About the source in general, and about its answers so far.
    warnings: list[str]

    def newest(self, chart: Chart) -> RawObject:
        """Read the newest chart."""

    def history(self, chart: Chart) -> list[RawObject]:
        """Read the older charts with which an empty lake starts; most sources have none."""


def check_source(settings: Settings, file: str | None = None) -> None:
    """Raise SettingsError for a source that lacks its credentials, or that reads no file."""
    if file and settings.source != CHARTS_CSV:
        raise SettingsError(
            f"--file needs the source {CHARTS_CSV}, not {settings.source}", f"Add --source {CHARTS_CSV}."
        )
    if file and len(settings.chart) > 1:
        raise SettingsError(
            f"--file is one chart, but TOP50_CHART names {len(settings.chart)}", "Add --chart with its name."
        )
    if settings.source == "playlist":
        check_app(settings)


@contextmanager
def open_source(
    settings: Settings,
    file: Path | None = None,
    consent: Consent | None = None,
    save: Callable[[Consent], object] | None = None,
) -> Iterator[Source]:
    """Open the source of the settings.

    file: the CSV of the source charts-csv.
    consent: read a user's own playlist with it, if there is one; `save` is given the new consent when
    Spotify replaces the refresh token.
    """
    if file is not None:
        yield ChartsCsvSource(settings, file)
    elif settings.source == SIMULATOR:
        with simulated_source(settings) as simulated:
            yield simulated
    elif settings.source == CHARTS_PAGE:
        yield ChartsPageSource(settings)
    elif settings.source == PUBLIC_ARCHIVE:
        yield PublicArchiveSource(settings)
    else:
        with closing(PlaylistSource(settings, consent, save)) as playlist:
            yield playlist
