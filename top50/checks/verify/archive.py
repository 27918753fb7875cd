"""Do the tables hold what the processed raw objects contain, and would a rebuild change a byte?"""

from collections.abc import Iterator

import polars as pl

from top50.charts import SIMULATOR
from top50.checks.finding import Finding, Problem, failures_or_ok
from top50.checks.verify.contents import Contents
from top50.checks.verify.listing import Listing
from top50.errors import LakeError, RawError
from top50.lake import PROCESSED, QUARANTINE, Lake
from top50.raw.backlog import in_batches, list_processed, read_as_listed
from top50.read.snapshot import Wanted
from top50.rebuild import rebuild
from top50.rebuild.replace import refuse_losses
from top50.settings import Settings
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
from top50.tables.parquet import REBUILD
from top50.tables.schemas import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS, TABLES, Frames
from top50.text import many
from top50.transform import build_tables

_MERGES = {ARTIST.name: merge_artists, ALBUM.name: merge_albums, SONGS.name: merge_songs}
_STATES = {
    "differs": "differs from what the raw objects give",
    "missing": "is missing, and the raw objects give it",
    "extra": "exists, and no raw object gives it",
}


def check_archive(lake: Lake, settings: Settings, listing: Listing, contents: Contents) -> Iterator[Finding]:
    """Yield whether raw objects and tables agree; raises LakeError, LakeConflict.

    Tables are a function of the set of raw objects: where a rebuild gives the same bytes, every object is
    represented. Only where it does not is each object compared with the tables.
    """
    wanted = Wanted(chart=settings.only_chart, size=settings.size, playlist=settings.playlist)
    differing = list(_differing(lake, wanted))
    unrepresented = _unrepresented(lake, wanted, contents.tables) if differing else ()
    count = many(len(listing.raw[PROCESSED]), "processed raw object")
    yield from failures_or_ok("represented", unrepresented, f"the tables hold what {count} contain")
    yield from failures_or_ok("rebuild", differing, "it would give the same bytes")


def _differing(lake: Lake, wanted: Wanted) -> Iterator[Problem]:
    """Yield the files that a rebuild would change, and why it would refuse to."""
    try:
        rebuilt = rebuild(lake, wanted, lambda _: None)
    except RawError as error:
        yield Problem(error.what, error.remedy)
        return
    remedy = REBUILD
    try:
        refuse_losses(lake, rebuilt)
    except LakeError as error:
        yield Problem(error.what, error.remedy)
        remedy = f"First follow the first line about the rebuild. {REBUILD}"
    for file in rebuilt.differing:
        yield Problem(f"{file.key} {_STATES[file.state]}", remedy)


def _unrepresented(lake: Lake, wanted: Wanted, tables: Tables) -> Iterator[Problem]:
    """Yield the processed raw objects that would change the tables if they were published again."""
    entries = tables[CHART_ENTRIES.name]
    simulated = bool((entries["source"] == SIMULATOR).any()) if entries.height else None
    for keys in in_batches(list_processed(lake)):
        for raw in read_as_listed(lake, PROCESSED, keys):
            built = build_tables([raw], wanted, simulated=simulated)
            for refused in built.refused:
                yield Problem(
                    f"{raw[0]} is refused now: {refused.reason}",
                    "Verify it with the settings that it was processed with; "
                    f"or, if its rows are to go, move it to {QUARANTINE}.",
                )
            lacking = list(_lacking(built.tables, tables))
            if lacking:
                yield Problem(f"{raw[0]} has rows that are missing from {', '.join(lacking)}", REBUILD)


def _lacking(raw: Tables, tables: Tables) -> Iterator[str]:
    """Yield the names of the tables that lack rows of one raw object, or hold worse ones in their place."""
    songs = with_artist_ids(raw[SONGS.name], raw[SONG_ARTISTS.name])
    for name, merge in _MERGES.items():
        own = songs if name == SONGS.name else raw[name]
        present = tables[name].join(own, on=TABLES[name].key, how="semi")
        if _adds(merge(pl.concat([present, own.select(present.columns)])), present):
            yield name
    own = raw[CHART_ENTRIES.name]
    present = tables[CHART_ENTRIES.name].join(own, on=["chart", "chart_date"], how="semi")
    others = present.join(own, on=["chart", "chart_date", "raw_key"], how="anti")
    unnamed = raw.unnamed if isinstance(raw, Frames) else frozenset()
    merged = merge_charts(concat_charts([others, with_says_chart(own, unnamed)]))
    if _adds(merged.select(own.columns), present.select(own.columns)):
        yield CHART_ENTRIES.name


def _adds(merged: pl.DataFrame, present: pl.DataFrame) -> bool:
    return merged.join(present, on=present.columns, how="anti", nulls_equal=True).height > 0
