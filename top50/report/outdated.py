"""Which pages are older than their charts, because the run that brought the chart ended before its report."""

from collections.abc import Collection, Iterable

from top50.lake.base import Item, Lake
from top50.report.place import REPORTS, page_key
from top50.tables.files import find_file


def outdated_pages(lake: Lake, files: Iterable[Item], but: Collection[str] = ()) -> set[str]:
    """Return the charts whose page is not there, or was written before one of the files of their entries.

    files: a listing of the tables. but: charts whose page is made anyway.
    """
    found = [(find_file(item.key), item.written) for item in files]
    charts = [(file.partitions["chart"], written) for file, written in found if file and file.partitions]
    others = [(chart, written) for chart, written in charts if chart not in but]
    pages = {item.key: item.written for item in lake.list(REPORTS)} if others else {}
    return {chart for chart, written in others if written > pages.get(page_key(chart), 0.0)}
