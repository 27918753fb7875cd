"""Replace the lake's table files with rebuilt ones: each whole, dimensions before facts, nothing lost."""

import polars as pl

from top50.errors import LakeConflict, LakeError
from top50.lake import QUARANTINE, TO_PROCESSED, Lake, Stored
from top50.rebuild import Rebuilt, TableFile, only_in_lake
from top50.tables.files import Published, bare_among, chart_file
from top50.tables.merge import MERGES, split_artist_ids
from top50.tables.parquet import check_footer, metadata_size, row_count, to_parquet
from top50.tables.schemas import CHART_ENTRIES, SONG_ARTISTS, SONGS

# A file, and its new content; None for one that is to be removed.
_Write = tuple[TableFile, bytes | None]


def put_in_place(lake: Lake, rebuilt: Rebuilt) -> list[Published]:
    """Write the files that differ, each only if it is still what was compared; return all files.

    A file for which the archive has no rows is removed, after all its rows were found elsewhere.
    Raises LakeError, before anything is written, when rows would be lost that no raw object has
    any more: nothing is deleted that does not exist elsewhere. Raises LakeConflict when somebody else has
    written a file since: the files replaced by then are whole, and the rebuild must be run again.
    """
    refuse_losses(lake, rebuilt)
    written = {file.key: file.old for file in rebuilt.files}
    for file, content in _in_order(rebuilt):
        before = written[file.key]
        if content is None:
            if before and not lake.remove(file.key, before.version):
                what = f"{lake.address}/{file.key} was written by somebody else meanwhile"
                raise LakeConflict(what, "Run it again.")
            written[file.key] = None
        elif before is None or before.content != content:
            version = lake.replace(file.key, content, before)
            footer = lake.tail(file.key, version, metadata_size(content))
            rows = row_count(content)
            if footer is not None and rows is not None:  # None: somebody has already written a newer file
                check_footer(file.file.table, footer, rows)
            written[file.key] = Stored(content, version)
    return [_published(file, stored) for file in rebuilt.files if (stored := written[file.key])]


def _in_order(rebuilt: Rebuilt) -> list[_Write]:
    """Return the writes in an order in which a reader finds every row that another one refers to."""
    facts = [(file, file.new) for file in rebuilt.files if file.file.table is CHART_ENTRIES]
    dimensions = [(file, file.new) for file in rebuilt.files if file.file.table is not CHART_ENTRIES]
    # Whether chart entries that a reader still sees refer to songs that are missing from the new songs.
    seen = set(only_in_lake(rebuilt.files, CHART_ENTRIES)["song_id"])
    songs = next((file.rows(file.new) for file in rebuilt.files if file.file.table is SONGS), None)
    lacks_songs = bool(seen) and not seen <= set(songs["song_id"] if songs is not None else ())
    bridge = _bridge(rebuilt) if lacks_songs else []
    if bridge or any(content is None for _, content in dimensions):
        return [*bridge, *facts, *reversed(dimensions)]
    return [*dimensions, *facts]


def _bridge(rebuilt: Rebuilt) -> list[_Write]:
    """Return dimensions with both old and new rows, so that the references of old and new entries exist.

    Returns none if an old file is damaged: what a reader sees is broken anyway.
    """
    merged: dict[str, tuple[TableFile, pl.DataFrame]] = {}
    for file in rebuilt.files:
        table = file.file.table.name
        if table == CHART_ENTRIES.name:
            continue
        old, new = file.rows(file.old and file.old.content), file.rows(file.new)
        if old is None or new is None:
            return []
        if table == SONG_ARTISTS.name and SONGS.name in merged:
            merged[table] = file, split_artist_ids(merged[SONGS.name][1])[1]
        else:
            merged[table] = file, MERGES[table](pl.concat([old, new]))
    return [(file, to_parquet(file.file.table, rows)) for file, rows in merged.values()]


def _published(file: TableFile, stored: Stored) -> Published:
    count = row_count(stored.content) or 0
    before = (row_count(file.old.content) if file.old else None) or 0
    songs = file.rows(stored.content) if file.file.table is SONGS else None
    return Published(
        file.file.table.name,
        file.key,
        count,
        count - before,
        file.state != "same",
        stored.version,
        bare_among(songs) if songs is not None else (),
        content=stored.content,
    )


def refuse_losses(lake: Lake, rebuilt: Rebuilt) -> None:
    """Raise LakeError when rows would be lost that no raw object has any more; the lake is only read."""
    extra = [file for file in rebuilt.files if file.state == "extra"]
    lost = only_in_lake(rebuilt.files, CHART_ENTRIES)
    unexplained = [
        file.key for file in extra if lost.is_empty() or file.rows(file.old and file.old.content) is None
    ]
    if unexplained:
        raise LakeError(
            f"{lake.address}/{unexplained[0]} exists, but no processed raw object gives its rows",
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
            f"chart entries come from {gone[0]}, which is missing from {lake.address}/raw_data/",
            f"Nothing was changed. {put_back_or_let_go(file, 'Then run the rebuild again.')}",
        )


def put_back_or_let_go(file: str, afterwards: str) -> str:
    """Return the remedy for a missing raw object whose rows are still in a file."""
    return (
        f"Put it back into {TO_PROCESSED} and process it; "
        f"or, if its rows are to go, move {file} away. {afterwards}"
    )
