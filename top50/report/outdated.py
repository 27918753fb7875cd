"""Which pages are older than their charts, because the run that brought the chart ended before its report."""

from top50.files import TRANSFORMED
from top50.lake.base import Lake
from top50.report.place import REPORTS, page_key
from top50.tables import CHART_ENTRIES

_ENTRIES = f"{TRANSFORMED}{CHART_ENTRIES.name}/"


def outdated_pages(lake: Lake) -> set[str]:
    """Return the charts whose page is not there, or was written before one of the files of their entries."""
    pages = {item.key: item.written for item in lake.list(REPORTS)}
    entries = [(item.key.removeprefix(_ENTRIES), item.written) for item in lake.list(_ENTRIES)]
    charts = [(key.split("/")[0].removeprefix("chart="), written) for key, written in entries]
    return {chart for chart, written in charts if written > pages.get(page_key(chart), 0.0)}
