"""Old songs that return, every year at a season or now and then; and finding any song by its id."""

from functools import lru_cache
from random import Random

from top50.simulator import ids, names
from top50.simulator.curves import Curve, Perennial, Seasonal
from top50.simulator.releases import (
    EDITIONS,
    OLD_SONGS,
    PER_WEEK,
    album_id,
    artist,
    isrc,
    releases,
    track_id,
)
from top50.simulator.songs import Album, Edition, Song


@lru_cache(maxsize=16)
def catalogue(seed: int) -> tuple[Song, ...]:
    """Perennials and seasonal songs by turns, some released in a year or a month and no more precise."""
    return tuple(_old_song(number, seed) for number in range(OLD_SONGS))


def find(wanted: str, seed: int) -> tuple[Song, Edition] | None:
    """The song and the edition behind a track id, or None."""
    code = ids.decode("track", wanted, seed)
    if code is None:
        return None
    number = code // EDITIONS
    songs = catalogue(seed) if number < OLD_SONGS else releases((number - OLD_SONGS) // PER_WEEK, seed)
    pairs = ((song, edition) for song in songs for edition in song.editions)
    return next((pair for pair in pairs if pair[1].track_id == wanted), None)


def _old_song(number: int, seed: int) -> Song:
    dice = Random(f"{seed}/catalogue/{number}")
    year = dice.randint(1955, 2003)
    precision = ("day", "year", "day", "month")[number // 2 % 4]
    singers = (artist(dice.randrange(300), seed),)
    tracks = dice.randint(10, 40)
    kind = "compilation" if number % 5 == 0 else "album"
    title = names.album_name(number, seed)
    album = Album(
        album_id(number, 0, seed), title, kind, _released(year, precision, dice), precision, tracks, singers
    )
    edition = Edition(track_id(number, 0, seed), 0, album, dice.randint(1, tracks))
    code = isrc(number, year, registrant="OLD")
    duration_ms, curve = dice.randint(120_000, 290_000), _curve(number, dice)
    return Song(number, names.song_name(number, seed), code, singers, duration_ms, False, (edition,), curve)


def _released(year: int, precision: str, dice: Random) -> str:
    day = f"{year}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    return day[: {"year": 4, "month": 7, "day": 10}[precision]]


def _curve(number: int, dice: Random) -> Curve:
    if number % 2:
        return Seasonal(
            strength=1.2 + 1.8 * dice.random(),
            peak=dice.choice((357, 357, 304, 45)),
            width=25 + 20 * dice.random(),
        )
    return Perennial(strength=0.3 + dice.random(), period=200 + 900 * dice.random(), phase=dice.random())
