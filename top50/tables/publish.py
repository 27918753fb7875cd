"""Tables → Parquet files in the lake, each whole or not at all, dimensions before facts.

Every file is read, merged and written only if it is still what was read; after a lost race that is
done again.

A song and its artists are stored in two files and must come from the same raw object. So songs.parquet
has each song's artist ids in its metadata: it alone decides, with one conditional write, and
song_artists.parquet is derived from it. After a crash between the two, the next run derives it again.
Likewise chart_entries.parquet has in its metadata which charts came from an object that does not name
its chart (`Frames.unnamed`): an object that does name it replaces them, in whatever run.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

import polars as pl

from top50.errors import LakeConflict
from top50.lake.base import Lake
from top50.tables.completeness import Losses
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
from top50.tables.schemas import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, Frames

_ATTEMPTS = 25

_Result = TypeVar("_Result")


def publish(lake: Lake, tables: Mapping[str, pl.DataFrame]) -> list[Published]:
    """Merge new rows into the lake's files; return all files that they belong to.

    Raises LakeError, LakeUnavailable, LakeConflict.
    """
    unnamed = tables.unnamed if isinstance(tables, Frames) else frozenset()
    entries = with_says_chart(tables[CHART_ENTRIES.name], unnamed)
    charts = entries.partition_by(list(CHART_ENTRIES.partitions), as_dict=True)
    losses = Losses(lake)
    return [
        _merge_into(lake, losses, table_file(ARTIST), tables[ARTIST.name], merge_artists)[0],
        _merge_into(lake, losses, table_file(ALBUM), tables[ALBUM.name], merge_albums)[0],
        *_publish_songs(lake, losses, with_artist_ids(tables[SONGS.name], tables[SONG_ARTISTS.name])),
        *[
            _merge_into(lake, losses, chart_file(str(chart), int(str(year))), rows, merge_charts)[0]
            for (chart, year), rows in sorted(charts.items())
        ],
    ]


def _merge_into(
    lake: Lake,
    losses: Losses,
    file: File,
    new: pl.DataFrame,
    merge: Callable[[pl.DataFrame], pl.DataFrame],
) -> tuple[Published, pl.DataFrame]:
    """Merge rows into a file; return what was published, and the rows that the file has now."""

    def attempt() -> tuple[Published, pl.DataFrame]:
        stored, rows = file.read(lake)
        others = rows
        if file.table is CHART_ENTRIES:  # a raw object that was read again may give more rows now, or fewer
            others = rows.join(new, on=["chart", "chart_date", "raw_key"], how="anti")
        merged = merge(concat_charts([others, new]))
        if stored is None and not merged.is_empty():
            losses.check_new(file)
        return file.write(lake, merged, stored, rows.height), merged

    return _retried(attempt)


def _publish_songs(lake: Lake, losses: Losses, new: pl.DataFrame) -> list[Published]:
    """Publish songs, then derive song_artists from them."""
    published, songs = _merge_into(lake, losses, songs_file(), new, merge_songs)
    bare = bare_among(songs)
    version: str | None = published.version

    def derive_artists() -> Published:
        nonlocal songs, version
        file = table_file(SONG_ARTISTS)
        stored, rows = file.read(lake)
        if version is None:  # a retry, with the songs as they are by now
            current, songs = songs_file().read(lake)
            version = current.version if current else ""
        of_version, version = version, None
        artists = file.write(lake, split_artist_ids(songs)[1], stored, rows.height)
        if artists.changed and lake.version(songs_file().key) != of_version:
            raise LakeConflict(f"{songs_file().key} was written by somebody else meanwhile", "Run it again.")
        return artists

    return [replace(published, bare=bare), _retried(derive_artists)]


def _retried(attempt: Callable[[], _Result]) -> _Result:
    for number in range(1, _ATTEMPTS):
        try:
            return attempt()
        except LakeConflict:
            time.sleep(
                random.uniform(0, 0.05 * number)
            )  # at random, so that many writers do not collide again
    return attempt()
