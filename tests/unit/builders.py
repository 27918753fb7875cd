"""Invented raw objects in every shape, and what tests do with them."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from top50.errors import ChartRejected, RawError
from top50.lake import Lake
from top50.raw import RawObject
from top50.raw.backlog import archive as write_archive
from top50.raw.backlog import read_pending, remove_archived
from top50.read import read_snapshot
from top50.read.snapshot import Snapshot, Wanted
from top50.tables.files import files_of
from top50.tables.parquet import empty_rows
from top50.tables.publish import publish
from top50.tables.schemas import TABLES
from top50.transform import Built, build_tables

Json = dict[str, Any]
Raw = tuple[str, bytes]

WEEKLY, DAILY = "37i9dQZEVXbNG2KDcFcKOF", "37i9dQZEVXbMDoHDwVN2tF"
STRANGER = "0nobodysPlaylist000000"

TODAY = date(2026, 11, 22)
WANTED = Wanted(today=TODAY)
FRIDAY = "2026-11-20T12:00:00Z"
THURSDAY = date(2026, 11, 19)
KEY = "chart=global-weekly/2026-11-19/chart.json"


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def song_id(number: int) -> str:
    return f"song{number:018}"


def artist(number: int, **changes: Any) -> Json:
    artist_id = f"artist{number:016}"
    address = {"spotify": f"https://open.spotify.com/artist/{artist_id}"}
    return {"id": artist_id, "name": f"Artist {number}", "external_urls": address, **changes}


def album(number: int, **changes: Any) -> Json:
    album_id = f"album{number:017}"
    return {
        "id": album_id,
        "name": f"Album {number}",
        "album_type": "album",
        "release_date": "2024-05-17",
        "release_date_precision": "day",
        "total_tracks": 12,
        "external_urls": {"spotify": f"https://open.spotify.com/album/{album_id}"},
        "images": [{"url": f"https://images.example/{size}/{album_id}"} for size in (640, 64)],
        "artists": [artist(900, name="Various Artists")],
        **changes,
    }


def track(number: int, **changes: Any) -> Json:
    """A track object; the booleans `track` and `episode` are Spotify's."""
    return {
        "id": song_id(number),
        "name": f"Song {number}",
        "type": "track",
        "track": True,
        "episode": False,
        "duration_ms": 180_000 + number,
        "explicit": number % 2 == 0,
        "popularity": 50,
        "album": album(number // 2),
        "artists": [artist(number)],
        "external_ids": {"isrc": f"XX{number:010}"},
        "external_urls": {"spotify": f"https://open.spotify.com/track/{song_id(number)}"},
        **changes,
    }


def local_file() -> Json:
    nowhere = album(0, id=None, name="", release_date=None, release_date_precision=None, external_urls={})
    singer = artist(0, id=None, name="Somebody", external_urls={})
    return track(0, id=None, is_local=True, album=nowhere, artists=[singer], external_urls={})


def episode() -> Json:
    return {
        "id": "episode000000000000000",
        "name": "Two Talk",
        "type": "episode",
        "episode": True,
        "track": False,
    }


def ghost(number: int) -> Json:
    """A song that Spotify has taken down: the id is there, and nothing else."""
    empty = album(number, name="", images=[], release_date="0000", release_date_precision="year")
    return track(number, name="", duration_ms=0, album=empty, artists=[artist(number, name="")])


def row(song: object, added_at: str | None = FRIDAY, field: str = "track") -> Json:
    return {"added_at": added_at, "is_local": False, field: song}


def rows(songs: Iterable[object], added_at: str | None = FRIDAY, field: str = "track") -> list[Json]:
    return [row(song, added_at, field) for song in songs]


def tracks(count: int = 50) -> list[Json]:
    return [track(number) for number in range(1, count + 1)]


def page(items: Sequence[object], **fields: Any) -> Json:
    """A paging object."""
    return {"href": None, "items": list(items), "limit": 50, "next": None, "total": len(items), **fields}


def playlist(items: Sequence[object], playlist_id: str = WEEKLY, under: str = "tracks") -> Json:
    """A whole playlist object."""
    return {"id": playlist_id, "type": "playlist", "snapshot_id": "s", under: page(items)}


def envelope(*answers: object, **fields: Any) -> Json:
    return {"top50_envelope": 1, "source": "playlist", "answers": list(answers), **fields}


def encoded(content: object) -> bytes:
    return json.dumps(content).encode()


def chart(
    songs: Sequence[object] | None = None,
    added_at: str = FRIDAY,
    key: str = KEY,
    observed_at: str | None = None,
) -> Raw:
    """A raw object: the weekly playlist, or an envelope around it when it says when it was read."""
    answer = playlist(rows(tracks() if songs is None else songs, added_at))
    return key, encoded(answer if observed_at is None else envelope(answer, observed_at=observed_at))


NEW_HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams"
OLD_HEADER = 'Position,"Track Name",Artist,Streams,URL'
OLD_NOTE = ',,,"Note that these figures are generated using a formula",'


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",\n') else text


def csv_line(rank: int, number: int | None = None, /, **changes: Any) -> str:
    """A line of today's CSV, streams quoted as there."""
    number = rank if number is None else number
    fields = {
        "rank": rank,
        "uri": f"spotify:track:{song_id(number)}",
        "artist_names": quoted(f"Artist {number}"),
        "track_name": quoted(f"Song {number}"),
        "source": "A Label",
        "peak_rank": 1,
        "previous_rank": -1,
        "weeks_on_chart": 1,
        "streams": f'"{1_000_000 - rank}"',
        **changes,
    }
    return ",".join(str(value) for value in fields.values())


def new_csv(lines: Iterable[str] | None = None) -> bytes:
    """A CSV of charts.spotify.com: byte order mark and CRLF."""
    body = [csv_line(rank) for rank in range(1, 201)] if lines is None else list(lines)
    return b"\xef\xbb\xbf" + "".join(f"{line}\r\n" for line in [NEW_HEADER, *body]).encode()


def old_line(rank: int, name: str = "Old Song", artist_name: str = "Old Artist") -> str:
    address = f"https://open.spotify.com/track/{song_id(rank)}"
    return f"{rank},{quoted(name)},{quoted(artist_name)},{2_000_000 - rank},{address}"


def old_csv(lines: Iterable[str] | None = None) -> bytes:
    """A CSV of spotifycharts.com: a note in front of the header, LF."""
    body = [old_line(rank) for rank in range(1, 201)] if lines is None else list(lines)
    return "".join(f"{line}\n" for line in [OLD_NOTE, OLD_HEADER, *body]).encode()


def csv_name(day: date = THURSDAY, chart_name: str = "global-weekly") -> str:
    return f"regional-{chart_name}-{day}.csv"


def build(*raws: Raw, wanted: Wanted = WANTED) -> Built:
    return build_tables(raws, wanted)


def read(content: object, key: str = KEY, wanted: Wanted = WANTED) -> Snapshot:
    """Read one raw object: bytes as they are, anything else as JSON."""
    return read_snapshot(key, content if isinstance(content, bytes) else encoded(content), wanted)


def read_live(raw: RawObject) -> Snapshot:
    """Read what was fetched a moment ago: its observed_at is that of the real clock."""
    return read(raw.content, raw.key, Wanted())


def refusal(content: object, key: str = KEY, wanted: Wanted = WANTED) -> str:
    """Why a raw object is not in the tables, without its being a chart that fails its checks."""
    with pytest.raises(RawError) as caught:
        read(content, key, wanted)
    assert not isinstance(caught.value, ChartRejected)
    return str(caught.value)


def rejection(content: object, key: str = KEY, wanted: Wanted = WANTED) -> str:
    """Why a chart fails its checks."""
    with pytest.raises(ChartRejected) as caught:
        read(content, key, wanted)
    return str(caught.value)


def ranks(snapshot: Snapshot) -> dict[int, str]:
    return {entry.rank: entry.song_id for entry in snapshot.entries}


def aside(snapshot: Snapshot) -> dict[int | None, str]:
    return {aside.rank: aside.reason for aside in snapshot.set_aside}


def only(frame: pl.DataFrame, **values: object) -> Json:
    """The one row that has these values."""
    found = frame.filter(*[pl.col(name) == value for name, value in values.items()])
    return found.row(0, named=True) if found.height == 1 else {"rows": found.height}


def published(lake: Lake, *raws: Raw, wanted: Wanted = WANTED) -> None:
    """Build and publish raw objects as one batch."""
    publish(lake, build(*raws, wanted=wanted).tables)


def stored_tables(lake: Lake) -> dict[str, pl.DataFrame]:
    """Table → all rows that a reader of the lake sees."""
    return {
        table.name: pl.concat(
            [empty_rows(table), *[file.read(lake)[1] for file in files_of(lake, table)]], how="diagonal"
        )
        for table in TABLES.values()
    }


def files(root: Path, folder: str = "transformed_data") -> dict[str, bytes]:
    """Every file below a folder of a lake."""
    found = (root / folder).rglob("*")
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in found if file.is_file()}


