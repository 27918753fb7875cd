"""Which songs are in a chart on a day, at which ranks, and with which official figures.

Any day costs the same: nothing is computed step by step. Days are ordinals.

The figures look back on the 110 newest charts, and on none before the first one simulated. That is all the
time of a new song in the weekly chart. Old songs, and those of the daily chart for longer than 110 days, are
counted within it: their count can stand still or fall, and their peak can be forgotten.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from top50.simulator.world.calendars import Chart, first_day
from top50.simulator.world.catalogue import old_songs, releases, week_of
from top50.simulator.world.songs import NOISE, Edition, Hit, Song, mood

SIZE = 50
LONGEST = 200  # entries of an official chart
MEMORY = 110  # weeks after its release in which a song can be in a chart
DAILY_NOISE = 0.25
TASTE = 3.5  # the most by which a region's taste changes a score
TASTES = 10**9  # above all weeks and days, so that no taste is a mood of one
DEEPER = 2.2  # no song further below `songs.FLOOR` is among the first 200, neither weekly nor daily
WEEKLY_STREAMS = 11_000_000  # of a song whose score is 0, in a week
STEEPNESS = 0.3  # a score is a logarithm of plays; with this base they fall with the rank as in real charts
TOWERING = 4.0  # scores above it count half, or some songs would be played more than any real one


@dataclass(frozen=True, slots=True)
class Entry:
    """A rank of a chart: which song, in which edition, and its popularity of that day, 0 to 100."""

    song: Song
    edition: Edition
    popularity: int


@lru_cache(maxsize=256)
def top(chart: Chart, day: int, seed: int) -> tuple[Entry, ...]:
    """Return the 50 entries of the chart that ends on `day`, the most played first."""
    if chart.region:
        return ranked(chart, day, seed)[:SIZE]
    return _best(_candidates(week_of(day), seed, 0.0), SIZE, chart, day, seed)


@lru_cache(maxsize=64)
def ranked(chart: Chart, day: int, seed: int) -> tuple[Entry, ...]:
    """Return all 200 entries of the chart that ends on `day`; the first 50 are those of `top`."""
    songs = _candidates(week_of(day), seed, DEEPER)
    if chart.region:
        return _best(songs, LONGEST, chart, day, seed)
    first = top(chart, day, seed)
    taken = {entry.song.number for entry in first}
    others = [song for song in songs if song.number not in taken]
    return first + _best(others, LONGEST - SIZE, chart, day, seed)


def _best(songs: list[Song], size: int, chart: Chart, day: int, seed: int) -> tuple[Entry, ...]:
    scored = [(score_of(song, chart, day, seed), song) for song in songs]
    scored.sort(key=lambda pair: (-pair[0], pair[1].number))
    return tuple(Entry(song, song.edition_on(day), popularity(score)) for score, song in scored[:size])


def popularity(score: float) -> int:
    """Return Spotify's figure, 0 to 100, for a score."""
    return max(0, min(100, round(62 + 7 * max(score, -10))))


def score_of(song: Song, chart: Chart, day: int, seed: int) -> float:
    """Return how much a song is played on a day: a logarithm, minus infinity before its release."""
    score = song.curve.on(day) + NOISE * mood(song.number, week_of(day), seed)
    if chart.is_daily:
        score += DAILY_NOISE * mood(song.number, -day, seed)
    if chart.region:  # some regions love a song that others hardly know, for as long as it is played
        score += TASTE * mood(song.number, TASTES + chart.region, seed)
    return score


@lru_cache(maxsize=256)
def _candidates(week: int, seed: int, deeper: float) -> list[Song]:
    """Return the songs that can be in a chart of this week: those not `deeper` below `songs.FLOOR`."""
    songs = list(old_songs(seed))
    for released in range(week - MEMORY, week + 1):
        for last, song in _by_endurance(released, seed, deeper):
            if last < week:
                break
            songs.append(song)
    return songs


@lru_cache(maxsize=512)
def _by_endurance(week: int, seed: int, deeper: float) -> list[tuple[int, Song]]:
    """Return a week's new songs, each with the last week in which it can chart; the longest come first."""
    ends = []
    for song in releases(week, seed):
        if isinstance(song.curve, Hit):
            # A song stays above a deeper floor for as long as one that is so much stronger above the usual.
            strength, comeback = song.curve.strength + deeper, song.curve.comeback_strength + deeper
            stronger = replace(song.curve, strength=strength, comeback_strength=comeback)
            ends.append((week_of(stronger.last_day()), song))
    return sorted(ends, key=lambda pair: -pair[0])


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry with its figures. A song that changes its track id stays the same song.

    ranks: in the charts that the song was in, how many charts ago → its rank; the newest, 0, comes first.
    """

    rank: int
    entry: Entry
    streams: int
    ranks: dict[int, int]

    @property
    def previous_rank(self) -> int:
        """The rank in the chart before; -1 when the song was not in it."""
        return self.ranks.get(1, -1)

    @property
    def peak_rank(self) -> int:
        """The best rank so far."""
        return min(self.ranks.values())

    @property
    def appearances(self) -> int:
        """The number of charts so far, this one included."""
        return len(self.ranks)


@lru_cache(maxsize=8)
def standings(chart: Chart, day: int, seed: int) -> tuple[Standing, ...]:
    """Return the 200 entries of the chart that ends on `day`, the most played first."""
    entries = ranked(chart, day, seed)
    scores = [score_of(entry.song, chart, day, seed) for entry in entries]
    tamed = [min(score, (score + TOWERING) / 2) for score in scores]
    usual = WEEKLY_STREAMS / (7 if chart.is_daily else 1) / (1 + 2 * chart.region)
    # Never more plays than the entry before.
    streams = accumulate((round(usual * math.exp(STEEPNESS * score)) for score in tamed), min)
    every = chart.every.days
    days = range(day, max(day - MEMORY * every, first_day(chart) - 1), -every)
    past = [_ranks(chart, earlier, seed) for earlier in days]
    found = []
    for rank, (entry, plays) in enumerate(zip(entries, streams, strict=True), start=1):
        number = entry.song.number
        places = {ago: ranks[number] for ago, ranks in enumerate(past) if number in ranks}
        found.append(Standing(rank, entry, plays, places))
    return tuple(found)


@lru_cache(maxsize=512)
def _ranks(chart: Chart, day: int, seed: int) -> dict[int, int]:
    """Return each song's number → its rank."""
    return {entry.song.number: rank for rank, entry in enumerate(ranked(chart, day, seed), start=1)}
