"""Every table made anew from the archive, aside, and compared with what the lake has.

The tables' files are read before the raw objects are listed, and those are listed in the order in
which they move on. So whatever somebody else publishes meanwhile either is among the raw objects
seen here, or changes a file after it was read, which the conditional replace in rebuild_place.py notices.
"""

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from typing import Literal, NamedTuple

import polars as pl

from top50.errors import LakeError, RawError
from top50.lake import PROCESSED, TO_PROCESSED, Item, Lake, Stored
from top50.raw.backlog import in_batches, list_pending, list_processed, read_as_listed
from top50.read.snapshot import Wanted
from top50.rebuild.batches import FEWEST, BuildAll, DoAll, Source, build_here, in_threads, merged, on_cores
from top50.rebuild.partial_tables import (
    Partial,
    build_partial,
    content_of,
    merge_entries,
    merge_partials,
    rows_of,
)
from top50.tables import CHART_ENTRIES, TABLES, Table
from top50.tables.files import TRANSFORMED, File, all_files, chart_file, find_file, table_file
from top50.tables.parquet import empty_rows
from top50.transform import build_tables, wrong_kind

Tell = Callable[[str], None]
State = Literal["same", "differs", "missing", "extra"]

_Unwritten = tuple[File, list[bytes]]
"""A file, and the partial tables that it is made from."""


class TableFile(NamedTuple):
    """One file: as the lake has it, and as the archive gives it."""

    key: str
    old: Stored | None
    new: bytes | None
    file: File

    @property
    def state(self) -> State:
        """What the comparison says."""
        if self.old is None:
            return "missing"
        if self.new is None:
            return "extra"
        return "same" if self.old.content == self.new else "differs"

    def rows(self, content: bytes | None) -> pl.DataFrame | None:
        """Return the rows of a content of this file: none when there is none, None when it is damaged."""
        if content is None:
            return empty_rows(self.file.table)
        try:
            return self.file.decode(content)
        except LakeError:
            return None


class Rebuilt(NamedTuple):
    """All files, dimensions before facts, and the keys of the raw objects that they were made from."""

    files: list[TableFile]
    raw_keys: set[str]

    @property
    def differing(self) -> list[TableFile]:
        """The files that are not as they should be."""
        return [each for each in self.files if each.state != "same"]

    @property
    def newest_changed(self) -> set[tuple[str, str]]:
        """(chart, newest chart_date) of each chart that has a file which is not as it should be."""
        entries = [each for each in self.differing if each.file.table is CHART_ENTRIES]
        # They are in order of key, and so of year: of each chart the last one stays.
        latest = {each.file.partitions["chart"]: each for each in entries if each.new}
        rows = {chart: each.rows(each.new) for chart, each in latest.items()}
        return {(chart, str(found["chart_date"].max())) for chart, found in rows.items() if found is not None}


def rebuild(lake: Lake, wanted: Wanted, tell: Tell, build_all: BuildAll | None = None) -> Rebuilt:
    """Make every table from `processed`, aside, and compare; the lake is only read.

    What a run has published but not archived yet counts as processed: its raw object is pending still.
    `tell` hears how far it is. `build_all` says where batches are built, without it in processes of
    this machine. Raises RawError when a processed object is refused now.
    """
    with nullcontext(in_threads) if build_all else on_cores(_count_to(FEWEST, lake)) as do_all:
        old = _stored_files(lake)
        pending, archive = list_pending(lake), list_processed(lake)  # in this order: objects move this way
        built = _build_archive(lake, archive, wanted, tell, build_all or build_here(lake, do_all))
        files = _compare(built, old, do_all)
    published = _published(lake, files, pending, built.kinds, wanted)
    if published:
        files = _compare(merge_partials([built, *published.values()]), old, map)
    return Rebuilt(files, {*published, *(item.key for item in archive)})


def _count_to(enough: int, lake: Lake) -> int:
    """Say how many raw objects there are, or that they are enough: processes start while they are listed."""
    return sum(1 for _ in islice(lake.list(PROCESSED), enough))


