"""The files of the tables: their keys, how they are read and written, and which kind of charts they hold."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import polars as pl

from top50.charts import CHARTS, SIMULATOR
from top50.errors import LakeError, OutOfReach, SettingsError
from top50.lake.base import Item, Lake, Stored
from top50.printed_commands import module_command
from top50.tables.archive import archived_chart
from top50.tables.merge import IS_FULL
from top50.tables.parquet import REBUILD, check_footer, empty_rows, from_parquet, metadata_size, to_parquet
from top50.tables.schemas import CHART_ENTRIES, SONGS, TABLES, Table

TRANSFORMED = "transformed_data/"

_ENTRIES = re.compile(
    rf"{TRANSFORMED}chart_entries/chart=({'|'.join(CHARTS)})/year=(\d{{4}})/chart_entries\.parquet"
)


@dataclass(frozen=True)
class Published:
    """One file after a publish."""

    table: str
    key: str
    rows: int
    added: int  # rows more than before
    changed: bool  # False: it had these bytes already, and was not written
    version: str = ""  # the lake's
    bare: tuple[str, ...] = ()  # of songs: see `bare_among`
    content: bytes = field(default=b"", repr=False)

    def after(self, before: "Published") -> "Published":
        """Return two publishes of the same file as one."""
        return replace(self, added=self.added + before.added, changed=self.changed or before.changed)


@dataclass(frozen=True)
class File:
    """One file of a table: its key, and the values of its partitions, such as chart and year."""

    table: Table
    key: str
    partitions: dict[str, str]

    def read(self, lake: Lake) -> tuple[Stored | None, pl.DataFrame]:
        """Return the stored file (None if missing) and its rows (empty if missing); raises LakeError."""
        stored = self.stored(lake)
        return stored, empty_rows(self.table) if stored is None else self.decode(stored.content)

    def stored(self, lake: Lake) -> Stored | None:
        """Return the stored file, or None; raises LakeError if something else has its key."""
        try:
            return lake.read(self.key)
        except OutOfReach as error:
            raise LakeError(error.what, f"Remove it, then run {module_command('flows.rebuild')}.") from None

    def decode(self, content: bytes) -> pl.DataFrame:
        """Return the rows in the content of this file; raises LakeError if it is damaged or has no rows."""
        rows = from_parquet(self.table, content, self.partitions, self.key)
        if rows.is_empty():
            raise LakeError(f"{self.key} has no rows, and a table without rows has no file", REBUILD)
        return rows

    def encode(self, rows: pl.DataFrame) -> bytes:
        """Return the bytes of the file with these rows; raises Invalid if they break the contract."""
        rows = rows.sort(self.table.key)
        self.table.refuse_invalid(rows.select(list(self.table.types)))
        return to_parquet(self.table, rows)

    def write(self, lake: Lake, rows: pl.DataFrame, old: Stored | None, before: int) -> Published:
        """Write the rows unless the file has them already, and check its footer as the lake returns it.

        old: the file that the rows were merged with. before: how many rows it had.
        Raises LakeConflict if the file is no longer `old`.
        """
        content = self.encode(rows)
        version = old.version if old else ""
        changed = old.content != content if old else not rows.is_empty()
        if changed:
            version = lake.replace(self.key, content, old)
            footer = lake.tail(self.key, version, metadata_size(content))
            if footer is not None:  # None: somebody has already written a newer file
                check_footer(self.table, footer, rows.height)
        return Published(
            self.table.name, self.key, rows.height, rows.height - before, changed, version, content=content
        )


def table_file(table: Table, **partitions: str) -> File:
    """Return the file of a table, or of one partition of it."""
    folders = "".join(f"{name}={value}/" for name, value in partitions.items())
    return File(table, f"{TRANSFORMED}{table.name}/{folders}{table.name}.parquet", partitions)


def chart_file(chart: str, year: int) -> File:
    """Return the file of a chart's entries of one year."""
    return table_file(CHART_ENTRIES, chart=chart, year=f"{year:04}")


def years_of(lake: Lake, chart: str) -> list[int]:
    """Return the years of which the lake has entries of a chart, in order."""
    parts = [file.partitions for file in files_of(lake, CHART_ENTRIES)]
    return sorted(int(part["year"]) for part in parts if part["chart"] == chart)


def charts_in(lake: Lake) -> set[str]:
    """Return the names of the charts that the lake has entries of."""
    return {file.partitions["chart"] for file in files_of(lake, CHART_ENTRIES)}


def songs_file() -> File:
    """Return the file of the songs."""
    return table_file(SONGS)


def files_of(lake: Lake, table: Table) -> list[File]:
    """Return the files of a table in the lake, ordered by key."""
    return all_files(lake.list(f"{TRANSFORMED}{table.name}/"))


def all_files(listed: Iterable[Item]) -> list[File]:
    """Return the table files among listed objects, ordered by key; other objects are ignored."""
    keys = sorted(item.key for item in listed)
    return [file for file in map(find_file, keys) if file]


def strays_among(listed: Iterable[Item]) -> list[str]:
    """Return the keys below `transformed_data/` that are not table files, in order."""
    return sorted(item.key for item in listed if item.key.startswith(TRANSFORMED) and not find_file(item.key))


def is_read_by_athena(key: str) -> bool:
    """Return whether Athena would read an object: it skips names that begin with _ or ."""
    return not key.rpartition("/")[2].startswith(("_", "."))


def find_file(key: str) -> File | None:
    """Return the table file with this key; None when the contract has none."""
    entries = _ENTRIES.fullmatch(key)
    return chart_file(entries[1], int(entries[2])) if entries else _DIMENSIONS.get(key)


def file_at(table: Table, key: str) -> File:
    """Return the file of a table at a key, with the partitions in that key."""
    return File(table, key, dict(part.split("=", 1) for part in key.split("/") if "=" in part))


_DIMENSIONS = {
    file.key: file for file in (table_file(table) for table in TABLES.values() if table is not CHART_ENTRIES)
}


def bare_among(songs: pl.DataFrame) -> tuple[str, ...]:
    """Return the ids of songs that lack a track object, most recently charted first."""
    newest_first = songs.filter(~IS_FULL).sort("updated_at", "song_id", descending=[True, False])
    return tuple(newest_first["song_id"])


def bare_songs(lake: Lake) -> tuple[str, ...]:
    """Return the ids of the lake's songs that lack a track object; raises LakeError."""
    return bare_among(songs_file().read(lake)[1])


def holds_simulated(lake: Lake, likely: File | None = None) -> bool | None:
    """Return whether the lake's charts are simulated; None when it has no charts.

    Without tables, the archive decides. likely: a file of entries that probably exists, to avoid a listing.
    """
    stored, entries = likely.read(lake) if likely else (None, empty_rows(CHART_ENTRIES))
    if stored is None:
        files = files_of(lake, CHART_ENTRIES)
        if not files:
            chart = archived_chart(lake)
            return None if chart is None else chart.source == SIMULATOR
        entries = files[0].read(lake)[1]
    return bool((entries["source"] == SIMULATOR).any())


def refuse_other_kind(lake: Lake, *, simulated: bool, likely: File | None = None) -> bool:
    """Return whether the lake is still without charts; raise SettingsError if it has the other kind."""
    holds = holds_simulated(lake, likely)
    if holds is not None and holds != simulated:
        kind, other = ("simulated", "real") if holds else ("real", "simulated")
        raise SettingsError(
            f"the lake {lake.address} holds {kind} charts and refuses {other} ones",
            "Choose another TOP50_LAKE, or another TOP50_SOURCE.",
        )
    return holds is None
