"""Put rebuilt tables in place: each file whole, dimensions before facts, and nothing lost on the way."""

import polars as pl

from top50.errors import LakeConflict, LakeError
from top50.lake import QUARANTINE, TO_PROCESSED, Lake, Stored
from top50.rebuild import Rebuilt, TableFile, only_in_lake
from top50.tables import ALBUM, ARTIST, CHART_ENTRIES, SONG_ARTISTS, SONGS
from top50.tables.files import Published, bare_among, chart_file
from top50.tables.merge import merge_albums, merge_artists, merge_songs, split_artist_ids
from top50.tables.parquet import check_footer, metadata_size, row_count, to_parquet

_MERGES = {ARTIST.name: merge_artists, ALBUM.name: merge_albums, SONGS.name: merge_songs}

_Write = tuple[TableFile, bytes | None]
"""A file, and what it is to hold; None for one that is to go."""


def put_in_place(lake: Lake, rebuilt: Rebuilt) -> list[Published]:
    """Write the files that differ, each only if it is still what was compared; return all files.

    A file that the archive gives no rows is removed, once all its rows are known to be elsewhere.
    Raises LakeError, before anything is written, when rows would be lost of which no raw object is
    left: nothing is deleted that does not exist elsewhere. Raises LakeConflict when somebody else has
    written a file since: what is in place by then is whole, and the rebuild must be done once more.
    """
    refuse_losses(lake, rebuilt)
    written = {each.key: each.old for each in rebuilt.files}
    for each, content in _in_order(rebuilt):
        before = written[each.key]
        if content is None:
            _remove(lake, each.key, before)
            written[each.key] = None
        elif before is None or before.content != content:
            written[each.key] = _write(lake, each, content, before)
    return [_published(each, stored) for each in rebuilt.files if (stored := written[each.key])]


def _in_order(rebuilt: Rebuilt) -> list[_Write]:
    """Return what is written when: what is removed goes when nothing names it any more."""
    facts = [(each, each.new) for each in rebuilt.files if _is_fact(each)]
    dimensions = [(each, each.new) for each in rebuilt.files if not _is_fact(each)]
    bridge = _bridge(rebuilt) if _leaves_out_songs(rebuilt) else []
    if bridge or any(content is None for _, content in dimensions):
        return [*bridge, *facts, *reversed(dimensions)]
    return [*dimensions, *facts]


def _is_fact(each: TableFile) -> bool:
    return each.file.table is CHART_ENTRIES


def _leaves_out_songs(rebuilt: Rebuilt) -> bool:
    """Whether entries that a reader still sees name songs that are not in the new dimensions."""
    seen = only_in_lake(rebuilt.files, CHART_ENTRIES)["song_id"]
    known = _of(rebuilt, SONGS.name)
    return bool(seen.len()) and not set(seen) <= set(known["song_id"] if known is not None else ())


def _of(rebuilt: Rebuilt, table: str) -> pl.DataFrame | None:
    found = [each for each in rebuilt.files if each.file.table.name == table]
    return found[0].rows(found[0].new) if found else None


def _bridge(rebuilt: Rebuilt) -> list[_Write]:
    """Return dimensions with the rows of both, old and new, so that entries of both find theirs.

    None where an old one is damaged: what a reader sees is broken anyway.
    """
    merged: dict[str, tuple[TableFile, pl.DataFrame]] = {}
    for each in rebuilt.files:
        old, new = each.rows(each.old and each.old.content), each.rows(each.new)
        if _is_fact(each):
            continue
        if old is None or new is None:
            return []
        both, table = pl.concat([old, new]), each.file.table.name
        songs = merged.get(SONGS.name)
        rows = split_artist_ids(songs[1])[1] if table == SONG_ARTISTS.name and songs else _MERGES[table](both)
        merged[table] = each, rows
    return [(each, to_parquet(each.file.table, rows)) for each, rows in merged.values()]


def _write(lake: Lake, each: TableFile, content: bytes, before: Stored | None) -> Stored:
    version = lake.replace(each.key, content, before)
    footer = lake.tail(each.key, version, metadata_size(content))
    rows = row_count(content)
    if footer is not None and rows is not None:  # None: a newer one is there
        check_footer(each.file.table, footer, rows)
    return Stored(content, version)


def _remove(lake: Lake, key: str, before: Stored | None) -> None:
    if before and not lake.remove(key, before.version):
        raise LakeConflict(f"{lake.address}/{key} was written by somebody else meanwhile", "Run it again.")


def _published(each: TableFile, stored: Stored) -> Published:
    count = row_count(stored.content) or 0
    before = (row_count(each.old.content) if each.old else None) or 0
    table = each.file.table.name
    songs = each.rows(stored.content) if table == SONGS.name else None
    bare = bare_among(songs) if songs is not None else ()
    changed = each.state != "same"
    return Published(
        table, each.key, count, count - before, changed, stored.version, bare, content=stored.content
    )


def refuse_losses(lake: Lake, rebuilt: Rebuilt) -> None:
    """Raise LakeError when rows would go of which no raw object is left; the lake is only read."""
    extra = [each for each in rebuilt.files if each.state == "extra"]
    lost = only_in_lake(rebuilt.files, CHART_ENTRIES)
    unknown = [
        each.key for each in extra if lost.is_empty() or each.rows(each.old and each.old.content) is None
    ]
    if unknown:
        raise LakeError(
            f"{lake.address}/{unknown[0]} is there, and no processed raw object stands for it",
            f"Nothing was changed. Put its raw objects back into {TO_PROCESSED} and process them; "
            "or, if its rows are to go, move the file away. Then run the rebuild again.",
        )
    gone = sorted(
        key for key in set(lost["raw_key"]) - rebuilt.raw_keys if not lake.version(QUARANTINE + key)
    )
    if gone:
        chart, year = lost.filter(pl.col("raw_key") == gone[0]).select("chart", "year").row(0)
        file = chart_file(chart, int(year)).key
        raise LakeError(
            f"chart entries come from {gone[0]}, which is nowhere below {lake.address}/raw_data/ any more",
            f"Nothing was changed. {put_back_or_let_go(file, 'Then run the rebuild again.')}",
        )


def put_back_or_let_go(file: str, afterwards: str) -> str:
    """Return what to do where a raw object is gone and its rows are still in a file."""
    return (
        f"Put it back into {TO_PROCESSED} and process it; "
        f"or, if its rows are to go, move {file} away. {afterwards}"
    )
