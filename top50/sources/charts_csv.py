"""The official CSV, downloaded by a person from charts.spotify.com."""

from pathlib import Path

from top50.charts import CHARTS_CSV, Chart
from top50.errors import RawError, SourceError
from top50.local_files import unreadable_reason
from top50.raw import LARGEST, RawObject, name_raw
from top50.read import read_snapshot
from top50.read.snapshot import Wanted
from top50.settings import Settings


class ChartsCsvSource:
    """Reads the one file of --file; any other CSV can be put into the lake's backlog directly."""

    def __init__(self, settings: Settings, file: Path) -> None:
        self.warnings: list[str] = []
        self._size = settings.size
        self._file = file

    def newest(self, chart: Chart) -> RawObject:
        """Return the file, byte for byte, if it is that chart; raises SourceError."""
        content = self._read()
        try:
            snapshot = read_snapshot(self._file.name, content, Wanted(chart, self._size))
        except RawError as error:
            raise SourceError(f"{self._file}: {error.what}", error.remedy) from None
        if snapshot.source != CHARTS_CSV:
            raise SourceError(
                f"{self._file} is not a chart CSV", "Put JSON into raw_data/to_processed/ yourself."
            )
        if snapshot.chart and snapshot.chart != chart:
            raise SourceError(
                f"{self._file} is the chart {snapshot.chart.name}, but TOP50_CHART is {chart.name}",
                f"Add --chart {snapshot.chart.name}, or download {chart.name}.",
            )
        return RawObject(name_raw(chart, snapshot.chart_date, CHARTS_CSV, content, "csv"), content)

    def history(self, chart: Chart) -> list[RawObject]:
        """Return nothing: a file is one chart."""
        del chart
        return []

    def _read(self) -> bytes:
        if reason := unreadable_reason(self._file):
            raise SourceError(f"cannot read {self._file}: {reason}", "Name the chart's CSV with --file.")
        try:
            with self._file.open("rb") as stream:
                content = stream.read(LARGEST + 1)
        except OSError as error:
            raise SourceError(f"cannot read {self._file}: {error.strerror}", "Check --file.") from None
        if len(content) > LARGEST:
            raise SourceError(f"{self._file} is larger than any chart ({LARGEST:,} bytes)", "Check --file.")
        return content
