"""The same files loaded by dlt's filesystem destination as Parquet, its settings as they come.

Both ways that its users write: the five tables picked by hand, each key's newest row kept in a dictionary,
or the answers handed over whole, which dlt unnests into tables of its own
(https://dlthub.com/docs/dlt-ecosystem/verified-sources/filesystem/basic).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def build_in_dlt(folder: Path, out: Path, *, by_hand: bool) -> dict[str, int]:
    """Load the files of a folder; return rows per table where they are the five tables."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(out / "dlt")}
    import dlt  # noqa: PLC0415 - reads its settings from the environment, and is only there for this

    resource = dlt.resource(_tables(folder) if by_hand else _answers(folder), name="playlist")
    pipeline = dlt.pipeline(
        pipeline_name="charts",
        pipelines_dir=str(out / "pipelines"),
        destination=dlt.destinations.filesystem(bucket_url=(out / "loaded").as_uri()),
        dataset_name="charts",
    )
    pipeline.run(resource, loader_file_format="parquet").raise_on_failed_jobs()
    trace = pipeline.last_trace
    normalized = trace.last_normalize_info if trace else None
    if normalized is None:
        raise ValueError("dlt has no account of what it loaded")
    counts = normalized.row_counts
    tables = ("album", "artist", "songs", "song_artists", "chart_entries")
    return {name: counts[name] for name in tables} if by_hand else {}


def _answers(folder: Path) -> Iterator[Row]:
    from dlt.sources.filesystem import filesystem  # noqa: PLC0415 - as above

    for file in filesystem(bucket_url=folder.as_uri(), file_glob="**/*.json"):
        with file.open() as stream:
            yield json.load(stream) | {"raw_key": file["file_url"]}


def _tables(folder: Path) -> Iterator[Any]:
    import dlt  # noqa: PLC0415 - as above

    newest: dict[str, dict[str, Row]] = {"album": {}, "artist": {}, "songs": {}}
    charts: dict[tuple[str, str], list[Row]] = {}
    artists: dict[str, list[Row]] = {}
    for playlist in _answers(folder):
        entries: list[Row] = []
        for rank, row in enumerate(playlist["tracks"]["items"], start=1):
            track, at = row["track"], row["added_at"]
            entries.append(_entry(playlist, rank, track, at))
            _keep(newest["album"], _album(track["album"], at), "album_id")
            if _keep(newest["songs"], _song(track, at), "song_id"):
                artists[track["id"]] = _song_artists(track)
            for artist in track["artists"]:
                _keep(newest["artist"], _artist(artist, at), "artist_id")
        charts[playlist["id"], entries[0]["observed_at"]] = entries
    yield dlt.mark.with_table_name([row for rows in charts.values() for row in rows], "chart_entries")
    for name, rows in newest.items():
        yield dlt.mark.with_table_name(list(rows.values()), name)
    yield dlt.mark.with_table_name([row for rows in artists.values() for row in rows], "song_artists")


def _keep(rows: dict[str, Row], row: Row, key: str) -> bool:
    old = rows.get(row[key])
    if old is not None and old["updated_at"] > row["updated_at"]:
        return False
    rows[row[key]] = row
    return True


def _entry(playlist: Row, rank: int, track: Row, at: str) -> Row:
    return {
        "chart": playlist["id"],
        "rank": rank,
        "song_id": track["id"],
        "popularity": track["popularity"],
        "raw_key": playlist["raw_key"],
        "observed_at": at,
    }


def _song(track: Row, at: str) -> Row:
    return {
        "song_id": track["id"],
        "song_name": track["name"],
        "duration_ms": track["duration_ms"],
        "explicit": track["explicit"],
        "isrc": track["external_ids"]["isrc"],
        "url": track["external_urls"]["spotify"],
        "popularity": track["popularity"],
        "song_added": at,
        "album_id": track["album"]["id"],
        "artist_id": track["artists"][0]["id"],
        "artist_names": ", ".join(artist["name"] for artist in track["artists"]),
        "updated_at": at,
    }


def _song_artists(track: Row) -> list[Row]:
    return [
        {"song_id": track["id"], "position": position, "artist_id": artist["id"]}
        for position, artist in enumerate(track["artists"], start=1)
    ]


def _album(album: Row, at: str) -> Row:
    return {
        "album_id": album["id"],
        "name": album["name"],
        "album_type": album["album_type"],
        "release_date": album["release_date"],
        "release_date_precision": album["release_date_precision"],
        "total_tracks": album["total_tracks"],
        "url": album["external_urls"]["spotify"],
        "image_url": album["images"][0]["url"],
        "updated_at": at,
    }


def _artist(artist: Row, at: str) -> Row:
    return {
        "artist_id": artist["id"],
        "artist_name": artist["name"],
        "external_url": artist["external_urls"]["spotify"],
        "updated_at": at,
    }
