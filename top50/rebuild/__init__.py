"""Every table built again from the archive, in memory, and compared with the lake's files.

The tables' files are read before the raw objects are listed, and those are listed in the order in
which they move on. So whatever somebody else publishes meanwhile either is among the raw objects
seen here, or changes a file after it was read, which the conditional replace in replace.py notices.
"""

from collections.abc import Callable, Container, Iterable
from contextlib import nullcontext
from itertools import islice
from typing import Literal, NamedTuple

import polars as pl

from top50.errors import LakeError, RawError
from top50.lake import PROCESSED, TO_PROCESSED, Item, Lake, Stored
from top50.parallel import Map, in_threads
from top50.raw.backlog import in_batches, list_pending, list_processed, read_as_listed
from top50.read.snapshot import Wanted
from top50.rebuild.batches import (
    FEWEST,
    Builder,
    Selection,
    local_builder,
    map_on_cores,
    merge_stepwise,
)
from top50.rebuild.partial_tables import (
    Partial,
    build_partial,
    content_of,
    merge_entries,
    merge_partials,
    rows_of,
)
from top50.tables.files import TRANSFORMED, File, all_files, chart_file, find_file, table_file
from top50.tables.parquet import empty_rows
from top50.tables.schemas import CHART_ENTRIES, TABLES, Table
from top50.transform import build_tables, wrong_kind

State = Literal["same", "differs", "missing", "extra"]

# A file, and the parts of partial tables that its rows come from.
_Unwritten = tuple[File, list[bytes]]


class TableFile(NamedTuple):
    """One table file: as it is in the lake (old), and as built from the archive (new)."""

    key: str
    old: Stored | None
    new: bytes | None
    file: File

    @property
    def state(self) -> State:
        """The result of the comparison."""
        if self.old is None:
            return "missing"
        if self.new is None:
            return "extra"
        return "same" if self.old.content == self.new else "differs"

    def rows(self, content: bytes | None) -> pl.DataFrame | None:
        """Return the rows in a content of this file: none for no content, None if it is damaged."""
        if content is None:
            return empty_rows(self.file.table)
        try:
            return self.file.decode(content)
        except LakeError:
            return None


class Rebuilt(NamedTuple):
    """All files, dimensions before facts, and the keys of the raw objects that they were built from."""

    files: list[TableFile]
    raw_keys: set[str]

    @property
    def differing(self) -> list[TableFile]:
        """The files that are not as the archive gives them."""
        return [file for file in self.files if file.state != "same"]

    @property
    def newest_changed(self) -> set[tuple[str, str]]:
        """(chart, newest chart_date) of each chart with a differing file."""
        entries = [changed for changed in self.differing if changed.file.table is CHART_ENTRIES]
        # In order of key, and so of year: the last year of each chart stays.
        latest = {changed.file.partitions["chart"]: changed for changed in entries if changed.new}
        rows = {chart: changed.rows(changed.new) for chart, changed in latest.items()}
        return {(chart, str(found["chart_date"].max())) for chart, found in rows.items() if found is not None}


def rebuild(
    lake: Lake, wanted: Wanted, progress: Callable[[str], None], builder: Builder | None = None
) -> Rebuilt:
    """Build every table from the archive and compare it with the lake, which is only read.

    What a run has published but not archived yet counts as archived: its raw object is still pending.
    progress: gets a line after some of the batches. builder: where batches are built; by default in
    processes of this machine. Raises RawError when an archived object is refused now.
    """
    count = sum(1 for _ in islice(lake.list(PROCESSED), FEWEST))  # processes start while the lake is listed
    with nullcontext(in_threads) if builder else map_on_cores(count) as map_:
        files = all_files(lake.list(TRANSFORMED))
        old = {file.key: stored for file in files if (stored := file.stored(lake))}
        pending, archive = list_pending(lake), list_processed(lake)  # in this order: objects move this way
        build, built = builder or local_builder(lake, map_), merge_partials([])
        for built in merge_stepwise(build(Selection(PROCESSED, wanted), archive)):
            _check_nothing_refused(lake, built)
            progress(f"Built tables from {built.objects} of {len(archive)} raw objects")
        compared = _compare(built, old, map_)
    published = _published(lake, compared, pending, built.kinds, wanted)
    if published:
        compared = _compare(merge_partials([built, *published.values()]), old, map)
    return Rebuilt(compared, {*published, *(item.key for item in archive)})


