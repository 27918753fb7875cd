"""What the archive says of a lake, as far as its keys and a few of its raw objects tell."""

import re
from collections.abc import Iterator
from itertools import islice

from top50.errors import OutOfReach, RawError
from top50.lake import PROCESSED, Lake
from top50.raw import LARGEST
from top50.raw.backlog import list_pending, list_processed
from top50.read import read_snapshots
from top50.read.snapshot import Snapshot, Wanted

_DATED = re.compile(r"chart=([^/]+)/(\d{4})-\d\d-\d\d/(?!tracks-)")
"""The key of a chart, as we name it; what Spotify said of its songs lies beside it."""

_UNIQUE = re.compile(r"\.[0-9a-f]{12}(?=(\.[^./]*)?$)")
"""What `unique_key` puts into the key of an object whose own is taken."""

_MOST_READ = 20
"""How many raw objects are read in search of a chart."""


def years_in_archive(lake: Lake) -> set[tuple[str, str]]:
    """Return (chart, year) of the charts whose keys in the archive say them; raises LakeError."""
    dated = (_DATED.match(item.key) for item in list_processed(lake))
    return {(match[1], match[2]) for match in dated if match}


def archived_chart(lake: Lake, chart: str = "", year: str = "") -> Snapshot | None:
    """Return a chart in the archive: any, or one of a chart and a year; None when none is found.

    One that is still pending does not count, since the tables may not hold it yet.

    Which chart and year a raw object is of is said by its content, and no more than a few are read.
    """
    keys = [item.key for item in list_processed(lake) if item.size <= LARGEST]
    if chart:
        keys = [key for key in keys if (match := _DATED.match(key)) and match.groups() == (chart, year)]
    if keys:  # a run writes the archive before the tables, and takes out of the backlog afterwards
        pending = {item.key for item in list_pending(lake)}
        keys = [key for key in keys if not {key, _UNIQUE.sub("", key)} & pending]
    keys.sort(key=lambda key: not _DATED.match(key))
    charts = (found for key in islice(keys, _MOST_READ) for found in _charts(lake, key))
    return next((found for found in charts if not chart or _is_of(found, chart, year)), None)


def _charts(lake: Lake, key: str) -> Iterator[Snapshot]:
    try:
        stored = lake.read(PROCESSED + key)
        snapshots = read_snapshots(key, stored.content, Wanted()) if stored else []
    except (RawError, OutOfReach):
        return
    yield from (each for each in snapshots if each.chart and each.chart_date and each.entries)


def _is_of(found: Snapshot, chart: str, year: str) -> bool:
    return found.chart is not None and found.chart.name == chart and f"{found.chart_date:%Y}" == year
