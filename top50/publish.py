"""Tables → Parquet files in the lake, each whole or not at all, dimensions before facts.

Every file is read, merged and written only if it is still what was read; a lost race starts over.

A song and its artists stand in two files and must come from the same raw object. So songs.parquet
keeps each song's artist ids in its metadata: it alone decides, with one conditional write, and
song_artists.parquet is made from it. After a crash between the two the next run makes it again.
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
    IS_FULL,
    merge_albums,
    merge_artists,
    merge_charts,
    merge_songs,
    split_artist_ids,
    with_artist_ids,
)
from top50.parquet import check_footer, empty_rows, from_parquet, metadata_size, to_parquet
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
    version: str = ""
    """The version that the lake gave it."""
    bare: tuple[str, ...] = ()
    """Of songs: the ids of those that Spotify was not asked for yet, those charted last first."""

    def after(self, before: "Published") -> "Published":
        """Return this publish of a file and the one before it as one."""
        return replace(self, added=self.added + before.added, changed=self.changed or before.changed)


def publish(lake: Lake, tables: Mapping[str, pl.DataFrame]) -> list[Published]:
    """Merge new rows into the lake's files. Raises LakeError, LakeUnavailable, LakeConflict."""
    entries = _partitions(tables[CHART_ENTRIES.name])
    return [
        _retried(partial(_publish_one, lake, _file(ARTIST), tables[ARTIST.name], merge_artists)),
        _retried(partial(_publish_one, lake, _file(ALBUM), tables[ALBUM.name], merge_albums)),
        *_publish_songs(lake, with_artist_ids(tables[SONGS.name], tables[SONG_ARTISTS.name])),
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
            return None, empty_rows(self.table)
        return stored, from_parquet(self.table, stored.content, self.partitions, self.key)

    def write(self, lake: Lake, rows: pl.DataFrame, old: Stored | None, before: int) -> Published:
        """Write the rows unless the file has them already, and read the footer back."""
        rows = rows.sort(self.table.key)
        self.table.check(rows.select(list(self.table.types)))
        content = to_parquet(self.table, rows)
        version = old.version if old else ""
        changed = old.content != content if old else not rows.is_empty()
        if changed:
            version = lake.replace(self.key, content, old)
            footer = lake.tail(self.key, version, metadata_size(content))
            if footer is not None:  # else somebody has written a newer one already
                check_footer(self.table, footer, rows.height)
        return Published(self.table.name, self.key, rows.height, rows.height - before, changed, version)


def _file(table: Table, **partitions: str) -> File:
    folders = "".join(f"{name}={value}/" for name, value in partitions.items())
    return File(table, f"{TRANSFORMED}{table.name}/{folders}{table.name}.parquet", partitions)


def chart_file(chart: str, year: int) -> File:
    """Return the file of a chart's entries of one year."""
    return _file(CHART_ENTRIES, chart=chart, year=f"{year:04}")


def years_of(lake: Lake, chart: str) -> list[int]:
    """Return the years that a chart has entries of, in order."""
    parts = [file.partitions for file in files_of(lake, CHART_ENTRIES)]
    return sorted(int(part["year"]) for part in parts if part["chart"] == chart)


def songs_file() -> File:
    """Return the file of the songs."""
    return _file(SONGS)


def files_of(lake: Lake, table: Table) -> list[File]:
    """Return the files that a table has in the lake, by key."""
    keys = sorted(item.key for item in lake.list(f"{TRANSFORMED}{table.name}/"))
    return [
        File(table, key, dict(part.split("=", 1) for part in key.split("/") if "=" in part)) for key in keys
    ]


def _partitions(entries: pl.DataFrame) -> Iterator[tuple[File, pl.DataFrame]]:
    names = list(CHART_ENTRIES.partitions)
    for (chart, year), rows in sorted(entries.partition_by(names, as_dict=True).items()):
        yield chart_file(str(chart), int(str(year))), rows


def _publish_one(
    lake: Lake, file: File, new: pl.DataFrame, merge: Callable[[pl.DataFrame], pl.DataFrame]
) -> Published:
    return _merge_into(lake, file, new, merge)[0]


def _merge_into(
    lake: Lake, file: File, new: pl.DataFrame, merge: Callable[[pl.DataFrame], pl.DataFrame]
) -> tuple[Published, pl.DataFrame]:
    stored, rows = file.read(lake)
    merged = merge(pl.concat([_not_read_again(file.table, rows, new), new]))
    return file.write(lake, merged, stored, rows.height), merged


def _not_read_again(table: Table, rows: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Leave out entries of a raw object that is among the new: it may say more now, or less."""
    if table is not CHART_ENTRIES:
        return rows
    return rows.join(new, on=["chart", "chart_date", "raw_key"], how="anti")


def _publish_songs(lake: Lake, new: pl.DataFrame) -> list[Published]:
    songs, rows = _retried(partial(_merge_into, lake, songs_file(), new, merge_songs))
    return [replace(songs, bare=_bare(rows)), _retried(_SongArtists(lake, songs.version, rows).publish)]


def _bare(songs: pl.DataFrame) -> tuple[str, ...]:
    newest_first = songs.filter(~IS_FULL).sort("updated_at", "song_id", descending=[True, False])
    return tuple(newest_first["song_id"])


def bare_songs(lake: Lake) -> tuple[str, ...]:
    """Return the ids of the songs of which only a chart's line is known, those charted last first."""
    return _bare(songs_file().read(lake)[1])


class _SongArtists:
    """Makes song_artists from the songs of one version; a retry takes the songs as they are by then."""

    def __init__(self, lake: Lake, version: str, songs: pl.DataFrame) -> None:
        self._lake = lake
        self._version: str | None = version
        self._songs = songs

    def publish(self) -> Published:
        """Write the file; raises LakeConflict when the songs have moved on, so that it is made again."""
        file = _file(SONG_ARTISTS)
        stored, rows = file.read(self._lake)
        if self._version is None:
            self._read_songs()
        version, self._version = self._version, None
        published = file.write(self._lake, split_artist_ids(self._songs)[1], stored, rows.height)
        if published.changed and self._lake.version(songs_file().key) != version:
            raise LakeConflict(f"{songs_file().key} was written by somebody else meanwhile", "Run it again.")
        return published

    def _read_songs(self) -> None:
        stored, self._songs = songs_file().read(self._lake)
        self._version = stored.version if stored else ""


def _retried(attempt: Callable[[], _Result]) -> _Result:
    for number in range(1, _ATTEMPTS):
        try:
            return attempt()
        except LakeConflict:
            time.sleep(random.uniform(0, 0.05 * number))  # so that many writers do not march in step
    return attempt()


def holds_simulated(lake: Lake) -> bool | None:
    """Say whether the lake holds simulated charts; None when it holds no chart at all."""
    files = files_of(lake, CHART_ENTRIES)
    if not files:
        return None
    return bool((files[0].read(lake)[1]["source"] == SIMULATOR).any())
