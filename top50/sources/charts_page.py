"""The newest chart from the endpoint behind charts.spotify.com: undocumented, without a login."""

import msgspec

from top50.charts import CHARTS_PAGE, Chart
from top50.errors import RawError, SourceError, SourceUnavailable
from top50.raw import RawObject, envelope, name_raw
from top50.read.charts_page import View, day_of, find_view, find_views
from top50.read.lenient_json import open_json
from top50.settings import Settings
from top50.sources.http import get
from top50.sources.refusals import RUN_AGAIN

WARNING = (
    "charts-page uses the endpoint behind charts.spotify.com: Spotify neither documents nor guarantees it, "
    "and it may change or close at any time"
)

_REFUSALS = {
    0: ("", "It is undocumented and may have closed: download the CSV and use TOP50_SOURCE=charts-csv.")
}


class ChartsPageSource:
    """Reads all charts of the page with one request."""

    def __init__(self, settings: Settings) -> None:
        self.warnings = [WARNING]
        self._address = settings.spotify_charts_url

    def newest(self, chart: Chart) -> RawObject:
        """Return the chart that the page shows now; raises SourceError, SourceUnavailable."""
        content = get(self._address, "TOP50_SPOTIFY_CHARTS_URL", "Spotify", _REFUSALS)
        try:
            view = find_view(self._views(content), chart)
        except RawError as error:
            raise SourceError(f"{self._address}: {error.what}", error.remedy) from None
        key = name_raw(chart, day_of(view), CHARTS_PAGE, msgspec.json.encode(view))
        return RawObject(key, envelope([content], source=CHARTS_PAGE))

    def _views(self, content: bytes) -> list[View]:
        try:
            answers = open_json(content).answers
        except RawError:
            answers = []
        views = find_views(answers)
        if views is None:
            raise SourceUnavailable(f"{self._address} did not answer with charts", RUN_AGAIN)
        return views

    def history(self, chart: Chart) -> list[RawObject]:
        """Return nothing: the page shows only its newest chart."""
        del chart
        return []
