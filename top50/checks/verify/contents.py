"""The rows of the table files: are they typed, sorted, unique, and do their references resolve?"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from top50.checks.finding import Problem
from top50.errors import LakeError, LakeUnavailable
from top50.lake import Lake
from top50.tables.files import TRANSFORMED, File, file_at
from top50.tables.integrity import broken_key, missing_references
from top50.tables.merge import concat_charts, split_artist_ids
from top50.tables.parquet import REBUILD, empty_rows
from top50.tables.schemas import CHART_ENTRIES, SONG_ARTISTS, SONGS, TABLES, Invalid

_CHART = ["chart", "chart_date"]


@dataclass(frozen=True)
class Contents:
    """The rows of all readable table files."""

    files: list[tuple[File, pl.DataFrame]]  # partitions included; songs with their `artist_ids`
    unreadable: list[Problem]  # files that are damaged, or have other columns or types than their table

    @classmethod
    def of(cls, lake: Lake, keys: Iterable[str]) -> "Contents":
        """Read the table files with these keys; raises LakeUnavailable."""
        files, unreadable = [], []
        for key in keys:
            file = file_at(TABLES[key.removeprefix(TRANSFORMED).partition("/")[0]], key)
            try:
                files.append((file, file.read(lake)[1]))
            except LakeUnavailable:
                raise
            except LakeError as error:
                unreadable.append(Problem(error.what, error.remedy))
        return cls(files, unreadable)

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Table name → the rows of all its files."""
        return {
            name: concat_charts(
                [empty_rows(table), *(rows for file, rows in self.files if file.table is table)]
            )
            for name, table in TABLES.items()
        }

    @property
    def raw_keys(self) -> dict[str, str]:
        """The raw key of each chart's entries → the key of the file that holds them."""
        entries = [(file, rows) for file, rows in self.files if file.table is CHART_ENTRIES]
        return {key: file.key for file, rows in entries for key in rows["raw_key"].drop_nulls().unique()}

    def broken_keys(self) -> Iterator[Problem]:
        """Yield files with rows that are not sorted, not unique, invalid, or of another year."""
        for file, rows in self.files:
            broken = broken_key(file.table, rows) or _invalid(file, rows)
            if broken:
                yield Problem(f"{file.key}: {broken}", REBUILD)

    def broken_references(self) -> Iterator[Problem]:
        """Yield ids that the referenced table lacks, and a song_artists that differs from the songs."""
        for missing in missing_references(self.tables):
            yield Problem(str(missing), REBUILD)
        songs, song_artists = self.tables[SONGS.name], self.tables[SONG_ARTISTS.name]
        if not split_artist_ids(songs)[1].equals(song_artists.sort(SONG_ARTISTS.key)):
            yield Problem("song_artists differs from the artists that songs.parquet lists", REBUILD)

    def broken_charts(self, size: int) -> Iterator[Problem]:
        """Yield charts with ranks outside 1 to `size`, and charts made from more than one raw object."""
        entries = self.tables[CHART_ENTRIES.name]
        outside = entries.filter(~pl.col("rank").is_between(1, size))
        for chart, day, rank in outside.group_by(_CHART).agg(pl.col("rank").max()).sort(_CHART).rows():
            what = f"{chart} {day} has rank {rank}, and TOP50_SIZE is {size}"
            yield Problem(what, "Verify it with the TOP50_SIZE that it was processed with.")
        mixed = entries.filter(pl.col("raw_key").n_unique().over(_CHART) > 1)
        for chart, day, key in mixed.group_by(_CHART).agg(pl.col("raw_key").max()).sort(_CHART).rows():
            yield Problem(f"{chart} {day} is mixed from {key} and another raw object", REBUILD)


def _invalid(file: File, rows: pl.DataFrame) -> str | None:
    """Return which row is invalid, or of another year than its file; None when all are valid."""
    try:
        file.table.check(rows.select(list(file.table.types)))
    except Invalid as error:
        return f"invalid rows: {error}"
    if "year" in rows.columns:
        other = rows.filter(pl.col("chart_date").dt.strftime("%Y") != pl.col("year"))
        if other.height:
            return f"{other['chart_date'][0]} is of another year"
    return None
