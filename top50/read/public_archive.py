"""A page of the public archive in git → a snapshot: `playlists/pretty/<playlist id>.json`.

Source: https://github.com/mackorone/spotify-playlist-archive-2. Its tracks are in rank order, and their ids
are in their addresses alone. What it does not have (isrc, streams, popularity, release date, cover) is null.
"""

import json
import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from top50.charts import CHART_OF_PLAYLIST, CHARTS, PUBLIC_ARCHIVE, Chart
from top50.errors import RawError
from top50.raw import SetAside, chart_in_key, date_in_key, midnight, playlist_in_key
from top50.read.chart_checks import check_chart
from top50.read.lenient_json import is_unicode, open_json, shortened, wrong_field
from top50.read.snapshot import Entry, Snapshot, Wanted
from top50.read.spotify_types import Addresses, Album, Artist, Instant, Int64, Track

# Tracks of a chart there. The archive leaves out a track that Spotify sent without an address, and does not
# say where: with fewer tracks, the ranks behind the gap are wrong.
LENGTH = 50

# No answer of Spotify's own has a track's address under this name. The first 16 KB hold some 25 tracks; the
# backslashes are those of a text inside a JSON text.
_SHAPE = re.compile(rb'\\?"url\\?"\s*:\s*\\?"https?:\\?/\\?/open\.spotify\.com\\?/track\\?/')
_SHAPE_WITHIN = 16 * 2**10

_ADDRESS = re.compile(r"https?://open\.spotify\.com/(track|album|artist)/([0-9A-Za-z]{22})(?:[/?#].*)?")
_TITLES = {"Top Songs - Global": CHARTS["global-weekly"], "Top 50 - Global": CHARTS["global-daily"]}
_FIRST_YEAR = 1971  # chart playlists of 2018 to 2021 have an `added_at` in 1970, which means unknown
_ANOTHER = "Use the archive's file of another day, or another source."


class _Named(Struct):
    name: str | None = None
    url: str | None = None


class _Row(Struct):
    added_at: str | None = None
    album: _Named | None = None
    artists: list[_Named | None] | None = None
    duration_ms: Int64 | Annotated[float, Meta(gt=-(2**53), lt=2**53)] | None = None
    name: str | None = None
    url: str | None = None


class _Page(Struct):
    """The file itself, or what is around it: our envelope, or a saved answer with a `body`."""

    tracks: list[Raw] | None = None
    original_name: str | None = None
    date_first_scraped: Raw = Raw()
    answers: "list[_Page] | None" = None
    body: "_Page | str | None" = None
    source: str | None = None
    playlist: str | None = None
    observed_at: Instant | None = None


_page = msgspec.json.Decoder(_Page)
_row = msgspec.json.Decoder(_Row)


def is_archive_page(text: bytes) -> bool:
    """Whether a JSON text looks like a file of the archive, in an envelope or bare."""
    return text.startswith(b"{") and _SHAPE.search(text, 0, _SHAPE_WITHIN) is not None


