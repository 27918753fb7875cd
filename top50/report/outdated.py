"""Which pages are older than their charts, because the run that brought the chart ended before its report."""

from collections.abc import Collection, Iterable

from top50.files import TRANSFORMED
from top50.lake.base import Item, Lake
from top50.report.place import REPORTS, page_key
from top50.tables import CHART_ENTRIES

_ENTRIES = f"{TRANSFORMED}{CHART_ENTRIES.name}/"


def outdated_pages(lake: Lake, files: Iterable[Item], but: Collection[str] = ()) -> set[str]:
    """Return the charts whose page is not there, or was written before one of the files of their entries.

    files: a listing of the tables. but: charts whose page is made anyway.
    """
    entries = [item for item in files if item.key.startswith(_ENTRIES)]
    charts = [(item.key.removeprefix(f"{_ENTRIES}chart=").split("/")[0], item.written) for item in entries]
    others = [(chart, written) for chart, written in charts if chart not in but]
    pages = {item.key: item.written for item in lake.list(REPORTS)} if others else {}
    return {chart for chart, written in others if written > pages.get(page_key(chart), 0.0)}
