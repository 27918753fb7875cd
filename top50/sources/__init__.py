"""Where a chart comes from, one module each; what comes out is a raw object, whatever the source."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from top50.charts import Chart
from top50.raw import RawObject
from top50.settings import Settings
from top50.snapshot import SIMULATOR
from top50.sources.playlist import PlaylistSource
from top50.sources.simulated import simulated_source


class Source(Protocol):
    """A place that charts are read from. Raises SettingsError, SourceError, SourceUnavailable."""

    def newest(self, chart: Chart) -> RawObject:
        """Read the newest chart."""

    def history(self, chart: Chart) -> list[RawObject]:
        """Read the charts before it that an empty lake starts with; most sources have none."""


@contextmanager
def open_source(settings: Settings) -> Iterator[Source]:
    """Open the source of the settings."""
    if settings.source == SIMULATOR:
        with simulated_source(settings) as source:
            yield source
        return
    playlist = PlaylistSource(settings)
    try:
        yield playlist
    finally:
        playlist.close()
