"""The tables: columns, types, keys, checks and comments, defined once; all else is derived from them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl
import pyarrow as pa

# dataframely imports SQLAlchemy wherever it is installed, as for Prefect's server, and uses it only to
# describe tables to it: 0.15 s and 13 MB in each process. None in sys.modules makes the import fail.
_modules: dict[str, Any] = sys.modules
_modules.setdefault("sqlalchemy", None)
import dataframely as dy  # noqa: E402

if _modules["sqlalchemy"] is None:
    del _modules["sqlalchemy"]

# What `Table.check` and `Table.refuse_invalid` raise.
Invalid = dy.exc.ValidationError


def _text(comment: str, *, nullable: bool = True, key: bool = False) -> dy.String:
    return dy.String(nullable=nullable and not key, primary_key=key, metadata={"comment": comment})


def _int32(comment: str, *, nullable: bool = True, key: bool = False, least: int | None = None) -> dy.Int32:
    return dy.Int32(nullable=nullable and not key, primary_key=key, min=least, metadata={"comment": comment})


def _instant(comment: str, *, nullable: bool = True) -> dy.Datetime:
    return dy.Datetime(nullable=nullable, time_unit="us", time_zone="UTC", metadata={"comment": comment})


def _updated_at() -> dy.Datetime:
    return _instant("When the source was read that this row comes from.", nullable=False)


class Album(dy.Schema):
    """An album that holds a charted song."""

    album_id = _text("Spotify's id of the album.", key=True)
    name = _text("Its name.", nullable=False)
    album_type = _text("album, single or compilation.")
    release_date = dy.Date(
        nullable=True,
        metadata={"comment": "First day of the stated year, month or day; null when impossible."},
    )
    release_date_precision = _text("How exact the source was: year, month or day.")
    total_tracks = _int32("How many tracks the album has.")
    url = _text("The album on open.spotify.com.")
    image_url = _text("Its widest cover.")
    updated_at = _updated_at()


class Artist(dy.Schema):
    """An artist named on a charted song."""

    artist_id = _text("Spotify's id of the artist.", key=True)
    artist_name = _text("The artist's name.", nullable=False)
    external_url = _text("The artist on open.spotify.com.")
    updated_at = _updated_at()


class Song(dy.Schema):
    """A charted song, as its source described it last."""

    song_id = _text("Spotify's id of the track.", key=True)
    song_name = _text("Its name.", nullable=False)
    duration_ms = dy.Int64(nullable=True, metadata={"comment": "Length in milliseconds."})
    explicit = dy.Bool(nullable=True, metadata={"comment": "Whether it has explicit lyrics."})
    isrc = _text("International Standard Recording Code.")
    url = _text("The song on open.spotify.com.")
    popularity = _int32("Spotify's popularity, 0 to 100; no longer sent to most apps.")
    song_added = _instant("When the song was added to the playlist.")
    album_id = _text("Its album.")
    artist_id = _text("The first artist of the song (not of the album).")
    artist_names = _text('All artists, in order, joined by ", "; from a CSV its own text.')
    updated_at = _updated_at()
    image_url = _text("The album's widest cover, or the picture that the charts page shows.")


class SongArtist(dy.Schema):
    """One artist of one song."""

    song_id = _text("The song.", key=True)
    position = _int32("1 = first named.", key=True, least=1)
    artist_id = _text("The artist.", nullable=False)


class ChartEntry(dy.Schema):
    """One rank of one chart."""

    chart_date = dy.Date(
        nullable=False, primary_key=True, metadata={"comment": "The last day that the chart covers."}
    )
    rank = _int32("Position in the chart as the source gives it, 1 = most played.", key=True, least=1)
    song_id = _text("The song.", nullable=False)
    streams = dy.Int64(
        nullable=True, metadata={"comment": "Plays in the chart's time, from an official CSV."}
    )
    popularity = _int32("Spotify's popularity of the song at that time, 0 to 100.")
    reported_previous_rank = _int32("Rank in the chart before, as the source says; -1 = was not there.")
    reported_peak_rank = _int32("Best rank so far, as the source says.")
    reported_weeks_on_chart = _int32("Charts so far, as the source says.")
    source = _text("Where the chart was read.", nullable=False)
    raw_key = _text("The raw object that all entries of this chart come from.", nullable=False)
    observed_at = _instant("When the source was read.", nullable=False)
    label = _text("The song's label, as the source writes it, never split.")
    chart = _text("The chart, such as global-weekly or us-daily.", key=True)
    year = _text("Year of chart_date.", nullable=False)


@dataclass(frozen=True)
class Table:
    """A table of the lake: its name, its schema, and the columns stored in the path instead of the file."""

    name: str
    schema: type[dy.Schema]
    partitions: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> list[str]:
        """The columns inside a file, in order."""
        return [name for name in self.schema.column_names() if name not in self.partitions]

    @cached_property
    def types(self) -> dict[str, pl.DataType]:
        """The type of each column of a frame, partitions included."""
        return {name: column.dtype for name, column in self.schema.columns().items()}

    @cached_property
    def comments(self) -> Mapping[str, str]:
        """The description of each column, partitions included."""
        return {name: (column.metadata or {})["comment"] for name, column in self.schema.columns().items()}

    @cached_property
    def key(self) -> list[str]:
        """The primary key, partitions first: the order in which rows are sorted."""
        names = self.schema.primary_key()
        return sorted(names, key=lambda name: name not in self.partitions)

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The schema of the Parquet files, with the comments as metadata."""
        fields = []
        for name in self.columns:
            dtype, nullable = self.types[name], self.schema.columns()[name].nullable
            # Polars' own type for text is large_string, which not every reader likes.
            arrow = pa.string() if dtype == pl.String else pl.Series([], dtype=dtype).to_arrow().type
            fields.append(pa.field(name, arrow, nullable, {"comment": self.comments[name]}))
        return pa.schema(fields)

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame sorted by key; raises Invalid when it breaks the contract."""
        self.refuse_invalid(frame)
        return frame.select(list(self.types)).sort(self.key)

    def refuse_invalid(self, frame: pl.DataFrame) -> None:
        """Raise Invalid when a frame breaks the contract."""
        if not self.schema.is_valid(frame):
            self.schema.validate(frame)  # slower, but its error describes the rows


ALBUM = Table("album", Album)
ARTIST = Table("artist", Artist)
SONGS = Table("songs", Song)
SONG_ARTISTS = Table("song_artists", SongArtist)
CHART_ENTRIES = Table("chart_entries", ChartEntry, partitions=("chart", "year"))


class Frames(dict[str, pl.DataFrame]):
    """Table name → its rows, with the columns of the contract.

    unnamed: the raw keys of the charts whose raw object does not name its chart. A raw object that does
    name it replaces them, in later runs too, and no column of the contract records that.
    """

    unnamed: frozenset[str] = frozenset()


# In the order of publishing: a row is published before the rows that refer to it.
TABLES: dict[str, Table] = {
    table.name: table for table in (ARTIST, ALBUM, SONG_ARTISTS, SONGS, CHART_ENTRIES)
}
