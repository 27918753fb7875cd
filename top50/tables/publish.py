"""Tables → Parquet files in the lake, each whole or not at all, dimensions before facts.

Every file is read, merged and written only if it is still what was read; a lost race starts over.

A song and its artists stand in two files and must come from the same raw object. So songs.parquet
keeps each song's artist ids in its metadata: it alone decides, with one conditional write, and
song_artists.parquet is made from it. After a crash between the two the next run makes it again.
Likewise chart_entries.parquet keeps in its metadata which charts came from an object that did not say
which chart it is (`Frames.unnamed`): such a chart gives way to one that does, in whatever run.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

import polars as pl

from top50.errors import LakeConflict
from top50.lake.base import Lake
from top50.tables import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, Frames, Table
from top50.tables.completeness import refuse_lost
from top50.tables.files import File, Published, bare_among, chart_file, songs_file, table_file
from top50.tables.merge import (
    concat_charts,
    merge_albums,
    merge_artists,
    merge_charts,
    merge_songs,
    split_artist_ids,
    with_artist_ids,
    with_says_chart,
)

_ATTEMPTS = 25

_Result = TypeVar("_Result")


def publish(lake: Lake, tables: Mapping[str, pl.DataFrame]) -> list[Published]:
    """Merge new rows into the lake's files. Raises LakeError, LakeUnavailable, LakeConflict."""
    unnamed = tables.unnamed if isinstance(tables, Frames) else frozenset()
    entries = _partitions(with_says_chart(tables[CHART_ENTRIES.name], unnamed))
    return [
        _retried(partial(_publish_one, lake, table_file(ARTIST), tables[ARTIST.name], merge_artists)),
        _retried(partial(_publish_one, lake, table_file(ALBUM), tables[ALBUM.name], merge_albums)),
        *_publish_songs(lake, with_artist_ids(tables[SONGS.name], tables[SONG_ARTISTS.name])),
        *[_retried(partial(_publish_one, lake, file, rows, merge_charts)) for file, rows in entries],
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
    merged = merge(concat_charts([_not_read_again(file.table, rows, new), new]))
    if stored is None and not merged.is_empty():
        refuse_lost(lake, file)
    return file.write(lake, merged, stored, rows.height), merged


def _not_read_again(table: Table, rows: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Leave out entries of a raw object that is among the new: it may say more now, or less."""
    if table is not CHART_ENTRIES:
        return rows
    return rows.join(new, on=["chart", "chart_date", "raw_key"], how="anti")


def _publish_songs(lake: Lake, new: pl.DataFrame) -> list[Published]:
    songs, rows = _retried(partial(_merge_into, lake, songs_file(), new, merge_songs))
    return [replace(songs, bare=bare_among(rows)), _retried(_SongArtists(lake, songs.version, rows).publish)]


class _SongArtists:
    """Makes song_artists from the songs of one version; a retry takes the songs as they are by then."""

    def __init__(self, lake: Lake, version: str, songs: pl.DataFrame) -> None:
        self._lake = lake
        self._version: str | None = version
        self._songs = songs

    def publish(self) -> Published:
        """Write the file; raises LakeConflict when the songs have moved on, so that it is made again."""
        file = table_file(SONG_ARTISTS)
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