def page_entry(rank: int, number: int | None = None, /, **changes: Any) -> Json:
    """An entry as the charts page has it: what it leaves out is 0, "" or []."""
    number = rank if number is None else number
    left_out: Json = {"peakRank": 0, "appearancesOnChart": 0, "consecutiveAppearancesOnChart": 0}
    left_out |= {"entryStatus": "NO_CHANGE", "peakDate": "", "entryRank": 0, "entryDate": ""}
    singer = {"name": f"Artist {number}", "spotifyUri": f"spotify:artist:{artist(number)['id']}"}
    song = {
        "trackName": f"Song {number}",
        "trackUri": f"spotify:track:{song_id(number)}",
        "displayImageUri": f"https://images.example/300/{song_id(number)}",
        "artists": [{**singer, "externalUrl": ""}],
        "producers": [],
        "labels": [],
        "songWriters": [],
        "releaseDate": "",
    }
    return {
        "chartEntryData": {"currentRank": rank, "previousRank": rank, **left_out, **changes},
        "missingRequiredFields": False,
        "trackMetadata": song,
    }


def service_entry(rank: int, **changes: Any) -> Json:
    """The same as the charts service gives it to people with a login: nothing is left out."""
    history: Json = {"peakRank": 1, "peakDate": str(THURSDAY), "entryRank": 9, "entryDate": "2026-11-05"}
    history |= {"appearancesOnChart": 3, "consecutiveAppearancesOnChart": 3}
    plays = {"value": str(1_000_000 - rank), "type": "STREAMS"}
    entry = page_entry(rank, **history, rankingMetric=plays, **changes)
    labels = [{"name": name, "spotifyUri": "", "externalUrl": ""} for name in ("A Label", "B / C")]
    return entry | {"trackMetadata": entry["trackMetadata"] | {"labels": labels, "releaseDate": "2026-11-01"}}


def view(
    entries: Sequence[object] | None = None, day: str = str(THURSDAY), alias: str = "REGIONAL_GLOBAL_WEEKLY"
) -> Json:
    """One chart of the page."""
    return {
        "displayChart": {"date": day, "chartMetadata": {"alias": alias}},
        "entries": [page_entry(n) for n in range(1, 51)] if entries is None else entries,
    }


def charts_page(entries: Sequence[object] | None = None, day: str = str(THURSDAY)) -> Json:
    """What the charts page reads: the weekly charts of songs and artists."""
    artists = view([{"artistMetadata": {}}], day, "ARTIST_GLOBAL_WEEKLY")
    return {"chartEntryViewResponses": [view(entries, day), artists]}


def archive(lake: Lake, keys: Iterable[str]) -> None:
    """Do with pending objects what a run does with what is in its tables."""
    raws = read_pending(lake, keys)
    write_archive(lake, raws)
    assert remove_archived(lake, raws) == []


def move(lake: Lake, source: str, target: str) -> bool:
    """Move an object as it is now."""
    return lake.move(source, target, lake.version(source) or "")
