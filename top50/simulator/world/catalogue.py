"""Which songs exist: old ones that return, each week's releases, and any song by its track id.

Each week's releases follow from the seed and the week alone, in whatever order they are requested.
"""

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random

from top50.simulator.world import ids, names
from top50.simulator.world.songs import Album, Artist, Curve, Edition, Hit, Perennial, Seasonal, Song

FIRST_WEEK = date(2006, 1, 6).toordinal()  # a Friday, the day on which songs are released
OLD_SONGS = 28  # they have the first numbers
PER_WEEK = 15
EDITIONS = 2  # a song's track ids: as a single, then perhaps on an album
NEW_ARTISTS = 40  # a year
FAMOUS_ARTISTS = 400


def week_of(day: int) -> int:
    """Return the week of an ordinal, Friday to Thursday, counted from `FIRST_WEEK`."""
    return (day - FIRST_WEEK) // 7


@lru_cache(maxsize=512)
def releases(week: int, seed: int) -> tuple[Song, ...]:
    """Return the songs released in a week."""
    release_week = _ReleaseWeek(week, seed, Random(f"{seed}/releases/{week}"))
    first = OLD_SONGS + week * PER_WEEK
    on_album = release_week.dice.choice((0, 0, 3, 4, 5))  # songs of one album, which all enter at once
    songs = release_week.album_songs(range(first, first + on_album))
    return (*songs, *(release_week.single(number) for number in range(first + on_album, first + PER_WEEK)))


@lru_cache(maxsize=2048)
def artist(number: int, seed: int) -> Artist:
    """Return the artist of a number."""
    return Artist(ids.encode("artist", number, seed), names.artist_name(number, seed))


def isrc(number: int, year: int, *, registrant: str = "SIM") -> str:
    """Return an International Standard Recording Code; ZZ is not the code of any country."""
    return f"ZZ{registrant}{year % 100:02}{number % 100_000:05}"


def track_id(number: int, edition: int, seed: int) -> str:
    """Return the track id of a song's edition: 0 or 1."""
    return ids.encode("track", number * EDITIONS + edition, seed)


def album_id(number: int, edition: int, seed: int) -> str:
    """Return the id of the album on which a song's edition was first published."""
    return ids.encode("album", number * EDITIONS + edition, seed)


@dataclass(frozen=True, slots=True)
class _ReleaseWeek:
    """Makes the songs of one week. The order of the dice is part of the world: another order, other songs."""

    week: int
    seed: int
    dice: Random

    def single(self, number: int) -> Song:
        late = self.dice.choices((0, 1, 2, 3, 5), weights=(70, 6, 6, 6, 12))[0]
        released = FIRST_WEEK + self.week * 7 + late
        # Exponential, one draw from each stratum of a week's numbers: no week without a strong song.
        stratum = (number - OLD_SONGS) % PER_WEEK
        strength = -math.log(1 - (stratum + self.dice.random()) / PER_WEEK)
        curve = self._hit(released, strength, weeks_to_peak=self.dice.choice((0, 0, 0, 1, 4)))
        artists = self._artists()
        name, day = names.song_name(number, self.seed), date.fromordinal(released).isoformat()
        album = Album(album_id(number, 0, self.seed), name, "single", day, "day", 1, artists)
        editions = [Edition(track_id(number, 0, self.seed), released, album, 1)]
        if self.dice.random() <= 0.4:  # on an album, weeks later: another track id for the same song
            since = released + self.dice.randint(21, 120)
            album = self._album(number, since, artists[:1])
            track_number = self.dice.randint(1, album.total_tracks)
            editions.append(Edition(track_id(number, 1, self.seed), since, album, track_number))
        return self._song(number, artists, tuple(editions), curve)

    def album_songs(self, numbers: range) -> list[Song]:
        """Return songs of one artist on one album, out on the same Friday: strong at once, soon gone."""
        fame = self.dice.expovariate(1.6)
        released = FIRST_WEEK + self.week * 7
        album = self._album(numbers.start, released, self._artists()[:1])
        songs = []
        for number in numbers:
            artists = tuple(dict.fromkeys((*album.artists, *self._artists()[1:])))
            track_number = self.dice.randint(1, album.total_tracks)
            edition = Edition(track_id(number, 0, self.seed), released, album, track_number)
            curve = self._hit(released, fame + 0.8 * self.dice.random(), weeks_to_peak=0)
            songs.append(self._song(number, artists, (edition,), curve))
        return songs

    def _album(self, number: int, released: int, artists: tuple[Artist, ...]) -> Album:
        name, day = names.album_name(number, self.seed), date.fromordinal(released).isoformat()
        tracks = self.dice.randint(8, 23)
        return Album(album_id(number, 1, self.seed), name, "album", day, "day", tracks, artists)

    def _artists(self) -> tuple[Artist, ...]:
        """Return one to five different artists; the few that are well known at the time sing most."""
        count = self.dice.choices((1, 2, 3, 5), weights=(60, 30, 8, 2))[0]
        newest = FAMOUS_ARTISTS + NEW_ARTISTS * self.week // 52
        numbers: dict[int, None] = {}
        while len(numbers) < count:
            numbers[newest - 1 - int(FAMOUS_ARTISTS * self.dice.random() ** 2)] = None
        return tuple(artist(number, self.seed) for number in numbers)

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


@lru_cache(maxsize=16)
def old_songs(seed: int) -> tuple[Song, ...]:
    """Return perennials and seasonal songs by turns, some with only the year or month of their release."""
    return tuple(_old_song(number, seed) for number in range(OLD_SONGS))


def find(wanted: str, seed: int) -> tuple[Song, Edition] | None:
    """Return the song and the edition of a track id; None for an unknown id."""
    code = ids.decode("track", wanted, seed)
    if code is None:
        return None
    number = code // EDITIONS
    songs = old_songs(seed) if number < OLD_SONGS else releases((number - OLD_SONGS) // PER_WEEK, seed)
    pairs = ((song, edition) for song in songs for edition in song.editions)
    return next((pair for pair in pairs if pair[1].track_id == wanted), None)


def _old_song(number: int, seed: int) -> Song:
    dice = Random(f"{seed}/catalogue/{number}")
    year = dice.randint(1955, 2003)
    precision = ("day", "year", "day", "month")[number // 2 % 4]
    artists = (artist(dice.randrange(300), seed),)
    tracks = dice.randint(10, 40)
    kind = "compilation" if number % 5 == 0 else "album"
    title = names.album_name(number, seed)
    day = f"{year}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    released = day[: {"year": 4, "month": 7, "day": 10}[precision]]
    album = Album(album_id(number, 0, seed), title, kind, released, precision, tracks, artists)
    edition = Edition(track_id(number, 0, seed), 0, album, dice.randint(1, tracks))
    code, duration_ms = isrc(number, year, registrant="OLD"), dice.randint(120_000, 290_000)
    curve: Curve
    if number % 2:
        curve = Seasonal(
            strength=1.2 + 1.8 * dice.random(),
            peak=dice.choice((357, 357, 304, 45)),
            width=25 + 20 * dice.random(),
        )
    else:
        curve = Perennial(strength=0.3 + dice.random(), period=200 + 900 * dice.random(), phase=dice.random())
    return Song(number, names.song_name(number, seed), code, artists, duration_ms, False, (edition,), curve)
