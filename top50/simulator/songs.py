"""What a song is: a recording with its artists, its editions, and how much it is played."""

from dataclasses import dataclass

from top50.simulator.curves import Curve


@dataclass(frozen=True, slots=True)
class Artist:
    """Somebody who sings."""

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
    """A recording; it keeps its isrc, its name and its artists when its track id changes."""

    number: int
    name: str
    isrc: str
    artists: tuple[Artist, ...]
    duration_ms: int
    explicit: bool
    editions: tuple[Edition, ...]
    curve: Curve

    def edition_on(self, day: int) -> Edition:
        """The edition that people play on a day: the newest by then."""
        out = [edition for edition in self.editions if edition.since <= day]
        return out[-1] if out else self.editions[0]
