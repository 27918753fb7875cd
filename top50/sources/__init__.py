"""Where a chart comes from, one module each; what comes out is a raw object, whatever the source."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from top50.charts import Chart
from top50.consent import Consent
from top50.errors import SettingsError
from top50.raw import RawObject
from top50.read.chart_csv import SOURCE as CHARTS_CSV
from top50.read.charts_page import SOURCE as CHARTS_PAGE
from top50.read.public_archive import SOURCE as PUBLIC_ARCHIVE
from top50.read.snapshot import SIMULATOR
from top50.settings import Settings
from top50.sources.charts_csv import ChartsCsvSource
from top50.sources.charts_page import ChartsPageSource
from top50.sources.credentials import check_app
from top50.sources.playlist import PlaylistSource
from top50.sources.public_archive import PublicArchiveSource
from top50.sources.simulated import simulated_source


class Source(Protocol):
    """A place that charts are read from. Raises SettingsError, SourceError, SourceUnavailable."""

    warnings: list[str]
    """What the user should know of this source, and of what it has answered so far."""

    def newest(self, chart: Chart) -> RawObject:
        """Read the newest chart."""

    def history(self, chart: Chart) -> list[RawObject]:
        """Read the charts before it that an empty lake starts with; most sources have none."""


def check_source(settings: Settings, file: str | None = None) -> None:
    """Raise SettingsError for a source that lacks its credentials, or cannot take this file."""
    if file and settings.source != CHARTS_CSV:
        raise SettingsError(
            f"a file is given, and the source is {settings.source}", f"Add --source {CHARTS_CSV}."
        )
    if settings.source == "playlist":
        check_app(settings)


@contextmanager
def open_source(
    settings: Settings,
    file: Path | None = None,
    consent: Consent | None = None,
    keep: Callable[[Consent], object] | None = None,
) -> Iterator[Source]:
    """Open the source of the settings.

    file: the chart of the source charts-csv.
    consent: what a user's own playlist is read with, if there is one; `keep` gets it anew when Spotify
    changes its refresh token.
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
        with closing(PlaylistSource(settings, consent, keep)) as playlist:
            yield playlist