def _stored_files(lake: Lake) -> dict[str, Stored]:
    files = all_files(lake.list(TRANSFORMED))
    return {file.key: stored for file in files if (stored := file.stored(lake))}


def _build_archive(
    lake: Lake, archive: list[Item], wanted: Wanted, tell: Tell, build_all: BuildAll
) -> Partial:
    built = merge_partials([])
    for built in merged(build_all(Source(PROCESSED, wanted), archive)):
        _refuse(lake, built)
        tell(f"Built tables from {built.objects} of {len(archive)} raw objects")
    return built


def _refuse(lake: Lake, built: Partial) -> None:
    refused = [(each.key, each.reason) for each in built.refused]
    if len(built.kinds) == 2:
        refused.append((built.kinds[True], wrong_kind(False)))
    for key, reason in refused:
        raise RawError(
            f"{lake.address}/{PROCESSED}{key} is refused now: {reason}",
            "Nothing was changed. Run it with the settings that the object was processed with; "
            "or, if its rows are to go, move it to raw_data/quarantine/. Then run the rebuild again.",
        )


def _compare(built: Partial, old: dict[str, Stored], do_all: DoAll) -> list[TableFile]:
    todo = [*_dimension_files(built), *_entry_files(built)]  # the dimensions first: they take the longest
    encoded = zip(todo, do_all(_encode, todo), strict=True)
    made = {file.key: content for (file, _), content in encoded if content}
    keys = sorted({*made, *old}, key=lambda key: (_place(key), key))
    files = [(key, find_file(key)) for key in keys]
    return [TableFile(key, old.get(key), made.get(key), file) for key, file in files if file]


def _dimension_files(built: Partial) -> Iterator[_Unwritten]:
    for name, table in TABLES.items():
        if table is not CHART_ENTRIES:
            yield table_file(table), [content_of(built, name)]


def _entry_files(built: Partial) -> Iterator[_Unwritten]:
    for (chart, year), contents in built.entries.items():
        yield chart_file(chart, int(year)), contents


def _encode(unwritten: _Unwritten) -> bytes:
    """Return a file as it would be published; nothing for one without rows."""
    file, contents = unwritten
    name = file.table.name
    rows = merge_entries(contents) if name == CHART_ENTRIES.name else rows_of(name, contents[0])
    return b"" if rows.is_empty() else file.encode(rows)


def _place(key: str) -> int:
    """Return when a file is published: songs before song_artists, which is made from them."""
    order = ("artist", "album", "songs", "song_artists", CHART_ENTRIES.name)
    return order.index(key.removeprefix(TRANSFORMED).partition("/")[0])


def _published(
    lake: Lake, files: Iterable[TableFile], pending: Iterable[Item], kinds: Container[bool], wanted: Wanted
) -> dict[str, Partial]:
    """Return by key the pending objects of which the lake has a row that the archive does not give."""
    surplus = {table.name: rows for table in TABLES.values() if (rows := only_in_lake(files, table)).height}
    simulated = (True in kinds) if kinds else None
    found: dict[str, Partial] = {}
    for keys in in_batches(pending) if surplus else ():
        for key, content in read_as_listed(lake, TO_PROCESSED, keys):
            built = build_tables([(key, content)], wanted, simulated=simulated)
            if any(_share_a_row(built.tables[name], rows) for name, rows in surplus.items()):
                found[key] = build_partial([(key, content)], wanted)
    return found


def _share_a_row(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return one.join(other, on=one.columns, how="semi", nulls_equal=True).height > 0


def only_in_lake(files: Iterable[TableFile], table: Table) -> pl.DataFrame:
    """Return the rows of a table that the lake has and the archive does not give; damaged files have none."""
    columns = list(table.types)
    found = [empty_rows(table).select(columns)]
    for each in files:
        if each.file.table is not table or each.state not in ("differs", "extra"):
            continue
        old, new = each.rows(each.old and each.old.content), each.rows(each.new)
        if old is not None and new is not None:
            kept = new.select(columns)
            found.append(old.select(columns).join(kept, on=columns, how="anti", nulls_equal=True))
    return pl.concat(found)
