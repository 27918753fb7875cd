"""The charts of the archive (raw_data/processed/), found by their keys and by reading a few raw objects."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import chain, islice

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


def archived_chart(lake: Lake) -> Snapshot | None:
    """Return any chart of the archive; None when none is found. As `Archive.chart`."""
    return Archive(lake).chart()


class Archive:
    """The archive of a lake as it was when it was first asked for: it is listed once.

    A chart that is still pending does not count, since the tables may not contain it yet: a run writes the
    archive before the tables, and removes from the backlog afterwards.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    @cached_property
    def _keys(self) -> dict[tuple[str, str], list[str]]:
        """(chart, year) → the keys that name them; ("", "") → all other keys."""
        keys = [item.key for item in list_processed(self._lake) if item.size <= LARGEST]
        pending = {item.key for item in list_pending(self._lake)} if keys else set()
        by_year: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            match = _DATED.match(key)
            of_year = by_year.setdefault((match[1], match[2]) if match else ("", ""), [])
            if not {key, _UNIQUE.sub("", key)} & pending:
                of_year.append(key)
        return by_year

    @property
    def years(self) -> list[tuple[str, str]]:
        """The (chart, year) pairs that keys of the archive name, in order; raises LakeError."""
        return sorted(year for year in self._keys if year != ("", ""))

    def chart(self, chart: str = "", year: str = "") -> Snapshot | None:
        """Return a chart of the archive: any, or one of a chart and a year; None when none is found.

        Only the content of a raw object proves its chart and year, and at most `_MOST_READ` objects are read.
        """
        if chart:
            keys = self._keys.get((chart, year), [])
        else:
            dated = chain.from_iterable(self._keys[year] for year in self.years)
            keys = [*islice(dated, _MOST_READ), *self._keys.get(("", ""), [])]
        for found in (found for key in keys[:_MOST_READ] for found in _charts(self._lake, key)):
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
