"""Raw objects → tables. No network, no disk, no orchestrator."""

import gc
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from top50.charts import SIMULATOR
from top50.errors import ChartRejected, RawError
from top50.raw import SetAside
from top50.read import read_snapshots
from top50.read.snapshot import Wanted
from top50.tables.from_snapshots import Columns
from top50.tables.merge import (
    merge_albums,
    merge_artists,
    merge_charts,
    merge_songs,
    split_artist_ids,
    unnamed_in,
)
from top50.tables.schemas import CHART_ENTRIES, TABLES, Frames


class Built(NamedTuple):
    """The tables of some raw objects, and what was set aside and why."""

    tables: Frames
    set_aside: list[SetAside]

    @property
    def refused(self) -> list[SetAside]:
        """Whole objects that are not in the tables."""
        return [aside for aside in self.set_aside if aside.is_whole]


class Collected(NamedTuple):
    """Raw objects that were read: the rows set aside; columns and keys by kind, simulated (True) or real."""

    set_aside: list[SetAside]
    columns: dict[bool, Columns]
    keys: dict[bool, list[str]]

    def add(self, raw: tuple[str, bytes], wanted: Wanted) -> None:
        """Read one raw object into the columns of its kind, or set it aside with the reason."""
        try:
            snapshots = read_snapshots(*raw, wanted)
        except RawError as error:
            failed = isinstance(error, ChartRejected)
            self.set_aside.append(SetAside(raw[0], str(error), fails_check=failed))
            return
        is_simulated = snapshots[0].source == SIMULATOR
        for snapshot in snapshots:
            self.set_aside.extend(snapshot.set_aside)
            self.columns[is_simulated].add(snapshot)
        self.keys[is_simulated].append(raw[0])


def build_tables(
    raws: Iterable[tuple[str, bytes]], wanted: Wanted | None = None, *, simulated: bool | None = None
) -> Built:
    """Build the tables of raw objects.

    raws: (key, content) pairs, the key relative to its folder. simulated: whether to take simulated or real
    charts; None takes either, and only the real ones if there are both.

    Returns frames with the columns of the contract, sorted by primary key; `chart_entries` has its
    partition columns `chart` and `year` too. A raw object that cannot be read raises nothing: it is
    set aside with its reason, and so are rows without a song.
    """
    if isinstance(raws, Sequence):
        raws = reversed(raws)  # in order of key, and so of date: older observations of an id cost less
    set_aside, columns, keys = collect(raws, wanted or Wanted())
    kind = simulated if simulated is not None else not keys[False]
    set_aside.sort(key=lambda aside: aside.key)
    set_aside += [SetAside(key, wrong_kind(kind)) for key in keys[not kind]]
    artists, albums, songs, entries = columns[kind].frames()
    songs, song_artists = split_artist_ids(merge_songs(songs))
    rows = (merge_artists(artists), merge_albums(albums), song_artists, songs, merge_charts(entries))
    return Built(checked(dict(zip(TABLES, rows, strict=True))), set_aside)


def collect(raws: Iterable[tuple[str, bytes]], wanted: Wanted) -> Collected:
    """Read raw objects into columns; fastest when the newest come first."""
    collected = Collected([], {True: Columns(), False: Columns()}, {True: [], False: []})
    was_enabled = gc.isenabled()
    gc.disable()  # thousands of lists without a cycle: the search for one takes a sixth of the time
    try:
        for raw in raws:
            collected.add(raw, wanted)
    finally:
        if was_enabled:
            gc.enable()
    return collected


def wrong_kind(simulated: bool) -> str:
    """Return the reason why a lake of simulated (or real) charts refuses the others."""
    ours, theirs = ("simulated", "real") if simulated else ("real", "simulated")
    remedy = "Give them a lake of their own (TOP50_LAKE)."
    return f"this lake holds {ours} charts and refuses {theirs} ones. {remedy}"


def checked(rows: Mapping[str, pl.DataFrame]) -> Frames:
    """Return merged rows with the columns and order of the contract; raises Invalid."""
    frames = Frames({name: table.check(rows[name]) for name, table in TABLES.items()})
    frames.unnamed = unnamed_in(rows[CHART_ENTRIES.name])
    return frames
