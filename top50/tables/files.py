"""The files of the tables: where each lies, how it is read and written, and what it says at a glance."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import polars as pl

from top50.charts import CHARTS
from top50.errors import LakeError, OutOfReach, SettingsError
from top50.lake.base import Item, Lake, Stored
from top50.printed_commands import module_command
from top50.read.snapshot import SIMULATOR
from top50.tables import CHART_ENTRIES, SONGS, TABLES, Table
from top50.tables.archive import archived_chart
from top50.tables.merge import IS_FULL
from top50.tables.parquet import REBUILD, check_footer, empty_rows, from_parquet, metadata_size, to_parquet

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
    added: int
    """How many rows more than before."""
    changed: bool
    """Whether it was written; a file whose bytes would be the same is left alone."""
    version: str = ""
    """The version that the lake gave it."""
    bare: tuple[str, ...] = ()
    """Of songs: the ids of those that Spotify was not asked for yet, those charted last first."""
    content: bytes = field(default=b"", repr=False)
    """The file itself, as it is now."""

    def after(self, before: "Published") -> "Published":
        """Return this publish of a file and the one before it as one."""
        return replace(self, added=self.added + before.added, changed=self.changed or before.changed)


@dataclass(frozen=True)
class File:
    """One file of a table: its key, and the values of the partitions that it stands for."""

    table: Table
    key: str
    partitions: dict[str, str]

    def read(self, lake: Lake) -> tuple[Stored | None, pl.DataFrame]:
        """Return the file as it is stored, and its rows: none when there is no file; raises LakeError."""
        stored = self.stored(lake)
        return stored, empty_rows(self.table) if stored is None else self.decode(stored.content)

    def stored(self, lake: Lake) -> Stored | None:
        """Return the file's content, None when there is no file; LakeError where something else lies."""
        try:
            return lake.read(self.key)
        except OutOfReach as error:
            raise LakeError(error.what, f"Remove it, then run {module_command('flows.rebuild')}.") from None

    def decode(self, content: bytes) -> pl.DataFrame:
        """Return the rows of a content of this file; raises LakeError when it has none or is damaged."""
        rows = from_parquet(self.table, content, self.partitions, self.key)
        if rows.is_empty():
            raise LakeError(f"{self.key} has no rows, and a table without rows has no file", REBUILD)
        return rows

    def encode(self, rows: pl.DataFrame) -> bytes:
        """Return the bytes of the file with these rows; dataframely's ValidationError for broken ones."""
        rows = rows.sort(self.table.key)
        self.table.refuse_invalid(rows.select(list(self.table.types)))
        return to_parquet(self.table, rows)

    def write(self, lake: Lake, rows: pl.DataFrame, old: Stored | None, before: int) -> Published:
        """Write the rows unless the file has them already, and read the footer back."""
        content = self.encode(rows)
        version = old.version if old else ""
        changed = old.content != content if old else not rows.is_empty()
        if changed:
            version = lake.replace(self.key, content, old)
            footer = lake.tail(self.key, version, metadata_size(content))
            if footer is not None:  # else somebody has written a newer one already
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
    """Return the years that a chart has entries of, in order."""
    parts = [file.partitions for file in files_of(lake, CHART_ENTRIES)]
    return sorted(int(part["year"]) for part in parts if part["chart"] == chart)


def songs_file() -> File:
    """Return the file of the songs."""
    return table_file(SONGS)


def files_of(lake: Lake, table: Table) -> list[File]:
    """Return the files that a table has in the lake, by key."""
    return all_files(lake.list(f"{TRANSFORMED}{table.name}/"))


def all_files(listed: Iterable[Item]) -> list[File]:
    """Return the files of all tables, by key, among listed objects; whatever else lies there is none."""
    keys = sorted(item.key for item in listed)
    return [file for file in map(find_file, keys) if file]


def strays_among(listed: Iterable[Item]) -> list[str]:
    """Return the keys below `transformed_data/` that the contract does not name, in order."""
    return sorted(item.key for item in listed if item.key.startswith(TRANSFORMED) and not find_file(item.key))


def is_read_by_athena(key: str) -> bool:
    """Say whether Athena reads what lies there: names that begin with _ or . it leaves alone."""
    return not key.rpartition("/")[2].startswith(("_", "."))


def find_file(key: str) -> File | None:
    """Return the table's file that the contract names by a key; None when it names none."""
    entries = _ENTRIES.fullmatch(key)
    return chart_file(entries[1], int(entries[2])) if entries else _DIMENSIONS.get(key)


def file_at(table: Table, key: str) -> File:
    """Return the file of a table that lies at a key."""
    return File(table, key, dict(part.split("=", 1) for part in key.split("/") if "=" in part))


_DIMENSIONS = {
    file.key: file for file in (table_file(each) for each in TABLES.values() if each is not CHART_ENTRIES)
}


def bare_among(songs: pl.DataFrame) -> tuple[str, ...]:
    """Return the ids of the songs of which only a chart's line is known, those charted last first."""
    newest_first = songs.filter(~IS_FULL).sort("updated_at", "song_id", descending=[True, False])
    return tuple(newest_first["song_id"])


def bare_songs(lake: Lake) -> tuple[str, ...]:
    """Return the same of the songs in the lake."""
    return bare_among(songs_file().read(lake)[1])


def holds_simulated(lake: Lake, likely: File | None = None) -> bool | None:
    """Say whether the lake holds simulated charts, by its archive where it has no tables; None without any.

    likely: a file of chart entries that is probably there, which spares the listing.
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
    """Return whether the lake holds no chart yet; raise SettingsError if it holds the other kind."""
    holds = holds_simulated(lake, likely)
    if holds is not None and holds != simulated:
        kind, other = ("simulated", "real") if holds else ("real", "simulated")
        raise SettingsError(
            f"the lake {lake.address} holds {kind} charts and refuses {other} ones",
            "Choose another TOP50_LAKE, or another TOP50_SOURCE.",
        )
    return holds is None
