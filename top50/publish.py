"""Tables → Parquet files in the lake, each whole or not at all, dimensions before facts.

Every file is read, merged and written only if it is still what was read; a lost race starts over.
A song and its artists stand in two files: `song_artists` is written first, so that after a crash
between the two the song still has its older row and the same merge ends at the same bytes.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import polars as pl

from top50.errors import LakeConflict
from top50.lake.base import Lake, Stored
from top50.merge import (
    merge_albums,
    merge_artists,
    merge_charts,
    merge_songs,
    split_artist_ids,
    with_artist_ids,
)
from top50.parquet import check_footer, from_parquet, metadata_size, to_parquet
from top50.snapshot import SIMULATOR
from top50.tables import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, Table

TRANSFORMED = "transformed_data/"

_ATTEMPTS = 25

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Published:
    """One file after a publish."""

    table: str
    key: str
    rows: int
    added: int
    """How many rows more than before."""
    changed: bool
    """Whether it was written; a file whose bytes would be the same is left alone."""

    def after(self, before: "Published") -> "Published":
        """Return this publish of a file and the one before it as one."""
        return replace(self, added=self.added + before.added, changed=self.changed or before.changed)


def publish(lake: Lake, tables: Mapping[str, pl.DataFrame]) -> list[Published]:
    """Merge new rows into the lake's files. Raises LakeError, LakeUnavailable, LakeConflict."""
    entries = _partitions(tables[CHART_ENTRIES.name])
    return [
        _retried(partial(_publish_one, lake, _file(ARTIST), tables[ARTIST.name], merge_artists)),
        _retried(partial(_publish_one, lake, _file(ALBUM), tables[ALBUM.name], merge_albums)),
        *_retried(partial(_publish_songs, lake, tables)),
        *[_retried(partial(_publish_one, lake, file, rows, merge_charts)) for file, rows in entries],
    ]


@dataclass(frozen=True)
class File:
    """One file of a table: its key, and the values of the partitions that it stands for."""

    table: Table
    key: str
    partitions: dict[str, str]

    def read(self, lake: Lake) -> tuple[Stored | None, pl.DataFrame]:
        """Return the file as it is stored, and its rows: none when there is no file."""
        stored = lake.read(self.key)
        if stored is None:
            return None, pl.DataFrame(schema=self.table.types)
        return stored, from_parquet(self.table, stored.content, self.partitions)

    def write(self, lake: Lake, rows: pl.DataFrame, old: Stored | None, before: int) -> Published:
        """Write the rows unless the file has them already, and read the footer back."""
        checked = self.table.check(rows)
        content = to_parquet(self.table, checked)
        changed = (old is None and not rows.is_empty()) or (old is not None and old.content != content)
        if changed:
            version = lake.replace(self.key, content, old)
            footer = lake.tail(self.key, version, metadata_size(content))
            if footer is not None:  # else somebody has written a newer one already
                check_footer(self.table, footer, rows.height)
        return Published(self.table.name, self.key, rows.height, rows.height - before, changed)


def _file(table: Table, **partitions: str) -> File:
    folders = "".join(f"{name}={value}/" for name, value in partitions.items())
    return File(table, f"{TRANSFORMED}{table.name}/{folders}{table.name}.parquet", partitions)


def chart_file(chart: str, year: int) -> File:
    """Return the file of a chart's entries of one year."""
    return _file(CHART_ENTRIES, chart=chart, year=f"{year:04}")


def years_of(lake: Lake, chart: str) -> list[int]:
    """Return the years that a chart has entries of, in order."""
    keys = [item.key for item in lake.list(f"{TRANSFORMED}{CHART_ENTRIES.name}/chart={chart}/")]
    return sorted(int(key.split("/")[-2].removeprefix("year=")) for key in keys)


def songs_file() -> File:
    """Return the file of the songs."""
    return _file(SONGS)


def _partitions(entries: pl.DataFrame) -> Iterator[tuple[File, pl.DataFrame]]:
    names = list(CHART_ENTRIES.partitions)
    for (chart, year), rows in sorted(entries.partition_by(names, as_dict=True).items()):
        yield chart_file(str(chart), int(str(year))), rows


def _publish_one(
    lake: Lake, file: File, new: pl.DataFrame, merge: Callable[[pl.DataFrame], pl.DataFrame]
) -> Published:
    stored, rows = file.read(lake)
    merged = merge(pl.concat([_not_read_again(file.table, rows, new), new]))
    return file.write(lake, merged, stored, rows.height)


def _not_read_again(table: Table, rows: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Leave out entries of a raw object that is among the new: it may say more now, or less."""
    if table is not CHART_ENTRIES:
        return rows
    return rows.join(new, on=["chart", "chart_date", "raw_key"], how="anti")


def _publish_songs(lake: Lake, new: Mapping[str, pl.DataFrame]) -> list[Published]:
    songs_at, artists_at = _file(SONGS), _file(SONG_ARTISTS)
    stored_artists, song_artists = artists_at.read(lake)
    stored_songs, songs = songs_at.read(lake)
    known = with_artist_ids(songs, song_artists)
    coming = with_artist_ids(new[SONGS.name], new[SONG_ARTISTS.name])
    merged_songs, merged_artists = split_artist_ids(merge_songs(pl.concat([known, coming])))
    return [
        artists_at.write(lake, merged_artists, stored_artists, song_artists.height),
        songs_at.write(lake, merged_songs, stored_songs, songs.height),
    ]


def _retried(attempt: Callable[[], _Result]) -> _Result:
    for number in range(1, _ATTEMPTS):
        try:
            return attempt()
        except LakeConflict:
            time.sleep(random.uniform(0, 0.05 * number))  # so that many writers do not march in step
    return attempt()


def holds_simulated(lake: Lake) -> bool | None:
    """Say whether the lake holds simulated charts; None when it holds no chart at all."""
    item = next(iter(lake.list(f"{TRANSFORMED}{CHART_ENTRIES.name}/")), None)
    stored = lake.read(item.key) if item else None
    if stored is None:
        return None
    sources = from_parquet(CHART_ENTRIES, stored.content, {"chart": "", "year": ""})["source"]
    return bool((sources == SIMULATOR).any())
