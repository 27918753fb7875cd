"""The official figures of a chart's 200 entries: plays, and where each song stood in the charts before.

Only the 110 newest charts are looked back on, and none before the first one simulated. That is all the time
of a new song in the weekly chart. Songs of the catalogue, and those of the daily chart for longer than 110
days, count within it: their count can stay as it is for once, or sink, and their peak can be forgotten.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import accumulate

from top50.simulator.calendars import FIRST_DAY, Chart, chart_date, refreshed_at
from top50.simulator.ranking import MEMORY, Entry, ranked, score_of

WEEKLY_STREAMS = 11_000_000  # of a song whose score is 0, in a week
STEEPNESS = 0.3  # a score is a logarithm of plays; with this base they fall with the rank as in real charts
TOWERING = 4.0  # scores above it count half, or some songs would be played more than any real one


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry with its figures.

    day: the last day that the chart covers, an ordinal. every: days between two charts.
    ranks: in the charts where the song was, how many charts ago → its rank; the newest, 0, comes first.
    A song that changes its track id stays the same song.
    """

    rank: int
    entry: Entry
    streams: int
    day: int
    every: int
    ranks: dict[int, int]

    @property
    def previous_rank(self) -> int:
        """The rank in the chart before; -1 when it was not there."""
        return self.ranks.get(1, -1)

    @property
    def peak_rank(self) -> int:
        """The best rank so far."""
        return min(self.ranks.values())

    @property
    def peak_date(self) -> date:
        """The date of the first chart in which the song stood at its peak."""
        return self._date(max(ago for ago, rank in self.ranks.items() if rank == self.peak_rank))

    @property
    def appearances(self) -> int:
        """The number of charts so far, this one included."""
        return len(self.ranks)

    @property
    def consecutive(self) -> int:
        """The number of charts without a gap up to this one."""
        return sum(position == ago for position, ago in enumerate(self.ranks))

    @property
    def entry_rank(self) -> int:
        """The rank in the first chart in which the song was."""
        return self.ranks[max(self.ranks)]

    @property
    def entry_date(self) -> date:
        """The date of the first chart in which the song was."""
        return self._date(max(self.ranks))

    def _date(self, ago: int) -> date:
        return date.fromordinal(self.day - ago * self.every)


@lru_cache(maxsize=8)
def standings(chart: Chart, day: int, seed: int) -> tuple[Standing, ...]:
    """The 200 entries of the chart that ends on `day` (an ordinal), the most played first."""
    daily = is_daily(chart)
    entries = ranked(day, seed, daily=daily)
    streams = _streams(entries, day, seed, daily=daily)
    past = [_ranks(earlier, seed, daily=daily) for earlier in _days(chart, day)]
    return tuple(
        Standing(rank, entry, plays, day, chart.every.days, _found(entry.song.number, past))
        for rank, (entry, plays) in enumerate(zip(entries, streams, strict=True), start=1)
    )


def is_daily(chart: Chart) -> bool:
    """Whether a chart covers a day rather than a week."""
    return chart.every.days == 1


def first_day(chart: Chart) -> int:
    """The last day of the first chart simulated, an ordinal."""
    return chart_date(refreshed_at(chart, datetime.combine(FIRST_DAY, time(), UTC))).toordinal()


def _days(chart: Chart, day: int) -> range:
    """The days on which this chart and those before it end, the newest first."""
    every = chart.every.days
    return range(day, max(day - MEMORY * every, first_day(chart) - 1), -every)


@lru_cache(maxsize=512)
def _ranks(day: int, seed: int, *, daily: bool) -> dict[int, int]:
    """A song's number → its rank."""
    return {entry.song.number: rank for rank, entry in enumerate(ranked(day, seed, daily=daily), start=1)}


def _found(number: int, past: list[dict[int, int]]) -> dict[int, int]:
    return {ago: ranks[number] for ago, ranks in enumerate(past) if number in ranks}


def _streams(entries: tuple[Entry, ...], day: int, seed: int, *, daily: bool) -> list[int]:
    """How often each entry was played; never more than the entry before it."""
    usual = WEEKLY_STREAMS / (7 if daily else 1)
    scores = (score_of(entry.song, day, seed, daily=daily) for entry in entries)
    tamed = (min(score, (score + TOWERING) / 2) for score in scores)
    return list(accumulate((round(usual * math.exp(STEEPNESS * score)) for score in tamed), min))
