"""The same tables as Polars' users would write them: `scan_ndjson` with a schema, lazy, then Parquet."""

from pathlib import Path

import polars as pl
from polars import col

_ADDRESSES = pl.Struct({"spotify": pl.String})
_ARTIST = pl.Struct({"id": pl.String, "name": pl.String, "external_urls": _ADDRESSES})
_ALBUM = pl.Struct(
    {
        "id": pl.String,
        "name": pl.String,
        "album_type": pl.String,
        "release_date": pl.String,
        "release_date_precision": pl.String,
        "total_tracks": pl.Int32,
        "external_urls": _ADDRESSES,
        "images": pl.List(pl.Struct({"url": pl.String})),
    }
)
_TRACK = pl.Struct(
    {
        "id": pl.String,
        "name": pl.String,
        "duration_ms": pl.Int64,
        "explicit": pl.Boolean,
        "popularity": pl.Int32,
        "external_ids": pl.Struct({"isrc": pl.String}),
        "external_urls": _ADDRESSES,
        "album": _ALBUM,
        "artists": pl.List(_ARTIST),
    }
)
_ROW = pl.Struct({"added_at": pl.String, "track": _TRACK})
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "tracks": pl.Struct({"items": pl.List(_ROW)}),
}

_TRACK_ID = col("track").struct.field("id")
_ALBUM_FIELD = col("track").struct.field("album").struct
_URL = col("external_urls").struct.field("spotify")


def build_in_polars(folder: Path, out: Path) -> dict[str, int]:
    """Write the five tables from the files of a folder, each one line of JSON; return rows per table."""
    tracks = _tracks(folder)
    lazy = {
        "album": _albums(tracks),
        "artist": _artists(tracks),
        "songs": _songs(tracks).drop("artists"),
        "song_artists": _song_artists(tracks),
        "chart_entries": _entries(tracks),
    }
    frames = dict(zip(lazy, pl.collect_all(lazy.values(), engine="streaming"), strict=True))
    for name, frame in frames.items():
        frame.write_parquet(out / f"{name}.parquet")
    return {name: frame.height for name, frame in frames.items()}


def _tracks(folder: Path) -> pl.LazyFrame:
    scanned = pl.scan_ndjson(f"{folder}/**/*.json", schema=_SCHEMA, include_file_paths="raw_key")
    rows = scanned.select("raw_key", col("id").alias("chart"), col("tracks").struct.field("items"))
    ranked = rows.with_columns(rank=pl.int_ranges(1, col("items").list.len() + 1, dtype=pl.Int32))
    exploded = ranked.explode("items", "rank").unnest("items").filter(_TRACK_ID.is_not_null())
    return exploded.with_columns(col("added_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC"))


def _newest(rows: pl.LazyFrame, key: str) -> pl.LazyFrame:
    kept = rows.filter(col(key).is_not_null()).sort("updated_at", descending=True)
    return kept.unique(key, keep="first").sort(key)


def _songs(tracks: pl.LazyFrame) -> pl.LazyFrame:
    rows = tracks.select("added_at", "track").unnest("track")
    songs = rows.select(
        col("id").alias("song_id"),
        col("name").alias("song_name"),
        *("duration_ms", "explicit"),
        col("external_ids").struct.field("isrc"),
        _URL.alias("url"),
        "popularity",
        col("added_at").alias("song_added"),
        col("album").struct.field("id").alias("album_id"),
        col("artists").list.first().struct.field("id").alias("artist_id"),
        col("artists").list.eval(pl.element().struct.field("name")).list.join(", ").alias("artist_names"),
        col("added_at").alias("updated_at"),
        "artists",
    )
    return _newest(songs, "song_id")


def _song_artists(tracks: pl.LazyFrame) -> pl.LazyFrame:
    named = _songs(tracks).select("song_id", "artists")
    placed = named.with_columns(position=pl.int_ranges(1, col("artists").list.len() + 1, dtype=pl.Int32))
    exploded = placed.explode("artists", "position")
    rows = exploded.select("song_id", "position", artist_id=col("artists").struct.field("id"))
    return rows.filter(col("artist_id").is_not_null()).sort("song_id", "position")


def _albums(tracks: pl.LazyFrame) -> pl.LazyFrame:
    albums = tracks.select(
        _ALBUM_FIELD.field("id").alias("album_id"),
        *(_ALBUM_FIELD.field(name) for name in ("name", "album_type")),
        _ALBUM_FIELD.field("release_date").str.to_date("%Y-%m-%d", strict=False),
        *(_ALBUM_FIELD.field(name) for name in ("release_date_precision", "total_tracks")),
        _ALBUM_FIELD.field("external_urls").struct.field("spotify").alias("url"),
        _ALBUM_FIELD.field("images").list.first().struct.field("url").alias("image_url"),
        col("added_at").alias("updated_at"),
    )
    return _newest(albums, "album_id")


def _artists(tracks: pl.LazyFrame) -> pl.LazyFrame:
    named = tracks.select("added_at", col("track").struct.field("artists")).explode("artists")
    artists = named.select(col("added_at").alias("updated_at"), "artists").unnest("artists")
    rows = artists.select(
        col("id").alias("artist_id"),
        col("name").alias("artist_name"),
        _URL.alias("external_url"),
        "updated_at",
    )
    return _newest(rows, "artist_id")


def _entries(tracks: pl.LazyFrame) -> pl.LazyFrame:
    track = col("track").struct
    rows = tracks.select(
        "chart",
        col("added_at").dt.date().dt.offset_by("-1d").alias("chart_date"),
        "rank",
        track.field("id").alias("song_id"),
        track.field("popularity"),
        "raw_key",
        col("added_at").alias("observed_at"),
    )
    key = ("chart", "chart_date", "rank")
    return rows.sort("raw_key", descending=True).unique(key, keep="first").sort(key)
