"""Which 50 songs are in a chart on a day, in order. Any day costs the same: nothing is stepped through."""

from dataclasses import dataclass
from functools import lru_cache

from top50.simulator.catalogue import catalogue
from top50.simulator.curves import NOISE, Hit, mood
from top50.simulator.releases import releases, week_of
from top50.simulator.songs import Edition, Song

SIZE = 50
MEMORY = 110  # weeks after its release in which a song can be in a chart
DAILY_NOISE = 0.25


@dataclass(frozen=True, slots=True)
class Entry:
    """A rank of a chart: which song, in which edition, and its popularity of that day, 0 to 100."""

    song: Song
    edition: Edition
    popularity: int


@lru_cache(maxsize=256)
def top(day: int, seed: int, *, daily: bool) -> tuple[Entry, ...]:
    """The entries of the chart that ends on `day` (an ordinal), the most played first."""
    scored = [(score_of(song, day, seed, daily=daily), song) for song in _candidates(week_of(day), seed)]
    scored.sort(key=lambda pair: (-pair[0], pair[1].number))
    return tuple(Entry(song, song.edition_on(day), popularity(score)) for score, song in scored[:SIZE])


def popularity(score: float) -> int:
    """Spotify's figure, 0 to 100, for a score."""
    return max(0, min(100, round(62 + 7 * max(score, -10))))


def score_of(song: Song, day: int, seed: int, *, daily: bool) -> float:
    """How much a song is played on a day; minus infinity before its release."""
    score = song.curve.on(day) + NOISE * mood(song.number, week_of(day), seed)
    return score + DAILY_NOISE * mood(song.number, -day, seed) if daily else score


@lru_cache(maxsize=64)
def _candidates(week: int, seed: int) -> list[Song]:
    """The songs that can be in a chart of this week; the others are below `curves.FLOOR`."""
    songs = list(catalogue(seed))
    for released in range(week - MEMORY, week + 1):
        for last, song in _by_endurance(released, seed):
            if last < week:
                break
            songs.append(song)
    return songs


@lru_cache(maxsize=512)
def _by_endurance(week: int, seed: int) -> list[tuple[int, Song]]:
    """The songs released in a week, each with the last week in which it can chart; the longest come first."""
    songs = releases(week, seed)
    ends = [(week_of(song.curve.last_day()), song) for song in songs if isinstance(song.curve, Hit)]
    return sorted(ends, key=lambda pair: -pair[0])
