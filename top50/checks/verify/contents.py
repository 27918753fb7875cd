"""What is in the tables' files: their form, their keys, and what they say of each other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from top50.checks.verify.told import REBUILD, Problem
from top50.errors import LakeError, LakeUnavailable
from top50.lake import Lake
from top50.tables import CHART_ENTRIES, SONG_ARTISTS, SONGS, TABLES, Invalid, Table
from top50.tables.files import TRANSFORMED, File, file_at
from top50.tables.integrity import broken_key, missing_references
from top50.tables.merge import concat_charts, split_artist_ids
from top50.tables.parquet import empty_rows

_CHART = ["chart", "chart_date"]


@dataclass(frozen=True)
class Contents:
    """The rows of each file that can be read, partitions included; songs with their `artist_ids`."""

    files: list[tuple[File, pl.DataFrame]]
    mistyped: list[Problem]
    """Files that cannot be read, or are not of their table's form."""

    @classmethod
    def of(cls, lake: Lake, keys: Iterable[str]) -> "Contents":
        """Read table files; raises LakeError when the lake cannot be read."""
        files, mistyped = [], []
        for key in keys:
            file = file_at(TABLES[key.removeprefix(TRANSFORMED).partition("/")[0]], key)
            try:
                files.append((file, file.read(lake)[1]))
            except LakeUnavailable:
                raise
            except LakeError as error:
                mistyped.append(Problem(error.what, error.remedy))
        return cls(files, mistyped)

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Table name → its rows, of all its files."""
        return {name: self._rows(table) for name, table in TABLES.items()}

    def _rows(self, table: Table) -> pl.DataFrame:
        found = [rows for file, rows in self.files if file.table is table]
        return concat_charts([empty_rows(table), *found])

    @property
    def raw_keys(self) -> dict[str, str]:
        """The raw objects that chart entries come from → the file that holds them."""
        entries = [(file, rows) for file, rows in self.files if file.table is CHART_ENTRIES]
        return {key: file.key for file, rows in entries for key in rows["raw_key"].drop_nulls().unique()}

    def broken_keys(self) -> Iterator[Problem]:
        """Yield files whose rows are not in order, not unique, against the contract, or of another year."""
        for file, rows in self.files:
            broken = broken_key(file.table, rows) or _against_contract(file.table, rows) or _astray(rows)
            if broken:
                yield Problem(f"{file.key}: {broken}", REBUILD)

    def broken_references(self) -> Iterator[Problem]:
        """Yield ids that lead nowhere, and song_artists that are not those of the songs."""
        for missing in missing_references(self.tables):
            yield Problem(str(missing), REBUILD)
        songs, there = self.tables[SONGS.name], self.tables[SONG_ARTISTS.name]
        if not split_artist_ids(songs)[1].equals(there.sort(SONG_ARTISTS.key)):
            yield Problem("song_artists is not what songs.parquet says of its songs' artists", REBUILD)

    def broken_charts(self, size: int) -> Iterator[Problem]:
        """Yield charts with ranks beyond `size`, and those whose entries come from two raw objects."""
        entries = self.tables[CHART_ENTRIES.name]
        for chart, day, rank in _first(entries.filter(~pl.col("rank").is_between(1, size)), "rank"):
            what = f"{chart} {day} has rank {rank}, and TOP50_SIZE is {size}"
            yield Problem(what, "Verify it with the TOP50_SIZE that it was made with.")
        mixed = entries.filter(pl.col("raw_key").n_unique().over(_CHART) > 1)
        for chart, day, key in _first(mixed, "raw_key"):
            yield Problem(f"{chart} {day} is mixed from {key} and another raw object", REBUILD)


def _first(entries: pl.DataFrame, column: str) -> list[tuple[object, ...]]:
    """Return chart, date and the greatest value of a column, once for each chart."""
    return entries.group_by(_CHART).agg(pl.col(column).max()).sort(_CHART).rows()


def _against_contract(table: Table, rows: pl.DataFrame) -> str | None:
    try:
        table.check(rows.select(list(table.types)))
    except Invalid as error:
        return f"rows are against the contract: {error}"
    return None


def _astray(rows: pl.DataFrame) -> str | None:
    """Say which row of a file of chart entries is of another year than the file."""
    if "year" not in rows.columns:
        return None
    other = rows.filter(pl.col("chart_date").dt.strftime("%Y") != pl.col("year"))
    return f"{other['chart_date'][0]} is of another year" if other.height else None
