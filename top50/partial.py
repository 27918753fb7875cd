"""What a batch of raw objects gives to the tables, as bytes that travel between processes.

Every rule of merge.py takes the greatest of a total order, so partial tables may be merged in any
tree: the tables are the same, to the byte, as those of all the raw objects at once.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from top50.merge import merge_albums, merge_artists, merge_charts, merge_songs, split_artist_ids
from top50.parquet import ARTIST_IDS, empty_rows
from top50.snapshot import SetAside, Wanted
from top50.tables import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, TABLES
from top50.transform import collect

ChartYear = tuple[str, str]
"""A chart and a year: the partitions that one file of chart entries stands for."""

_Merge = Callable[[pl.DataFrame], pl.DataFrame]

_DIMENSIONS: dict[str, _Merge] = {
    ARTIST.name: merge_artists,
    ALBUM.name: merge_albums,
    SONGS.name: merge_songs,
}


class Partial(NamedTuple):
    """Partial tables, as Arrow IPC: merged where that keeps them small, side by side where not."""

    objects: int
    """How many raw objects."""
    dimensions: dict[str, bytes]
    """artist, album, and songs with their `artist_ids`."""
    entries: dict[ChartYear, list[bytes]]
    """Chart entries; each of a list is merged in itself."""
    kinds: dict[bool, str]
    """The first key of the simulated (True) and of the real raw objects."""
    refused: list[SetAside]
    """Whole objects that are not in the tables, by key."""


def build_partial(raws: Iterable[tuple[str, bytes]], wanted: Wanted) -> Partial:
    """Make partial tables of (key, content) pairs: the newest first, that is the fastest."""
    collected = collect(raws, wanted)
    kinds = {kind: min(keys) for kind, keys in collected.keys.items() if keys}
    artists, albums, songs, entries = collected.columns[min(kinds, default=False)].frames()
    songs = songs.with_columns(pl.col(ARTIST_IDS).str.strip_chars_end(","))  # as with_artist_ids gives them
    dimensions = {ARTIST.name: artists, ALBUM.name: albums, SONGS.name: songs}
    return Partial(
        sum(map(len, collected.keys.values())),
        {name: _to_ipc(_DIMENSIONS[name](rows)) for name, rows in dimensions.items()},
        {years: [_to_ipc(rows)] for years, rows in _by_file(merge_charts(entries))},
        kinds,
        sorted((each for each in collected.set_aside if each.rank is None), key=lambda each: each.key),
    )


def _by_file(entries: pl.DataFrame) -> Iterable[tuple[ChartYear, pl.DataFrame]]:
    parts = entries.partition_by(list(CHART_ENTRIES.partitions), as_dict=True)
    return [((str(chart), str(year)), rows) for (chart, year), rows in parts.items()]


def merge_partials(partials: Sequence[Partial]) -> Partial:
    """Merge partial tables into one; the chart entries stay side by side, for `merge_entries`."""
    entries: dict[ChartYear, list[bytes]] = defaultdict(list)
    kinds: dict[bool, str] = {}
    for partial in partials:
        for years, contents in partial.entries.items():
            entries[years] += contents
        for kind, key in partial.kinds.items():
            kinds[kind] = min(key, kinds.get(kind, key))
    refused = sorted((each for partial in partials for each in partial.refused), key=lambda each: each.key)
    return Partial(
        sum(partial.objects for partial in partials),
        {name: _merged(name, partials) for name in _DIMENSIONS},
        dict(entries),
        kinds,
        refused,
    )


def _merged(name: str, partials: Sequence[Partial]) -> bytes:
    rows = [_from_ipc(partial.dimensions[name]) for partial in partials]
    return _to_ipc(_DIMENSIONS[name](pl.concat([empty_rows(TABLES[name]), *rows])))


def dimensions_of(partial: Partial) -> Mapping[str, pl.DataFrame]:
    """Return the rows of artist, album, songs (with `artist_ids`) and song_artists."""
    rows = {name: _from_ipc(content) for name, content in partial.dimensions.items()}
    return {**rows, SONG_ARTISTS.name: split_artist_ids(rows[SONGS.name])[1]}


def merge_entries(contents: Iterable[bytes]) -> pl.DataFrame:
    """Return the chart entries of one file from those of partial tables."""
    return merge_charts(pl.concat([empty_rows(CHART_ENTRIES), *map(_from_ipc, contents)]))


def _to_ipc(rows: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def _from_ipc(content: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(content))
