"""Which songs are in a chart on a day, in order. Any day costs the same: nothing is stepped through."""

from dataclasses import dataclass, replace
from functools import lru_cache

from top50.simulator.catalogue import catalogue
from top50.simulator.curves import NOISE, Hit, mood
from top50.simulator.releases import releases, week_of
from top50.simulator.songs import Edition, Song

SIZE = 50
LONGEST = 200  # as many as the official charts have
MEMORY = 110  # weeks after its release in which a song can be in a chart
DAILY_NOISE = 0.25
DEEPER = 2.2  # so far below `curves.FLOOR` no song is among the first 200, neither weekly nor daily


@dataclass(frozen=True, slots=True)
class Entry:
    """A rank of a chart: which song, in which edition, and its popularity of that day, 0 to 100."""

    song: Song
    edition: Edition
    popularity: int


@lru_cache(maxsize=256)
def top(day: int, seed: int, *, daily: bool) -> tuple[Entry, ...]:
    """The entries of the chart that ends on `day` (an ordinal), the most played first."""
    return _best(_candidates(week_of(day), seed, 0.0), SIZE, day, seed, daily=daily)


@lru_cache(maxsize=16)
def ranked(day: int, seed: int, *, daily: bool) -> tuple[Entry, ...]:
    """All 200 entries of the chart that ends on `day` (an ordinal); the first 50 are those of `top`."""
    first = top(day, seed, daily=daily)
    taken = {entry.song.number for entry in first}
    others = [song for song in _candidates(week_of(day), seed, DEEPER) if song.number not in taken]
    return first + _best(others, LONGEST - SIZE, day, seed, daily=daily)


def _best(songs: list[Song], size: int, day: int, seed: int, *, daily: bool) -> tuple[Entry, ...]:
    scored = [(score_of(song, day, seed, daily=daily), song) for song in songs]
    scored.sort(key=lambda pair: (-pair[0], pair[1].number))
    return tuple(Entry(song, song.edition_on(day), popularity(score)) for score, song in scored[:size])


def popularity(score: float) -> int:
    """Spotify's figure, 0 to 100, for a score."""
    return max(0, min(100, round(62 + 7 * max(score, -10))))


def score_of(song: Song, day: int, seed: int, *, daily: bool) -> float:
    """How much a song is played on a day; minus infinity before its release."""
    score = song.curve.on(day) + NOISE * mood(song.number, week_of(day), seed)
    return score + DAILY_NOISE * mood(song.number, -day, seed) if daily else score


@lru_cache(maxsize=256)
def _candidates(week: int, seed: int, deeper: float) -> list[Song]:
    """The songs that can be in a chart of this week; the others are `deeper` than `curves.FLOOR`."""
    songs = list(catalogue(seed))
    for released in range(week - MEMORY, week + 1):
        for last, song in _by_endurance(released, seed, deeper):
            if last < week:
                break
            songs.append(song)
    return songs


@lru_cache(maxsize=512)
def _by_endurance(week: int, seed: int, deeper: float) -> list[tuple[int, Song]]:
    """The songs released in a week, each with the last week in which it can chart; the longest come first."""
    songs = releases(week, seed)
    ends = [(_last_week(song.curve, deeper), song) for song in songs if isinstance(song.curve, Hit)]
    return sorted(ends, key=lambda pair: -pair[0])


def _last_week(curve: Hit, deeper: float) -> int:
    """A song so much stronger would stay above the floor as long as this one above the deeper floor."""
    if deeper:
        strength, comeback = curve.strength + deeper, curve.comeback_strength + deeper
        curve = replace(curve, strength=strength, comeback_strength=comeback)
    return week_of(curve.last_day())
