"""Snapshots → columns → frames: the hot path of a backlog.

Only the newest observation of each song, album and artist becomes a row: a backlog of years repeats the
same few thousand over and over.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Generic, TypeVar

import polars as pl

from top50.read.snapshot import Entry, Snapshot
from top50.read.spotify_types import Addresses, Album, Artist
from top50.tables.merge import with_says_chart
from top50.tables.schemas import ALBUM, ARTIST, CHART_ENTRIES, SONGS, Table

_WEB = "https://open.spotify.com/"

_Columns = dict[str, list[Any]]
_Found = TypeVar("_Found")
_Named = TypeVar("_Named", Album, Artist)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# More than any number of microseconds: an observation of a better level wins over one of any time.
_LEVEL = 1 << 62

# The columns of chart entries that are the same for a whole chart.
_OF_A_CHART = ("chart_date", "source", "raw_key", "observed_at", "chart", "year")


class _Newest(Generic[_Found]):
    """The latest observation of each id; several of the same time are all stored, for merge.py to choose."""

    def __init__(self, key: str) -> None:
        self._key = attrgetter(key)
        self._weights: dict[str | None, int] = {}
        self._best: dict[str, list[_Found]] = {}
        self._times: dict[int, datetime] = {}
        self._least = 8 * _LEVEL

    def add(self, at: datetime, found: list[_Found], level: int = 0) -> None:
        """Store observations, except those without an id and those of an id that has a better one."""
        if not found:
            return
        weight = (at - _EPOCH) // _MICROSECOND + level * _LEVEL
        self._times[weight] = at
        named = zip(map(self._key, found), found, strict=True)
        if weight < self._least:  # all stored ones are better: only new ids count
            self._least = weight
            stored = self._best
            self._store(weight, [(key, one) for key, one in named if key not in stored])
        else:
            best = self._weights.get
            self._store(weight, [(key, one) for key, one in named if best(key, weight) <= weight])

    def _store(self, weight: int, as_good: Iterable[tuple[str | None, _Found]]) -> None:
        weights, best = self._weights, self._best
        for key, one in as_good:
            if not key:
                continue
            if weights.get(key) == weight:
                best[key].append(one)
            else:
                weights[key] = weight
                best[key] = [one]

    def rows(self) -> tuple[list[_Found], list[datetime]]:
        """Return the stored observations, and for each the time of its observation."""
        found = [one for same in self._best.values() for one in same]
        times = [self._times[self._weights[key]] for key, same in self._best.items() for _ in same]
        return found, times


class Columns:
    """Collects snapshots; `frames()` gives the rows of all of them, not yet merged."""

    def __init__(self) -> None:
        self._charts: _Columns = defaultdict(list)
        self._entries: _Columns = defaultdict(list)
        self._unnamed: set[str] = set()
        self._songs: _Newest[Entry] = _Newest("song_id")
        self._albums: _Newest[Album] = _Newest("id")
        self._artists: _Newest[Artist] = _Newest("id")

    def add(self, snapshot: Snapshot) -> None:
        """Add the rows of one snapshot."""
        rows, at = snapshot.entries, snapshot.observed_at
        tracks = [row.track for row in rows]
        if all([track.duration_ms is not None and _has_name(track.name) for track in tracks]):  # noqa: C419 - a list is faster
            self._songs.add(at, rows, level=5)
        else:
            for level, some in _by_level(rows, _level_of_song):
                self._songs.add(at, some, level)
        for level, albums in _by_name(snapshot.albums):
            self._albums.add(at, albums, level)
        for level, artists in _by_name(snapshot.artists):
            self._artists.add(at, artists, level)
        if snapshot.chart is not None:
            self._add_entries(snapshot)

    def _add_entries(self, snapshot: Snapshot) -> None:
        rows, to = snapshot.entries, self._entries
        to["rank"] += [row.rank for row in rows]
        to["song_id"] += [row.song_id for row in rows]
        to["streams"] += [row.streams for row in rows]
        to["popularity"] += [row.track.popularity for row in rows]
        to["reported_previous_rank"] += [row.previous_rank for row in rows]
        to["reported_peak_rank"] += [row.peak_rank for row in rows]
        to["reported_weeks_on_chart"] += [row.weeks_on_chart for row in rows]
        to["label"] += [row.label for row in rows]
        to["snapshot"] += [len(self._charts["raw_key"])] * len(rows)
        if not snapshot.says_chart:
            self._unnamed.add(snapshot.key)
        self._charts["chart_date"].append(snapshot.chart_date)
        self._charts["source"].append(snapshot.source)
        self._charts["raw_key"].append(snapshot.key)
        self._charts["observed_at"].append(snapshot.observed_at)
        self._charts["chart"].append(snapshot.chart and snapshot.chart.name)
        self._charts["year"].append(snapshot.chart_date and f"{snapshot.chart_date.year:04}")

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Return artists, albums, songs (with `artist_ids`) and chart entries (with `says_chart`)."""
        artists, observed = self._artists.rows()
        artist_columns: _Columns = {
            "artist_id": [artist.id for artist in artists],
            "artist_name": [artist.name or "" for artist in artists],
            "external_url": [_address(artist.external_urls) for artist in artists],
            "updated_at": observed,
        }
        return (
            _frame(ARTIST, artist_columns),
            _album_rows(*self._albums.rows()),
            _song_rows(*self._songs.rows()),
            self._chart_entries(),
        )

    def _chart_entries(self) -> pl.DataFrame:
        """Repeat for each rank what its snapshot has once: much faster than a datetime for each rank."""
        types = CHART_ENTRIES.types
        charts = pl.DataFrame(self._charts, schema={name: types[name] for name in _OF_A_CHART})
        own = {name: dtype for name, dtype in types.items() if name not in _OF_A_CHART}
        entries = pl.DataFrame(
            [_series(name, self._entries[name], dtype) for name, dtype in own.items()]
            + [pl.Series("snapshot", self._entries["snapshot"], dtype=pl.Int32)]
        )
        rows = pl.concat([entries, charts[entries["snapshot"]]], how="horizontal").select(list(types))
        return with_says_chart(rows, self._unnamed)


