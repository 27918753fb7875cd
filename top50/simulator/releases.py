"""New songs: each week's releases are made from the seed and the week alone, whatever was asked before."""

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from top50.simulator import ids, names
from top50.simulator.curves import Hit
from top50.simulator.songs import Album, Artist, Edition, Song

FIRST_WEEK = date(2006, 1, 6).toordinal()  # a Friday, the day on which songs are released
OLD_SONGS = 28  # the numbers before these belong to the catalogue
PER_WEEK = 15
EDITIONS = 2  # a song's track ids: as a single, then perhaps on an album
NEW_ARTISTS = 40  # a year
KNOWN_ARTISTS = 400


def week_of(day: int) -> int:
    """The week of an ordinal, Friday to Thursday, counted from `FIRST_WEEK`."""
    return (day - FIRST_WEEK) // 7


@lru_cache(maxsize=512)
def releases(week: int, seed: int) -> tuple[Song, ...]:
    """The songs released in a week."""
    label = _Label(week, seed, Random(f"{seed}/releases/{week}"))
    first = OLD_SONGS + week * PER_WEEK
    together = label.dice.choice((0, 0, 3, 4, 5))  # songs of one album, which all enter at once
    songs = label.album_songs(range(first, first + together))
    return (*songs, *(label.single(number) for number in range(first + together, first + PER_WEEK)))


@lru_cache(maxsize=2048)
def artist(number: int, seed: int) -> Artist:
    """The artist of a number."""
    return Artist(ids.encode("artist", number, seed), names.artist_name(number, seed))


def isrc(number: int, year: int, *, registrant: str = "SIM") -> str:
    """An International Standard Recording Code; no country is called ZZ."""
    return f"ZZ{registrant}{year % 100:02}{number % 100_000:05}"


def track_id(number: int, edition: int, seed: int) -> str:
    """The track id of a song's edition: 0 or 1."""
    return ids.encode("track", number * EDITIONS + edition, seed)


def album_id(number: int, edition: int, seed: int) -> str:
    """The id of the album on which a song's edition was first published."""
    return ids.encode("album", number * EDITIONS + edition, seed)


@dataclass(frozen=True, slots=True)
class _Label:
    """Makes the songs of one week."""

    week: int
    seed: int
    dice: Random

    def single(self, number: int) -> Song:
        late = self.dice.choices((0, 1, 2, 3, 5), weights=(70, 6, 6, 6, 12))[0]
        released = FIRST_WEEK + self.week * 7 + late
        curve = self._hit(released, self._strength(number), weeks_to_peak=self.dice.choice((0, 0, 0, 1, 4)))
        artists = self._artists()
        name, day = names.song_name(number, self.seed), date.fromordinal(released).isoformat()
        album = Album(album_id(number, 0, self.seed), name, "single", day, "day", 1, artists)
        editions = (
            Edition(track_id(number, 0, self.seed), released, album, 1),
            *self._later(number, curve, artists),
        )
        return self._song(number, artists, editions, curve)

    def album_songs(self, numbers: range) -> list[Song]:
        """Songs of one artist on one album, out on the same Friday: strong at once, soon gone."""
        fame = self.dice.expovariate(1.6)
        album = self._album(numbers.start, FIRST_WEEK + self.week * 7, self._artists()[:1])
        return [self._album_song(number, album, fame) for number in numbers]

    def _album_song(self, number: int, album: Album, fame: float) -> Song:
        released = FIRST_WEEK + self.week * 7
        artists = tuple(dict.fromkeys((*album.artists, *self._artists()[1:])))
        track_number = self.dice.randint(1, album.total_tracks)
        edition = Edition(track_id(number, 0, self.seed), released, album, track_number)
        curve = self._hit(released, fame + 0.8 * self.dice.random(), weeks_to_peak=0)
        return self._song(number, artists, (edition,), curve)

    def _later(self, number: int, curve: Hit, artists: tuple[Artist, ...]) -> list[Edition]:
        """For some singles the edition on an album, weeks after: another track id for the same song."""
        if self.dice.random() > 0.4:
            return []
        since = curve.released + self.dice.randint(21, 120)
        album = self._album(number, since, artists[:1])
        return [
            Edition(track_id(number, 1, self.seed), since, album, self.dice.randint(1, album.total_tracks))
        ]

    def _album(self, number: int, released: int, artists: tuple[Artist, ...]) -> Album:
        name, day = names.album_name(number, self.seed), date.fromordinal(released).isoformat()
        tracks = self.dice.randint(8, 23)
        return Album(album_id(number, 1, self.seed), name, "album", day, "day", tracks, artists)

    def _artists(self) -> tuple[Artist, ...]:
        """One to five different artists; the few that are well known at the time sing most."""
        count = self.dice.choices((1, 2, 3, 5), weights=(60, 30, 8, 2))[0]
        newest = KNOWN_ARTISTS + NEW_ARTISTS * self.week // 52
        numbers: dict[int, None] = {}
        while len(numbers) < count:
            numbers[newest - 1 - int(KNOWN_ARTISTS * self.dice.random() ** 2)] = None
        return tuple(artist(number, self.seed) for number in numbers)

    def _strength(self, number: int) -> float:
        """Exponential, one draw from each stratum of a week's numbers: no week without a strong song."""
        stratum = (number - OLD_SONGS) % PER_WEEK
        return -math.log(1 - (stratum + self.dice.random()) / PER_WEEK)

    def _hit(self, released: int, strength: float, *, weeks_to_peak: float) -> Hit:
        returns = self.dice.random() < 0.3
        return Hit(
            released=released,
            strength=strength,
            peak_age=weeks_to_peak + 0.5,
            climb=0.1 + 0.3 * self.dice.random(),
            fall=0.1 + 0.45 * self.dice.random() ** 2,
            comeback_age=10 + 50 * self.dice.random(),
            comeback_strength=self.dice.expovariate(1.15) if returns else -math.inf,
        )

    def _song(
        self, number: int, artists: tuple[Artist, ...], editions: tuple[Edition, ...], curve: Hit
    ) -> Song:
        name = names.song_name(number, self.seed)
        code = isrc(number, date.fromordinal(curve.released).year)
        length, explicit = self.dice.randint(95_000, 330_000), self.dice.random() < 0.35
        return Song(number, name, code, artists, length, explicit, editions, curve)
