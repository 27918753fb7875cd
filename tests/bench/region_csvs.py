"""CSVs of many regions' charts, week after week: songs come and go, half of them are on other charts too."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tests.unit.builders import NEW_HEADER
from top50.charts import GROUPS

CHARTS = GROUPS["all-weekly"]

_NEWEST = date(2026, 11, 26)
_ROWS = 50
_NEW_A_WEEK = 8
"""Of fifty."""

_SHARED_BELOW = 1_000_000
"""Numbers of the songs that are heard everywhere; each region has as many of its own."""


def written(weeks: int, regions: int, folder: Path) -> list[list[Path]]:
    """Write the charts of so many weeks and regions; return the files of each week, the oldest first."""
    folder.mkdir(parents=True)
    charts = [_weeks(number, weeks) for number in range(regions)]
    files = []
    for week in range(weeks):
        day = _NEWEST - timedelta(weeks=weeks - 1 - week)
        files.append(
            [_written(CHARTS[number], day, next(songs), folder) for number, songs in enumerate(charts)]
        )
    return files


def _weeks(region: int, weeks: int) -> Iterator[list[int]]:
    """Yield the songs of each week, by rank."""
    chance, own, songs = random.Random(region), 0, list[int]()
    for week in range(weeks):
        fresh = []
        for _ in range(_NEW_A_WEEK if songs else _ROWS):
            own += 1
            everywhere = chance.random() < 0.5
            fresh.append(
                week * 20 + chance.randrange(200) if everywhere else (region + 1) * _SHARED_BELOW + own
            )
        stay = [song for song in songs if song not in fresh]
        chance.shuffle(stay)
        songs = list(dict.fromkeys(fresh + stay))[:_ROWS]
        chance.shuffle(songs)
        yield list(songs)


def _written(chart: str, day: date, songs: list[int], folder: Path) -> Path:
    lines = [
        f'{rank},spotify:track:song{song:018},"Artist {song % 3000}","Song {song}",Label {song % 400},1,-1,1,'
        f'"{9_000 - rank}"\r\n'
        for rank, song in enumerate(songs, 1)
    ]
    file = folder / f"regional-{chart}-{day}.csv"
    file.write_bytes(f"\ufeff{NEW_HEADER}\r\n{''.join(lines)}".encode())
    return file
