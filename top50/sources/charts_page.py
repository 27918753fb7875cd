"""The newest chart as the public page charts.spotify.com itself reads it: undocumented, without a login."""

from http import HTTPStatus

import msgspec
import requests

from top50.charts import Chart
from top50.charts_page import SOURCE, View, day_of, find_view, find_views
from top50.errors import RawError, SourceError, SourceUnavailable
from top50.raw import RawObject, envelope, name_raw
from top50.settings import Settings
from top50.shapes import open_json
from top50.sources.refusals import AGAIN, explain_too_many

WARNING = (
    "charts-page reads what the page charts.spotify.com reads for itself: Spotify documents and promises "
    "none of it, and it may change or close on any day"
)

_TIMEOUT = 20
_INSTEAD = "It is undocumented and may have closed: download the CSV and use TOP50_SOURCE=charts-csv."


class ChartsPageSource:
    """Reads the page's charts with one request."""

    def __init__(self, settings: Settings) -> None:
        self.warnings = [WARNING]
        self._address = settings.spotify_charts_url

    def newest(self, chart: Chart) -> RawObject:
        """Return what the page shows now; raises SourceError, SourceUnavailable."""
        content = self._ask()
        try:
            view = find_view(self._views(content), chart)
        except RawError as error:
            raise SourceError(f"{self._address}: {error.what}", error.remedy) from None
        key = name_raw(chart, day_of(view), SOURCE, msgspec.json.encode(view))
        return RawObject(key, envelope([content], source=SOURCE))

    def _views(self, content: bytes) -> list[View]:
        try:
            answers = open_json(content).answers
        except RawError:
            answers = []
        views = find_views(answers)
        if views is None:
            raise SourceUnavailable(f"{self._address} answered with something else than charts", AGAIN)
        return views

    def history(self, chart: Chart) -> list[RawObject]:
        """Return nothing: the page shows only its newest chart."""
        del chart
        return []

    def _ask(self) -> bytes:
        try:
            answer = requests.get(self._address, headers={"Accept": "application/json"}, timeout=_TIMEOUT)
        except requests.RequestException as error:
            raise SourceUnavailable(
                f"no usable answer from {self._address} ({type(error).__name__})",
                "Check the network and TOP50_SPOTIFY_CHARTS_URL, and run it again; nothing is lost.",
            ) from None
        told = f"{self._address} answered {answer.status_code}"
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise explain_too_many(told, None, answer.headers)
        if answer.status_code >= 500:
            raise SourceUnavailable(told, AGAIN, status=answer.status_code)
        if answer.status_code != HTTPStatus.OK:
            raise SourceError(told, _INSTEAD, answer.status_code)
        return answer.content
