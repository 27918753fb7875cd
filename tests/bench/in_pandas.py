"""The loop of the tutorials: a raw file at a time, dictionaries, three DataFrames, three CSV files."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

Rows = list[dict[str, Any]]


def build_in_pandas(files: list[Path], folder: Path, *, at_once: bool) -> dict[str, int]:
    """Write album, artist and songs as CSV: three files for each raw file, or three for all `at_once`.

    Returns rows per table where they are comparable: a song on two charts stands in two files otherwise.
    """
    counts: dict[str, int] = {}
    for number, part in enumerate([files] if at_once else [[file] for file in files]):
        counts = _transform(part, folder / f"pandas-{number}")
    return counts if at_once else {}


def _transform(files: list[Path], folder: Path) -> dict[str, int]:
    folder.mkdir(exist_ok=True)
    albums: Rows = []
    artists: Rows = []
    songs: Rows = []
    for file in files:
        playlist = json.loads(file.read_text(encoding="utf-8"))
        for row in playlist["tracks"]["items"]:
            albums.append(_album(row["track"]["album"]))
            artists += [_artist(artist) for artist in row["track"]["artists"]]
            songs.append(_song(row))
    return {
        "album": _write(albums, "album_id", "release_date", folder / "album.csv"),
        "artist": _write(artists, "artist_id", None, folder / "artist.csv"),
        "songs": _write(songs, "song_id", "song_added", folder / "songs.csv"),
    }


def _album(album: dict[str, Any]) -> dict[str, Any]:
    return {
        "album_id": album["id"],
        "name": album["name"],
        "release_date": album["release_date"],
        "total_tracks": album["total_tracks"],
        "url": album["external_urls"]["spotify"],
    }


def _artist(artist: dict[str, Any]) -> dict[str, Any]:
    return {"artist_id": artist["id"], "artist_name": artist["name"], "external_url": artist["href"]}


def _song(row: dict[str, Any]) -> dict[str, Any]:
    track = row["track"]
    return {
        "song_id": track["id"],
        "song_name": track["name"],
        "duration_ms": track["duration_ms"],
        "url": track["external_urls"]["spotify"],
        "popularity": track["popularity"],
        "song_added": row["added_at"],
        "album_id": track["album"]["id"],
        "artist_id": track["album"]["artists"][0]["id"],
    }


def _write(rows: Rows, key: str, date: str | None, file: Path) -> int:
    frame = pd.DataFrame.from_records(rows).drop_duplicates(subset=[key])
    if date:
        frame[date] = pd.to_datetime(frame[date], format="mixed", errors="coerce")
    frame.to_csv(file, index=False)
    return len(frame)
