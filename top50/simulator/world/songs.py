"""A song: its artists, its editions, and how much it is played, as a pure function of the day.

Days are ordinals (`date.toordinal`), ages are weeks. A score is a logarithm of plays: about 50 songs are
above 1.
"""

import math
from dataclasses import dataclass
from typing import Protocol

FLOOR = 0.7  # songs below this score never reach the top 50
SEASONS_FROM = 730_120  # 2000-01-01, an ordinal
NOISE = 0.35  # the most by which a week's mood changes a score


class Curve(Protocol):
    """A song's plays over time."""

    def on(self, day: int) -> float:
        """Return the score of a day; minus infinity before the release."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The curve of a new song: it climbs to its peak, falls, and may return once."""

    released: int
    strength: float
    peak_age: float
    climb: float
    fall: float
    comeback_age: float
    comeback_strength: float  # minus infinity: it never returns

    def on(self, day: int) -> float:
        """Return the score of a day; minus infinity before the release."""
        age = (day - self.released) / 7
        if age < 0:
            return -math.inf
        rate = self.climb if age < self.peak_age else self.fall
        first = self.strength - rate * abs(age - self.peak_age)
        return max(first, self.comeback_strength - 0.4 * abs(age - self.comeback_age))

    def last_day(self) -> int:
        """Return the day after which the song stays below `FLOOR`, whatever the mood."""
        first = (
            self.peak_age + (self.strength + NOISE - FLOOR) / self.fall
            if self.strength + NOISE > FLOOR
            else 0.0
        )
        second = self.comeback_age + (self.comeback_strength + NOISE - FLOOR) / 0.4
        return self.released + math.ceil(7 * max(first, second, 0))


@dataclass(frozen=True, slots=True)
class Perennial:
    """The curve of an old song that comes and goes over the years."""

    strength: float
    period: float
    phase: float

    def on(self, day: int) -> float:
        """Return the score of a day."""
        return self.strength + 0.8 * math.sin(2 * math.pi * (day / self.period + self.phase))


@dataclass(frozen=True, slots=True)
class Seasonal:
    """The curve of an old song that returns at the same time of every year."""

    strength: float
    peak: float  # days into a year of 365.25 days
    width: float  # days

    def on(self, day: int) -> float:
        """Return the score of a day; below zero for most of the year."""
        distance = abs((day - SEASONS_FROM - self.peak + 182.625) % 365.25 - 182.625)
        return self.strength * (1 - distance / self.width)


def mood(number: int, period: int, seed: int) -> float:
    """Return a random number from -1 to 1, always the same for the same three numbers."""
    mixed = (number * 0x9E3779B97F4A7C15 + period * 0xC2B2AE3D27D4EB4F + seed * 0x165667B19E3779F9) & (
        2**64 - 1
    )
    mixed = ((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9) & (2**64 - 1)
    mixed = ((mixed ^ (mixed >> 32)) * 0x94D049BB133111EB) & (2**64 - 1)
    return (mixed >> 11) / 2**52 - 1


@dataclass(frozen=True, slots=True)
class Artist:
    """A singer, or a band."""

    artist_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Album:
    """A single, an album or a compilation. `release_date` is as precise as `precision` says."""

    album_id: str
    name: str
    album_type: str
    release_date: str
    precision: str
    total_tracks: int
    artists: tuple[Artist, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """A song under one track id, from the day `since` (an ordinal) on."""

    track_id: str
    since: int
    album: Album
    track_number: int


@dataclass(frozen=True, slots=True, eq=False)  # compared and hashed as one thing: hashing all inside is slow
class Song:
    """A recording; its isrc, name and artists stay the same when its track id changes."""

    number: int
    name: str
    isrc: str
    artists: tuple[Artist, ...]
    duration_ms: int
    explicit: bool
    editions: tuple[Edition, ...]
    curve: Curve

    def edition_on(self, day: int) -> Edition:
        """Return the edition that people play on a day: the newest by then."""
        out = [edition for edition in self.editions if edition.since <= day]
        return out[-1] if out else self.editions[0]
