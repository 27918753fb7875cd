"""Raw objects → tables. No network, no disk, no orchestrator."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import polars as pl

from top50.errors import ChartRejected, RawError
from top50.read import read_snapshots
from top50.read.snapshot import SIMULATOR, SetAside, Wanted
from top50.tables import CHART_ENTRIES, TABLES, Frames
from top50.tables.columns import Columns
from top50.tables.merge import (
    merge_albums,
    merge_artists,
    merge_charts,
    merge_songs,
    split_artist_ids,
    unnamed_in,
)


class Built(NamedTuple):
    """What raw objects together make: a frame per table, and what was set aside and why."""

    tables: Frames
    set_aside: list[SetAside]

    @property
    def refused(self) -> list[SetAside]:
        """Whole objects that are not in the tables."""
        return [each for each in self.set_aside if each.is_whole]


class Collected(NamedTuple):
    """Raw objects, read: what was set aside, and columns and keys of the simulated and the real ones."""

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
    """Make the tables of these raw objects together.

    `raws` are (key, content) pairs, the key relative to its folder. `simulated` says which kind of
    charts to take, simulated or real ones; None takes either, and the real ones where both are there.

    Returns frames with the columns of the contract, sorted by primary key; `chart_entries` has its
    partition columns `chart` and `year` too. A raw object that cannot be read raises nothing: it is
    set aside with its reason, and so are rows without a song.
    """
    set_aside, columns, keys = collect(_newest_first(raws), wanted or Wanted())
    kept = simulated if simulated is not None else not keys[False]
    set_aside.sort(key=lambda each: each.key)
    set_aside += [SetAside(key, wrong_kind(kept)) for key in keys[not kept]]
    return Built(_tables(columns[kept]), set_aside)


def collect(raws: Iterable[tuple[str, bytes]], wanted: Wanted) -> Collected:
    """Read raw objects into columns; fastest when the newest come first."""
    collected = Collected([], {True: Columns(), False: Columns()}, {True: [], False: []})
    with _no_search_for_cycles():
        for raw in raws:
            collected.add(raw, wanted)
    return collected


def _newest_first(raws: Iterable[tuple[str, bytes]]) -> Iterable[tuple[str, bytes]]:
    """Turn around what comes by key, and so by date: what is older than all that was seen costs less."""
    return reversed(raws) if isinstance(raws, Sequence) else raws


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Spare the collector a search in thousands of lists that form no cycle: a sixth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def wrong_kind(simulated: bool) -> str:
    """Say why a lake of simulated (or real) charts refuses the others."""
    ours, theirs = ("simulated", "real") if simulated else ("real", "simulated")
    remedy = "Give them a lake of their own (TOP50_LAKE)."
    return f"this lake holds {ours} charts and refuses {theirs} ones. {remedy}"


def _tables(columns: Columns) -> Frames:
    artists, albums, songs, entries = columns.frames()
    songs, song_artists = split_artist_ids(merge_songs(songs))
    rows = (merge_artists(artists), merge_albums(albums), song_artists, songs, merge_charts(entries))
    return checked(dict(zip(TABLES, rows, strict=True)))


def checked(rows: Mapping[str, pl.DataFrame]) -> Frames:
    """Return merged rows as the contract has them; raises Invalid."""
    frames = Frames({name: table.check(rows[name]) for name, table in TABLES.items()})
    frames.unnamed = unnamed_in(rows[CHART_ENTRIES.name])
    return frames
