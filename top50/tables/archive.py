"""The charts of the archive (raw_data/processed/), found by their keys and by reading a few raw objects."""

import re
from collections.abc import Iterator
from itertools import islice

from top50.errors import OutOfReach, RawError
from top50.lake import PROCESSED, Lake
from top50.raw import LARGEST
from top50.raw.backlog import list_pending, list_processed
from top50.read import read_snapshots
from top50.read.snapshot import Snapshot, Wanted

# The key of a chart that we landed; Spotify's answers about single songs are stored beside it, as tracks-….
_DATED = re.compile(r"chart=([^/]+)/(\d{4})-\d\d-\d\d/(?!tracks-)")

# The suffix that `unique_key` gives to an object whose own key is taken.
_UNIQUE = re.compile(r"\.[0-9a-f]{12}(?=(\.[^./]*)?$)")

# How many raw objects are read in search of a chart.
_MOST_READ = 20


def years_in_archive(lake: Lake) -> set[tuple[str, str]]:
    """Return the (chart, year) pairs that keys of the archive name; raises LakeError."""
    dated = (_DATED.match(item.key) for item in list_processed(lake))
    return {(match[1], match[2]) for match in dated if match}


def archived_chart(lake: Lake, chart: str = "", year: str = "") -> Snapshot | None:
    """Return a chart of the archive: any, or one of a chart and a year; None when none is found.

    A chart that is still pending does not count, since the tables may not contain it yet. Only the content
    of a raw object proves its chart and year, and at most `_MOST_READ` objects are read.
    """
    keys = [item.key for item in list_processed(lake) if item.size <= LARGEST]
    if chart:
        keys = [key for key in keys if (match := _DATED.match(key)) and match.groups() == (chart, year)]
    if keys:  # a run writes the archive before the tables, and removes from the backlog afterwards
        pending = {item.key for item in list_pending(lake)}
        keys = [key for key in keys if not {key, _UNIQUE.sub("", key)} & pending]
    keys.sort(key=lambda key: not _DATED.match(key))
    for found in (found for key in islice(keys, _MOST_READ) for found in _charts(lake, key)):
        if not chart or (found.chart and found.chart.name, f"{found.chart_date:%Y}") == (chart, year):
            return found
    return None


def _charts(lake: Lake, key: str) -> Iterator[Snapshot]:
    """Yield the charts of a raw object; none when it cannot be read."""
    try:
        stored = lake.read(PROCESSED + key)
        snapshots = read_snapshots(key, stored.content, Wanted()) if stored else []
    except (RawError, OutOfReach):
        return
    yield from (found for found in snapshots if found.chart and found.chart_date and found.entries)
