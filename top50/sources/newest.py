"""Several charts of one source, one after the other: a chart that fails holds up no other one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from top50.charts import Chart
from top50.errors import QuotaExceeded, SourceError, SourceUnavailable
from top50.raw import RawObject

if TYPE_CHECKING:  # what a run keeps of it is imported by flows that ask no source
    from top50.sources.source import Source

# After so many charts in a row without an answer the source itself is away, not a chart.
_AWAY_AFTER = 3


@dataclass
class Fetched:
    """The raw objects of each chart, and why the other charts have none. Keys are names of charts."""

    raws: dict[str, list[RawObject]] = field(default_factory=dict)
    errors: dict[str, SourceError] = field(default_factory=dict)
    # Those that were asked for in vain, not those behind them.
    failed: set[str] = field(default_factory=set)

    @property
    def passing(self) -> SourceUnavailable | None:
        """An error after which the same call may succeed a little later; None without one."""
        return next((error for error in self.errors.values() if isinstance(error, SourceUnavailable)), None)

    @property
    def all_raws(self) -> list[RawObject]:
        """The raw objects of all charts, in the order in which they were fetched."""
        return [raw for raws in self.raws.values() for raw in raws]


def fetch_newest(
    source: "Source", charts: Sequence[Chart], fetched: Fetched, wants_history: Callable[[Chart], bool]
) -> None:
    """Fetch each chart that is not in `fetched` yet, and add it there, or its error.

    Those that failed before come last. It stops early when the source is away, limits the rate or has no
    quota left; the charts behind then have the same error. wants_history: whether a chart's older
    charts are fetched, too.
    """
    missing = [chart for chart in charts if chart.name not in fetched.raws]
    missing.sort(key=lambda chart: chart.name in fetched.failed)
    in_a_row, stopped = 0, None
    for chart in missing:
        if stopped:
            fetched.errors[chart.name] = stopped
            continue
        try:
            newest = source.newest(chart)
            fetched.raws[chart.name] = [*(source.history(chart) if wants_history(chart) else []), newest]
            fetched.errors.pop(chart.name, None)
            in_a_row = 0
        except SourceError as error:
            fetched.errors[chart.name] = error
            fetched.failed.add(chart.name)
            in_a_row = in_a_row + 1 if isinstance(error, SourceUnavailable) else 0
            must_wait = isinstance(error, SourceUnavailable) and error.retry_after
            if isinstance(error, QuotaExceeded) or must_wait or in_a_row == _AWAY_AFTER:
                stopped = error