def read_archive_page(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read a file of the archive; raises RawError, and ChartRejected for a chart that fails its checks."""
    around, page = _decode(content)
    if bytes(page.date_first_scraped):
        raise RawError(
            "a cumulative file of the public archive: it has no ranks",
            "Use the archive's folder playlists/pretty/.",
        )
    tracks = page.tracks or []
    if len(tracks) > LENGTH:
        raise RawError(f"a playlist of {len(tracks)} tracks, but a chart has {LENGTH} there", _ANOTHER)
    if len(tracks) < LENGTH:
        raise RawError(
            f"{len(tracks)} of {LENGTH} tracks: the public archive leaves out tracks without saying which, "
            "so the ranks cannot be trusted",
            _ANOTHER,
        )
    rows = [_decode_row(track) for track in tracks]
    times = sorted({at for row in rows if isinstance(row, _Row) and (at := _added_at(row))})
    in_key = chart_in_key(key)
    chart, says_chart = (in_key, True) if in_key else _chart_of(key, around, page, times, wanted)
    chart_date = chart.date_of(times[-1]) if times else date_in_key(key)
    if chart_date is None:
        raise RawError("no track has an added_at, so the chart's date is unknown", _ANOTHER)
    observed_at = around.observed_at or (times[-1] if times else midnight(chart_date))
    source = around.source or PUBLIC_ARCHIVE
    snapshot = Snapshot(key, source, observed_at, chart, chart_date, says_chart=says_chart)
    for rank, row in enumerate(rows[: wanted.size], start=1):
        if isinstance(row, str):
            snapshot.set_aside.append(SetAside(key, row, rank))
        else:
            snapshot.entries.append(_entry(rank, row))
    check_chart(snapshot, wanted, longest=LENGTH)
    return snapshot


def other_than_chart(key: str, content: bytes, wanted: Wanted) -> str:
    """Return what a file of the archive is if it is not a chart (a clone has thousands of these), else ""."""
    if not is_archive_page(content):
        return ""
    try:
        around, page = _decode(content)
    except RawError:
        return ""
    if bytes(page.date_first_scraped):
        return "a cumulative file of the public archive, which has no ranks"
    playlist = around.playlist or playlist_in_key(key)
    is_chart = playlist is None or playlist in CHART_OF_PLAYLIST or playlist == wanted.playlist
    is_chart = is_chart or chart_in_key(key) is not None
    return "" if is_chart else "a playlist of the public archive that is not a known chart"


def newest_added_at(content: bytes) -> datetime | None:
    """Return when the newest track of a file was added (UTC), or None if it has no time. Raises RawError."""
    _, page = _decode(content)
    rows = [_decode_row(track) for track in page.tracks or []]
    return max((at for row in rows if isinstance(row, _Row) and (at := _added_at(row))), default=None)


def tracks_of(content: bytes) -> bytes:
    """Return the tracks of a file as they came: equal in all files of one chart. Raises RawError."""
    return b"\n".join(bytes(track) for track in _decode(content)[1].tracks or [])


def _decode(content: bytes) -> tuple[_Page, _Page]:
    """Return what is around the file (the file itself if nothing is), and the file; raises RawError."""
    try:
        around = page = _page.decode(content)
        while page.tracks is None and (page.answers or page.body):
            inner = page.answers[0] if page.answers else page.body
            page = _page.decode(inner) if isinstance(inner, str) else inner or _Page()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_leniently(content)
    return around, page


def _decode_leniently(content: bytes) -> tuple[_Page, _Page]:
    """Return the same of a file that has something strange in it, which costs no track but its own."""
    opened = open_json(content)
    found = opened.answers[0] if opened.answers else None
    tracks = found.get("tracks") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(tracks, list):
        what = f"its tracks is {shortened(tracks)}, not a list"
        raise RawError(f"unknown format of the public archive: {what}", _ANOTHER)
    name = found.get("original_name")
    page = _Page(
        tracks=list(map(_as_raw, tracks)),
        original_name=name if isinstance(name, str) and is_unicode(name) else None,
        date_first_scraped=Raw(b"true" if "date_first_scraped" in found else b""),
    )
    return _Page(source=opened.source, playlist=opened.playlist, observed_at=opened.observed_at), page


def _as_raw(track: object) -> Raw:
    try:
        return Raw(json.dumps(track).encode())
    except RecursionError:
        return Raw(b'"something nested too deeply"')


def _decode_row(track: Raw) -> _Row | str:
    """Return a row, or why it has no song."""
    try:
        row = _row.decode(track)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"unknown format of a track: {_wrong_value(track, error)}"
    return row if _id(row.url, "track") else "its address is not that of a track"


def _wrong_value(track: Raw, error: Exception) -> str:
    """Return what is wrong in a track that strict decoding refused with this error."""
    try:
        found = json.loads(bytes(track))
        if isinstance(error, msgspec.ValidationError):
            return wrong_field(found, str(error))
        json.dumps(found, allow_nan=False)
    except RecursionError:
        return "it is nested too deeply"
    except ValueError:
        return "a number in it is not valid JSON, or too large"
    return "a text in it has half a surrogate pair"


def _chart_of(
    key: str, around: _Page, page: _Page, times: list[datetime], wanted: Wanted
) -> tuple[Chart, bool]:
    """Return the chart, and whether the file identifies it itself. Raises RawError."""
    playlist = around.playlist or playlist_in_key(key)
    if playlist in CHART_OF_PLAYLIST:
        return CHART_OF_PLAYLIST[playlist], True
    if playlist is not None and playlist == wanted.playlist and wanted.chart:
        return wanted.chart, True
    named = playlist or page.original_name
    if playlist is None and page.original_name in _TITLES:
        return _TITLES[page.original_name], True
    if named:
        raise RawError(
            f"playlist {named} is not a known chart",
            "If it mirrors the chart, name it in TOP50_PLAYLIST, or put the object below chart=<chart>/.",
        )
    if len(times) > 1:
        raise RawError(
            "its tracks were added at different times, so it is not a chart's playlist",
            "If it is a chart, put it below chart=<chart>/.",
        )
    return wanted.unnamed_chart(), False


def _added_at(row: _Row) -> datetime | None:
    try:
        at = datetime.fromisoformat(row.added_at or "")
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year >= _FIRST_YEAR else None


def _entry(rank: int, row: _Row) -> Entry:
    album_id = _id(row.album.url, "album") if row.album else None
    song_id, duration = _id(row.url, "track") or "", row.duration_ms
    track = Track(
        id=song_id,
        name=row.name,
        type="track",
        duration_ms=int(duration) if duration is not None and duration == int(duration) else None,
        album=Album(album_id, row.album.name, external_urls=Addresses(row.album.url))
        if row.album and album_id
        else None,
        artists=[
            Artist(_id(artist.url, "artist"), artist.name, Addresses(artist.url))
            for artist in row.artists or ()
            if artist
        ],
        external_urls=Addresses(row.url),
    )
    return Entry(rank, song_id, track, added_at=_added_at(row))


def _id(address: str | None, kind: str) -> str | None:
    match = _ADDRESS.fullmatch(address or "")
    return match[2] if match and match[1] == kind else None
