"""What a batch of raw objects gives to the tables, as bytes that travel between processes.

Every rule of merge.py takes the greatest of a total order, so partial tables may be merged in any
tree: the tables are the same, to the byte, as those of all the raw objects at once.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import polars as pl

from top50.read.snapshot import SetAside, Wanted
from top50.tables import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, TABLES
from top50.tables.merge import (
    concat_charts,
    merge_albums,
    merge_artists,
    merge_charts,
    merge_songs,
    split_artist_ids,
)
from top50.tables.parquet import ARTIST_IDS, empty_rows
from top50.transform import Built, checked, collect, wrong_kind

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
    set_aside: list[SetAside]
    """Rows and whole objects that are not in the tables, by key."""

    @property
    def refused(self) -> list[SetAside]:
        """Whole objects that are not in the tables."""
        return [each for each in self.set_aside if each.is_whole]


def build_partial(
    raws: Iterable[tuple[str, bytes]], wanted: Wanted, simulated: bool | None = None
) -> Partial:
    """Make partial tables of (key, content) pairs: the newest first, that is the fastest.

    `simulated` says which kind of charts to take, and the others are set aside; None takes either.
    """
    set_aside, columns, keys = collect(raws, wanted)
    kept = not keys[False] if simulated is None else simulated
    if simulated is not None:
        set_aside += [SetAside(key, wrong_kind(kept)) for key in keys.pop(not kept)]
    artists, albums, songs, entries = columns[kept].frames()
    songs = songs.with_columns(pl.col(ARTIST_IDS).str.strip_chars_end(","))  # as with_artist_ids gives them
    dimensions = {ARTIST.name: artists, ALBUM.name: albums, SONGS.name: songs}
    return Partial(
        sum(map(len, keys.values())),
        {name: _to_ipc(_DIMENSIONS[name](rows)) for name, rows in dimensions.items()},
        {years: [_to_ipc(rows)] for years, rows in _by_file(merge_charts(entries))},
        {kind: min(found) for kind, found in keys.items() if found},
        sorted(set_aside, key=lambda each: each.key),
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
    set_aside = [each for partial in partials for each in partial.set_aside]
    return Partial(
        sum(partial.objects for partial in partials),
        {name: _merged(name, partials) for name in _DIMENSIONS},
        dict(entries),
        kinds,
        sorted(set_aside, key=lambda each: each.key),
    )


def _merged(name: str, partials: Sequence[Partial]) -> bytes:
    rows = [_from_ipc(partial.dimensions[name]) for partial in partials]
    return _to_ipc(_DIMENSIONS[name](pl.concat([empty_rows(TABLES[name]), *rows])))


def dimensions_of(partial: Partial) -> Mapping[str, pl.DataFrame]:
    """Return the rows of artist, album, songs (with `artist_ids`) and song_artists."""
    names = (name for name in TABLES if name != CHART_ENTRIES.name)
    return {name: rows_of(name, content_of(partial, name)) for name in names}


def content_of(partial: Partial, name: str) -> bytes:
    """Return what `rows_of` makes the rows of a dimension from; song_artists lie in the songs."""
    return partial.dimensions[SONGS.name if name == SONG_ARTISTS.name else name]


def rows_of(name: str, content: bytes) -> pl.DataFrame:
    """Return the rows of a dimension."""
    rows = _from_ipc(content)
    return split_artist_ids(rows)[1] if name == SONG_ARTISTS.name else rows


def tables_of(partial: Partial) -> Built:
    """Return partial tables as `build_tables` gives those of the same raw objects."""
    rows = dict(dimensions_of(partial))
    rows[SONGS.name] = rows[SONGS.name].drop(ARTIST_IDS)
    rows[CHART_ENTRIES.name] = merge_entries(chain(*partial.entries.values()))
    return Built(checked(rows), partial.set_aside)


def merge_entries(contents: Iterable[bytes]) -> pl.DataFrame:
    """Return the chart entries of one file from those of partial tables."""
    return merge_charts(concat_charts([empty_rows(CHART_ENTRIES), *map(_from_ipc, contents)]))


def _to_ipc(rows: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def _from_ipc(content: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(content))