def _by_level(found: list[_Found], level_of: Callable[[_Found], int]) -> list[tuple[int, list[_Found]]]:
    """Group by level, best first; levels are the order of merge.py."""
    levels: dict[int, list[_Found]] = defaultdict(list)
    for one in found:
        levels[level_of(one)].append(one)
    return sorted(levels.items(), reverse=True)


def _level_of_song(row: Entry) -> int:
    track = row.track
    return 3 * _has_name(track.name) + (2 if track.is_full else 1 if track.artist_id else 0)


def _has_name(name: str | None) -> bool:
    """Return whether a name is more than blanks, by the same rule as merge.py."""
    return name is not None and name != "" and not name.isspace()


def _by_name(found: list[_Named]) -> list[tuple[int, list[_Named]]]:
    """Group into those with a name (level 1) and those without (level 0), best first."""
    if all([_has_name(one.name) for one in found]):  # noqa: C419 - a list is faster
        return [(1, found)]
    return _by_level(found, lambda one: int(_has_name(one.name)))


def _song_rows(rows: list[Entry], observed: list[datetime]) -> pl.DataFrame:
    """Return songs with `artist_ids`. An ISRC is as in ISO 3901, without hyphens; an empty one is null."""
    tracks = [row.track for row in rows]
    columns: _Columns = {
        "song_id": [row.song_id for row in rows],
        "song_name": [track.name or "" for track in tracks],
        "duration_ms": [track.duration_ms for track in tracks],
        "explicit": [track.explicit for track in tracks],
        "isrc": [track.external_ids and track.external_ids.isrc for track in tracks],
        "url": [_address(track.external_urls) for track in tracks],
        "popularity": [track.popularity for track in tracks],
        "song_added": [row.added_at for row in rows],
        "album_id": [track.album_id for track in tracks],
        "artist_id": [track.artist_id for track in tracks],
        "artist_names": [
            ", ".join([artist.name or "" for artist in row.track.artists])
            if row.track.artists
            else row.artist_names
            for row in rows
        ],
        "artist_ids": [",".join([artist.id or "" for artist in track.artists or ()]) for track in tracks],
        "updated_at": observed,
        "image_url": [_cover(row.track.album) or row.image_url for row in rows],
    }
    code = pl.col("isrc").str.to_uppercase().str.replace_all(r"[^0-9A-Z]", "")
    code = code.str.replace(r"^ISRC(.{12})$", "$1")
    return _frame(SONGS, columns, artist_ids=pl.String()).with_columns(isrc=pl.when(code != "").then(code))


def _album_rows(albums: list[Album], observed: list[datetime]) -> pl.DataFrame:
    """Return albums; a date is the first day of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, null when impossible."""
    columns: _Columns = {
        "album_id": [album.id for album in albums],
        "name": [album.name or "" for album in albums],
        "album_type": [album.album_type for album in albums],
        "release_date": [album.release_date for album in albums],
        "release_date_precision": [album.release_date_precision for album in albums],
        "total_tracks": [album.total_tracks for album in albums],
        "url": [_address(album.external_urls) for album in albums],
        "image_url": [_cover(album) for album in albums],
        "updated_at": observed,
    }
    text = pl.col("release_date")
    day = text.str.extract(r"^(\d{4}(?:-\d\d){0,2})$") + pl.lit("-01-01").str.slice(text.str.len_bytes() - 4)
    first_day = pl.when(~text.str.starts_with("0000")).then(day.str.to_date("%Y-%m-%d", strict=False))
    return _frame(ALBUM, columns, release_date=pl.String()).with_columns(release_date=first_day)


def _frame(table: Table, columns: _Columns, **other: pl.DataType) -> pl.DataFrame:
    schema = {**table.types, **other}
    return pl.DataFrame([_series(name, columns[name], dtype) for name, dtype in schema.items()])


def _series(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    """Return a column; quickly also where Polars is slow: without any value, and with datetimes."""
    if values.count(None) == len(values):
        return pl.Series(name, dtype=dtype).extend_constant(None, len(values))
    if isinstance(dtype, pl.Datetime):
        instants = {at: at and (at - _EPOCH) // _MICROSECOND for at in set(values)}
        return pl.Series(name, [instants[at] for at in values], dtype=pl.Int64).cast(dtype)
    return pl.Series(name, values, dtype=dtype)


def _address(addresses: Addresses | None) -> str | None:
    """Return the address on open.spotify.com; None for any other."""
    address = addresses and addresses.spotify
    return address if address and address.startswith(_WEB) else None


def _cover(album: Album | None) -> str | None:
    """Return the address of the widest image, which Spotify sends first."""
    return (album.images[0].url or None) if album and album.images else None
