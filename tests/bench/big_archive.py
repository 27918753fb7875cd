"""A merged archive in the shape of Kaggle's charts_songs_daily.csv: 73 regions of 200 rows a day."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from string import ascii_letters, ascii_lowercase, digits

HEADER = (
    "date,country,rank,uri,artist_names,track_name,label,peak_rank,previous_rank,days_on_chart,streams,"
    "consecutive_days,entry_status,peak_date,entry_rank,entry_date,release_date,artist_uris"
)
REGIONS = ["global", *(f"{first}{second}" for first in ascii_lowercase[:8] for second in ascii_lowercase[:9])]
LENGTH = 200
_SONGS = 3000


def write_archive(file: Path, size: int, dice: Random) -> Path:
    """Write whole days from 2017 on until the file has so many bytes."""
    songs = [_song(dice) for _ in range(_SONGS)]
    day, written = date(2017, 1, 1), 0
    with file.open("w", encoding="utf-8", newline="") as opened:
        opened.write(HEADER + "\n")
        while written < size:
            for region in REGIONS:
                start = dice.randrange(_SONGS - LENGTH)
                written += opened.write("".join(_rows(day, region, songs[start : start + LENGTH])))
            day += timedelta(days=1)
    return file


def _song(dice: Random) -> tuple[str, str]:
    """Return what stands before the figures, and behind them."""
    names = [f"Artist {dice.randrange(1000)}" for _ in range(dice.choice([1, 1, 2]))]
    number = dice.randrange(10_000)
    title = dice.choice([f"Song {number}", f'"Song, the ""{number}"" one"'])
    uris = "|".join(f"spotify:artist:{_id(dice)}" for _ in names)
    return f"spotify:track:{_id(dice)},{'|'.join(names)},{title},Label {number % 50}", uris


def _id(dice: Random) -> str:
    return "".join(dice.choices(ascii_letters + digits, k=22))


def _rows(day: date, region: str, songs: list[tuple[str, str]]) -> Iterator[str]:
    for rank, (before, behind) in enumerate(songs, start=1):
        figures = (
            f"1,{rank + 1},{rank + 3},{1_000_000 - rank},3,MOVED_UP,2017-01-01,{rank},2017-01-01,2016-10-28"
        )
        yield f"{day},{region},{rank},{before},{figures},{behind}\n"
