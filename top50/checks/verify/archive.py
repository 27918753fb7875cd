"""What raw objects say against what the tables hold: each is represented, and a rebuild changes no byte."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from top50.charts import SIMULATOR
from top50.checks.finding import Finding
from top50.checks.verify.contents import Contents
from top50.checks.verify.listing import Listing
from top50.checks.verify.told import REBUILD, Problem, told
from top50.errors import LakeError, RawError
from top50.lake import PROCESSED, QUARANTINE, Lake
from top50.raw.backlog import in_batches, list_processed, read_as_listed
from top50.read.snapshot import Wanted
from top50.rebuild import rebuild
from top50.rebuild.replace import refuse_losses
from top50.settings import Settings
from top50.tables import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, TABLES, Frames
from top50.tables.integrity import Tables
from top50.tables.merge import (
    concat_charts,
    merge_albums,
    merge_artists,
    merge_charts,
    merge_songs,
    with_artist_ids,
    with_says_chart,
)
from top50.text import many
from top50.transform import build_tables

_MERGES = {ARTIST.name: merge_artists, ALBUM.name: merge_albums, SONGS.name: merge_songs}
_STATES = {
    "differs": "has other bytes than the raw objects give",
    "missing": "is not there, and the raw objects give it",
    "extra": "is there, and no raw object gives it",
}
_OTHER_SETTINGS = (
    "Verify it with the settings that it was processed with; "
    f"or, if its rows are to go, move it to {QUARANTINE}."
)


@dataclass(frozen=True)
class Archive:
    """The processed raw objects of a lake, beside its tables."""

    lake: Lake
    settings: Settings
    listing: Listing
    contents: Contents

    def check(self) -> Iterator[Finding]:
        """Yield how raw objects and tables agree; raises LakeError, LakeConflict.

        Tables are a function of the set of raw objects: where a rebuild gives the same bytes, every
        object is represented, and each is looked at alone only where it does not.
        """
        differing = list(self._differing())
        unrepresented = self._unrepresented() if differing else ()
        count = many(len(self.listing.raw[PROCESSED]), "processed raw object")
        yield from told("represented", unrepresented, f"the tables hold what {count} say")
        yield from told("rebuild", differing, "it would give the same bytes")

    def _differing(self) -> Iterator[Problem]:
        try:
            rebuilt = rebuild(self.lake, self._wanted, lambda _: None)
        except RawError as error:
            yield Problem(error.what, error.remedy)
            return
        remedy = REBUILD
        try:
            refuse_losses(self.lake, rebuilt)
        except LakeError as error:
            yield Problem(error.what, error.remedy)
            remedy = f"First see to that, then: {REBUILD}"
        for file in rebuilt.differing:
            yield Problem(f"{file.key} {_STATES[file.state]}", remedy)

    @property
    def _wanted(self) -> Wanted:
        chosen = self.settings
        return Wanted(chart=chosen.chosen_chart, size=chosen.size, playlist=chosen.playlist)

    def _unrepresented(self) -> Iterator[Problem]:
        """Yield the processed raw objects that would change the tables if they were published again."""
        entries = self.contents.tables[CHART_ENTRIES.name]
        simulated = bool((entries["source"] == SIMULATOR).any()) if entries.height else None
        for keys in in_batches(list_processed(self.lake)):
            for raw in read_as_listed(self.lake, PROCESSED, keys):
                built = build_tables([raw], self._wanted, simulated=simulated)
                for refused in built.refused:
                    yield Problem(f"{raw[0]} is refused now: {refused.reason}", _OTHER_SETTINGS)
                left_out = list(_left_out(built.tables, self.contents.tables))
                if left_out:
                    yield Problem(f"{raw[0]} has rows that {', '.join(left_out)} should hold", REBUILD)


def _left_out(raw: Tables, tables: Tables) -> Iterator[str]:
    """Yield the names of the tables that lack rows of a raw object, and rows that are better than these."""
    songs = with_artist_ids(raw[SONGS.name], raw[SONG_ARTISTS.name])
    for name, merge in _MERGES.items():
        own = songs if name == SONGS.name else raw[name]
        there = tables[name].join(own, on=TABLES[name].key, how="semi")
        if _adds(merge(pl.concat([there, own.select(there.columns)])), there):
            yield name
    own = raw[CHART_ENTRIES.name]
    there = tables[CHART_ENTRIES.name].join(own, on=["chart", "chart_date"], how="semi")
    others = there.join(own, on=["chart", "chart_date", "raw_key"], how="anti")
    unnamed = raw.unnamed if isinstance(raw, Frames) else frozenset()
    merged = merge_charts(concat_charts([others, with_says_chart(own, unnamed)]))
    if _adds(merged.select(own.columns), there.select(own.columns)):
        yield CHART_ENTRIES.name


def _adds(merged: pl.DataFrame, there: pl.DataFrame) -> bool:
    return merged.join(there, on=there.columns, how="anti", nulls_equal=True).height > 0
