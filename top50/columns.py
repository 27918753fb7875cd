"""Snapshots → columns → frames: the hot path of a backlog, a list per column and no object per row."""

from collections import defaultdict
from typing import Any

import polars as pl

from top50.decode import Addresses, Album, Artist
from top50.snapshot import Entry, Snapshot
from top50.tables import ALBUM, ARTIST, CHART_ENTRIES, SONGS, Table

_WEB = "https://open.spotify.com/"

_Columns = dict[str, list[Any]]


class Columns:
    """Collects snapshots; `frames()` gives the rows of all of them, not yet merged."""

    def __init__(self) -> None:
        self.entries: _Columns = defaultdict(list)
        self.songs: _Columns = defaultdict(list)
        self.albums: _Columns = defaultdict(list)
        self.artists: _Columns = defaultdict(list)

    def add(self, snapshot: Snapshot) -> None:
        """Take in the rows of one snapshot."""
        if snapshot.chart is not None:
            self._add_entries(snapshot)
        self._add_songs(snapshot)
        albums = [entry.track.album for entry in snapshot.entries]
        self._add_albums([album for album in albums if album and album.id], snapshot)
        artists = [artist for entry in snapshot.entries for artist in entry.track.artists or ()]
        self._add_artists([artist for artist in artists if artist.id], snapshot)

    def _add_entries(self, snapshot: Snapshot) -> None:
        rows, to, count = snapshot.entries, self.entries, len(snapshot.entries)
        to["rank"] += [row.rank for row in rows]
        to["song_id"] += [row.song_id for row in rows]
        to["streams"] += [row.streams for row in rows]
        to["popularity"] += [row.track.popularity for row in rows]
        to["reported_previous_rank"] += [row.previous_rank for row in rows]
        to["reported_peak_rank"] += [row.peak_rank for row in rows]
        to["reported_weeks_on_chart"] += [row.weeks_on_chart for row in rows]
        to["chart_date"] += [snapshot.chart_date] * count
        to["source"] += [snapshot.source] * count
        to["raw_key"] += [snapshot.key] * count
        to["observed_at"] += [snapshot.observed_at] * count
        to["chart"] += [snapshot.chart and snapshot.chart.name] * count
        to["year"] += [snapshot.chart_date and f"{snapshot.chart_date:%Y}"] * count

    def _add_songs(self, snapshot: Snapshot) -> None:
        rows, to = snapshot.entries, self.songs
        tracks = [row.track for row in rows]
        to["song_id"] += [row.song_id for row in rows]
        to["song_name"] += [track.name or "" for track in tracks]
        to["duration_ms"] += [track.duration_ms for track in tracks]
        to["explicit"] += [track.explicit for track in tracks]
        to["isrc"] += [track.external_ids and track.external_ids.isrc for track in tracks]
        to["url"] += [_address(track.external_urls) for track in tracks]
        to["popularity"] += [track.popularity for track in tracks]
        to["song_added"] += [row.added_at for row in rows]
        to["album_id"] += [(track.album and track.album.id) or None for track in tracks]
        to["artist_id"] += [_first_artist(row) for row in rows]
        to["artist_names"] += [row.artist_names for row in rows]
        to["artist_ids"] += [
            ",".join([artist.id or "" for artist in track.artists or ()]) for track in tracks
        ]
        to["updated_at"] += [snapshot.observed_at] * len(rows)

    def _add_albums(self, albums: list[Album], snapshot: Snapshot) -> None:
        to = self.albums
        to["album_id"] += [album.id for album in albums]
        to["name"] += [album.name or "" for album in albums]
        to["album_type"] += [album.album_type for album in albums]
        to["release_date"] += [album.release_date for album in albums]
        to["release_date_precision"] += [album.release_date_precision for album in albums]
        to["total_tracks"] += [album.total_tracks for album in albums]
        to["url"] += [_address(album.external_urls) for album in albums]
        to["image_url"] += [album.images[0].url if album.images else None for album in albums]
        to["updated_at"] += [snapshot.observed_at] * len(albums)

    def _add_artists(self, artists: list[Artist], snapshot: Snapshot) -> None:
        to = self.artists
        to["artist_id"] += [artist.id for artist in artists]
        to["artist_name"] += [artist.name or "" for artist in artists]
        to["external_url"] += [_address(artist.external_urls) for artist in artists]
        to["updated_at"] += [snapshot.observed_at] * len(artists)

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Return artists, albums, songs (with `artist_ids`) and chart entries."""
        return (
            _frame(ARTIST, self.artists),
            _frame(ALBUM, self.albums, release_date=pl.String()).with_columns(release_date=_first_day()),
            _frame(SONGS, self.songs, artist_ids=pl.String()),
            _frame(CHART_ENTRIES, self.entries),
        )


def _frame(table: Table, columns: _Columns, **other: pl.DataType) -> pl.DataFrame:
    schema = {**table.types, **other}
    return pl.DataFrame({name: columns[name] for name in schema}, schema=schema)


def _first_artist(entry: Entry) -> str | None:
    artists = entry.track.artists
    return (artists[0].id or None) if artists else None


def _address(addresses: Addresses | None) -> str | None:
    """Return an address on open.spotify.com; anything else in its place is not one."""
    address = addresses and addresses.spotify
    return address if address and address.startswith(_WEB) else None


def _first_day() -> pl.Expr:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD` → its first day; null for year 0000 and for what is no date."""
    text = pl.col("release_date")
    day = text.str.extract(r"^(\d{4}(?:-\d\d){0,2})$") + pl.lit("-01-01").str.slice(text.str.len_bytes() - 4)
    is_year = ~text.str.starts_with("0000")
    return pl.when(is_year).then(day.str.to_date("%Y-%m-%d", strict=False))
