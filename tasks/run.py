"""A run: what every step of a flow works with."""

from top50.lake import Lake
from top50.read.snapshot import Wanted
from top50.report.links import links_of
from top50.report.outcome import Outcome
from top50.report.page.pages import ChartTable
from top50.settings import Settings
from top50.sources.newest import Fetched


class Run:
    """One run of a flow: its settings, the lake that it works on, and what has come of it so far."""

    def __init__(self, settings: Settings, lake: Lake) -> None:
        self.settings = settings
        self.lake = lake
        self.outcome = Outcome(settings.chart, links=links_of(settings))
        # Step → the seconds that it has taken so far, in the order of their first start.
        self.seconds: dict[str, float] = {}
        # What the step `fetch` has so far: an attempt goes on where the one before stopped.
        self.fetched = Fetched()
        # Whether the charts are simulated, once `fetch` has checked that source and lake agree.
        self.simulated: bool | None = None
        # The newest chart of the first kind asked for, once it is reported.
        self.newest: ChartTable | None = None

    @property
    def wanted(self) -> Wanted:
        """What is read of a raw object."""
        settings = self.settings
        return Wanted(chart=settings.only_chart, size=settings.size, playlist=settings.playlist)