def _check_nothing_refused(lake: Lake, built: Partial) -> None:
    """Raise RawError for the first archived object that is refused."""
    refused = [(aside.key, aside.reason) for aside in built.refused]
    if len(built.kinds) == 2:
        refused.append((built.kinds[True], wrong_kind(False)))
    for key, reason in refused:
        raise RawError(
            f"{lake.address}/{PROCESSED}{key} is refused now: {reason}",
            "Nothing was changed. Run it with the settings that the object was processed with; "
            "or, if its rows are to go, move it to raw_data/quarantine/. Then run the rebuild again.",
        )


def _compare(built: Partial, old: dict[str, Stored], map_: Map) -> list[TableFile]:
    dimensions = [table for table in TABLES.values() if table is not CHART_ENTRIES]
    unwritten = [(table_file(table), [content_of(built, table.name)]) for table in dimensions]
    unwritten += [(chart_file(chart, int(year)), parts) for (chart, year), parts in built.entries.items()]
    encoded = zip(unwritten, map_(_encode, unwritten), strict=True)  # dimensions first: they take the longest
    new = {file.key: content for (file, _), content in encoded if content}
    # Songs before song_artists, which are derived from them.
    order = ("artist", "album", "songs", "song_artists", CHART_ENTRIES.name)
    positions = {key: order.index(key.removeprefix(TRANSFORMED).partition("/")[0]) for key in {*new, *old}}
    keys = sorted(positions, key=lambda key: (positions[key], key))
    files = [(key, find_file(key)) for key in keys]
    return [TableFile(key, old.get(key), new.get(key), file) for key, file in files if file]


def _encode(unwritten: _Unwritten) -> bytes:
    """Return the bytes of a file as it would be published; none for a file without rows."""
    file, parts = unwritten
    name = file.table.name
    rows = merge_entries(parts) if name == CHART_ENTRIES.name else rows_of(name, parts[0])
    return b"" if rows.is_empty() else file.encode(rows)


def _published(
    lake: Lake, files: Iterable[TableFile], pending: Iterable[Item], kinds: Container[bool], wanted: Wanted
) -> dict[str, Partial]:
    """Return key → tables of the pending objects with a row that the lake has and the archive does not."""
    surplus = {table.name: rows for table in TABLES.values() if (rows := only_in_lake(files, table)).height}
    simulated = (True in kinds) if kinds else None
    found: dict[str, Partial] = {}
    for keys in in_batches(pending) if surplus else ():
        for key, content in read_as_listed(lake, TO_PROCESSED, keys):
            built = build_tables([(key, content)], wanted, simulated=simulated)
            if any(
                rows.join(built.tables[name], on=rows.columns, how="semi", nulls_equal=True).height
                for name, rows in surplus.items()
            ):
                found[key] = build_partial([(key, content)], wanted)
    return found


def only_in_lake(files: Iterable[TableFile], table: Table) -> pl.DataFrame:
    """Return the rows of a table that the lake has and the archive does not; none of damaged files."""
    columns = list(table.types)
    found = [empty_rows(table).select(columns)]
    for changed in files:
        if changed.file.table is not table or changed.state not in ("differs", "extra"):
            continue
        old, new = changed.rows(changed.old and changed.old.content), changed.rows(changed.new)
        if old is not None and new is not None:
            found.append(
                old.select(columns).join(new.select(columns), on=columns, how="anti", nulls_equal=True)
            )
    return pl.concat(found)
