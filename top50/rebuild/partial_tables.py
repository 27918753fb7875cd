"""The tables of a batch of raw objects, as bytes that can be sent between processes.

Every rule of merge.py takes the greatest of a total order, so partial tables may be merged in any
tree: the tables are the same, to the byte, as those of all the raw objects at once.
"""

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import polars as pl

from top50.raw import SetAside
from top50.read.snapshot import Wanted
from top50.tables.merge import MERGES, concat_charts, merge_charts, split_artist_ids
from top50.tables.parquet import ARTIST_IDS, empty_rows
from top50.tables.schemas import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, TABLES
from top50.transform import Built, checked, collect, wrong_kind

# A chart and a year: the partitions of one file of chart entries.
ChartYear = tuple[str, str]


class Partial(NamedTuple):
    """Partial tables, as Arrow IPC; dimensions are merged, chart entries are a list of merged parts."""

    objects: int  # how many raw objects they were built from
    dimensions: dict[str, bytes]  # artist, album, and songs with their `artist_ids`
    entries: dict[ChartYear, list[bytes]]
    kinds: dict[bool, str]  # the first key of the simulated (True) and of the real raw objects
    set_aside: list[SetAside]  # rows and whole objects that are not in the tables, ordered by key

    @property
    def refused(self) -> list[SetAside]:
        """Whole objects that are not in the tables."""
        return [aside for aside in self.set_aside if aside.is_whole]


def build_partial(
    raws: Iterable[tuple[str, bytes]], wanted: Wanted, simulated: bool | None = None
) -> Partial:
    """Build partial tables of (key, content) pairs, fastest when the newest come first.

    simulated: whether to take simulated or real charts, and set the others aside; None takes either.
    """
    set_aside, columns, keys = collect(raws, wanted)
    kind = not keys[False] if simulated is None else simulated
    if simulated is not None:
        set_aside += [SetAside(key, wrong_kind(kind)) for key in keys.pop(not kind)]
    artists, albums, songs, entries = columns[kind].frames()
    songs = songs.with_columns(pl.col(ARTIST_IDS).str.strip_chars_end(","))  # as with_artist_ids gives them
    dimensions = {ARTIST.name: artists, ALBUM.name: albums, SONGS.name: songs}
    years = merge_charts(entries).partition_by(list(CHART_ENTRIES.partitions), as_dict=True)
    return Partial(
        sum(map(len, keys.values())),
        {name: _to_ipc(MERGES[name](rows)) for name, rows in dimensions.items()},
        {(str(chart), str(year)): [_to_ipc(rows)] for (chart, year), rows in years.items()},
        {kind: min(found) for kind, found in keys.items() if found},
        sorted(set_aside, key=lambda aside: aside.key),
    )


def merge_partials(partials: Sequence[Partial]) -> Partial:
    """Merge partial tables into one; chart entries stay a list of parts, for `merge_entries`."""
    entries: dict[ChartYear, list[bytes]] = defaultdict(list)
    kinds: dict[bool, str] = {}
    for partial in partials:
        for years, contents in partial.entries.items():
            entries[years] += contents
        for kind, key in partial.kinds.items():
            kinds[kind] = min(key, kinds.get(kind, key))
    dimensions: dict[str, bytes] = {}
    for name, merge in MERGES.items():
        rows = [_from_ipc(partial.dimensions[name]) for partial in partials]
        dimensions[name] = _to_ipc(merge(pl.concat([empty_rows(TABLES[name]), *rows])))
    set_aside = [aside for partial in partials for aside in partial.set_aside]
    objects = sum(partial.objects for partial in partials)
    return Partial(objects, dimensions, dict(entries), kinds, sorted(set_aside, key=lambda aside: aside.key))


def dimensions_of(partial: Partial) -> Mapping[str, pl.DataFrame]:
    """Return the rows of artist, album, songs (with `artist_ids`) and song_artists."""
    names = (name for name in TABLES if name != CHART_ENTRIES.name)
    return {name: rows_of(name, content_of(partial, name)) for name in names}


def content_of(partial: Partial, name: str) -> bytes:
    """Return the content from which `rows_of` gives a dimension; song_artists are part of the songs."""
    return partial.dimensions[SONGS.name if name == SONG_ARTISTS.name else name]


def rows_of(name: str, content: bytes) -> pl.DataFrame:
    """Return the rows of a dimension; content: see `content_of`."""
    rows = _from_ipc(content)
    return split_artist_ids(rows)[1] if name == SONG_ARTISTS.name else rows


def tables_of(partial: Partial) -> Built:
    """Return the tables that `build_tables` would give for the same raw objects."""
    rows = dict(dimensions_of(partial))
    rows[SONGS.name] = rows[SONGS.name].drop(ARTIST_IDS)
    rows[CHART_ENTRIES.name] = merge_entries(chain(*partial.entries.values()))
    return Built(checked(rows), partial.set_aside)


def merge_entries(contents: Iterable[bytes]) -> pl.DataFrame:
    """Merge the parts of chart entries that belong to one file."""
    return merge_charts(concat_charts([empty_rows(CHART_ENTRIES), *map(_from_ipc, contents)]))


def _to_ipc(rows: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.write_ipc(buffer, compression="lz4")
    return buffer.getvalue()


def _from_ipc(content: bytes) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(content))
