"""JSON as Spotify sends it → a snapshot: playlists, pages of them, lists of tracks, envelopes around any."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from operator import attrgetter

from top50.charts import CHART_OF_PLAYLIST, CHARTS_CSV, FIRST_DAY, PLAYLIST, PLAYLIST_ROWS, Chart
from top50.errors import RawError
from top50.raw import SetAside, chart_in_key, chart_playlists_in_key, date_in_key, midnight
from top50.read.chart_checks import check_chart, set_crowded_songs_aside
from top50.read.charts_page import find_views, read_views
from top50.read.lenient_json import open_json
from top50.read.lenient_playlist import to_document
from top50.read.snapshot import Entry, Snapshot, Wanted
from top50.read.spotify_types import (
    Answers,
    Document,
    Page,
    Row,
    Track,
    UntimedRow,
    decode_document,
)

_PLAYLIST_IN_ADDRESS = re.compile(r"(?:/playlists?/|:playlist:)(\w+)")
_LONGEST_ERROR = 300  # bytes
_ID = attrgetter("id")
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
# Chart playlists of 2018 to 2021 have an `added_at` of 1970-01-01, which means that it is unknown.
_UNKNOWN_YEAR = 1970
_ONLY = "Only charts and tracks belong here."


def read_json(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read a JSON raw object; raises RawError, and ChartRejected for a chart that fails its checks."""
    document = decode_document(content)
    if document is None:
        opened = open_json(content)
        if opened.asked is not None and not any(isinstance(answer, list) for answer in opened.answers):
            return Snapshot(key, opened.source or PLAYLIST, opened.observed_at or _UNDATED)
        views = find_views(opened.answers)
        if views is not None:
            return read_views(key, opened.source, opened.observed_at, views, wanted)
        document = to_document(opened)
    answers: Answers = [document] if document.answers is None else document.answers
    source = document.source or PLAYLIST
    if document.asked is not None and all(isinstance(answer, Document) for answer in answers):
        # Spotify's refusals of single songs. They are in the lake so that no song is looked up again, and
        # give no rows.
        return Snapshot(key, source, document.observed_at or _UNDATED)
    _refuse_errors(answers)
    if source == CHARTS_CSV:
        raise RawError(f"JSON with the source {CHARTS_CSV}, which is CSV", "Put the CSV itself here.")
    lists = [answer.tracks if isinstance(answer, Document) else answer for answer in answers]
    if all(isinstance(found, list) for found in lists):
        tracks = [track for found in lists if isinstance(found, list) for track in found]
        return _read_tracks(key, source, document.observed_at, tracks)
    return _read_chart(key, source, document, answers, wanted)


def _refuse_errors(answers: Answers) -> None:
    for answer in answers:
        error = bytes(answer.error) if isinstance(answer, Document) else b""
        if error not in (b"", b"null"):
            text = error[:_LONGEST_ERROR].decode(errors="replace")
            raise RawError(f"an error, not a chart: {text}", "Fetch it again when the source answers.")


def _read_tracks(key: str, source: str, observed_at: datetime | None, tracks: list[Track | None]) -> Snapshot:
    # A list may have no date. It then counts as the oldest, so that its rows never replace dated ones.
    day = date_in_key(key)
    snapshot = Snapshot(key, source, observed_at or (midnight(day) if day else _UNDATED))
    _add_entries(snapshot, tracks, [None] * len(tracks))
    set_crowded_songs_aside(snapshot)
    if not snapshot.entries:
        raise RawError(f"none of its {len(tracks)} tracks is a song", _ONLY)
    return snapshot


def _read_chart(key: str, source: str, document: Document, answers: Answers, wanted: Wanted) -> Snapshot:
    rows = _rows(answers)
    if len(rows) not in PLAYLIST_ROWS:
        raise RawError(
            f"a playlist of {len(rows)} rows is not the chart, which has "
            f"{PLAYLIST_ROWS[0]} to {PLAYLIST_ROWS[-1]}",
            "Only chart playlists belong here.",
        )
    added_at = _added_at(rows)
    times = _different(added_at)
    chart = chart_in_key(key) or _chart_of_playlist(document, answers[0], key, wanted)
    says_chart = chart is not None
    if chart is None:
        if len(times) > 1:
            raise RawError(
                "its rows were added at different times, so it is not a chart's playlist",
                "If it is a chart, put it below chart=<chart>/.",
            )
        chart = wanted.unnamed_chart()
    newest = _newest(times, wanted)
    day = chart.date_of(newest) if newest else date_in_key(key)
    if day is None:
        text = next((row.added_text for row in rows if isinstance(row, UntimedRow)), None)
        why = "no row has an added_at" if text is None else f"an added_at is {text}, not a day and time"
        raise RawError(
            f"{why}, so the chart's date is unknown", f"Put it below chart={chart.name}/<the chart's date>/."
        )
    observed_at = document.observed_at or newest or midnight(day)
    snapshot = Snapshot(key, source, observed_at, chart, day, says_chart=says_chart)
    tracks = [row.song if row else None for row in rows[: wanted.size]]
    _add_entries(snapshot, tracks, added_at[: wanted.size])
    check_chart(snapshot, wanted, longest=PLAYLIST_ROWS[-1])
    return snapshot


def _rows(answers: Answers) -> list[Row | None]:
    """Return the rows of all pages; raises RawError unless they are a whole playlist."""
    pages = [page for answer in answers if isinstance(answer, Document) and (page := answer.page)]
    if not pages or pages[0].items is None:
        raise RawError("it has no rows: neither items nor tracks", _ONLY)
    rows = [row for page in pages for row in page.items or []]
    parts = []
    if pages[0].offset:
        parts.append(f"starts at offset {pages[0].offset}")
    elif pages[0].offset is None and pages[0].previous:
        parts.append("has the address of a previous page")
    if pages[-1].next:
        parts.append("has the address of a next page")
    if (pages[0].total or 0) > len(rows):
        parts.append(f"has {len(rows)} rows of a playlist of {pages[0].total}")
    if parts:
        raise RawError(
            f"it {' and '.join(parts)}, so it is a part, not the chart", "Fetch every page of the playlist."
        )
    return rows


def _added_at(rows: list[Row | None]) -> list[datetime | None]:
    """Return when each row was added, None if it is unknown."""
    added_at = [row.added_at if row else None for row in rows]
    if any(at.year == _UNKNOWN_YEAR for at in _different(added_at)):
        return [at if at and at.year != _UNKNOWN_YEAR else None for at in added_at]
    return added_at


def _different(added_at: list[datetime | None]) -> list[datetime]:
    """Return the different times."""
    first = added_at[0] if added_at else None
    if added_at.count(first) == len(added_at):  # a chart's playlist has one time: the fast way
        return [first] if first else []
    return [at for at in dict.fromkeys(added_at) if at]


def _newest(times: list[datetime], wanted: Wanted) -> datetime | None:
    """Return the newest possible time (UTC), or without one the newest of all; raises RawError."""
    possible = [at for at in times if FIRST_DAY.year <= at.year <= wanted.today.year + 1]
    for at in () if possible else times:
        if not MINYEAR + 1 < at.year < MAXYEAR:
            raise RawError(f"its added_at {at} is out of range", "Fetch the playlist again.")
    return max(possible or times).astimezone(UTC) if times else None


def _chart_of_playlist(
    document: Document, first: Document | list[Track | None], key: str, wanted: Wanted
) -> Chart | None:
    """Return the chart of the playlist whose id is in the object, else in its key; None for no id.

    Raises RawError for an id that is neither a chart's nor TOP50_PLAYLIST.
    """
    charts = CHART_OF_PLAYLIST | ({wanted.playlist: wanted.chart} if wanted.playlist and wanted.chart else {})
    inside = _playlist_id(document, first)
    found = [inside] if inside else chart_playlists_in_key(key, wanted.playlist)
    if not found:
        return None
    playlist = next((playlist for playlist in found if playlist in charts), found[0])
    if playlist not in charts:
        raise RawError(
            f"playlist {playlist} is not a known chart",
            "If it mirrors the chart, name it in TOP50_PLAYLIST and put the object back.",
        )
    # A chart's own playlist is that chart, even if TOP50_PLAYLIST names it for another chart.
    return CHART_OF_PLAYLIST.get(playlist) or charts[playlist]


def _playlist_id(document: Document, first: Document | list[Track | None]) -> str | None:
    """Return the playlist's id, from the envelope, the playlist object or the addresses of its page."""
    if document.playlist or not isinstance(first, Document):
        return document.playlist
    if first.id:
        return first.id
    page = first.page or Page()
    urls = first.external_urls
    addresses = (first.uri, urls and urls.spotify, first.href, page.href, page.next, page.previous)
    found = (_PLAYLIST_IN_ADDRESS.search(address) for address in addresses if address)
    return next((match[1] for match in found if match), None)


def chart_date_of(answers: list[bytes], chart: Chart) -> date | None:
    """Return the date of the chart in these answers (JSON texts, in order); None if they have none."""
    content = b'{"answers":[' + b",".join(answers) + b"]}"
    try:
        document = decode_document(content) or to_document(open_json(content))
        rows = _rows(document.answers or [])
        newest = _newest(_different([row.added_at if row else None for row in rows]), Wanted())
    except RawError:
        return None
    return chart.date_of(newest) if newest else None


def _add_entries(snapshot: Snapshot, tracks: list[Track | None], added_at: list[datetime | None]) -> None:
    for rank, (track, added) in enumerate(zip(tracks, added_at, strict=True), start=1):
        if track is not None and track.id and (track.type == "track" or track.why_no_song is None):
            snapshot.entries.append(Entry(rank, track.id, track, None, added))
        else:
            why = track.why_no_song if track else "no track in the row: removed or unavailable"
            snapshot.set_aside.append(SetAside(snapshot.key, why or "no id", rank))
    # Check at once whether all ids are 22 characters of base 62: ten times faster than one by one. Of bytes,
    # isalnum means ASCII.
    songs = [entry.song_id for entry in snapshot.entries]
    ids = list(filter(None, [*songs, *map(_ID, snapshot.albums), *map(_ID, snapshot.artists)]))
    if ids and not (set(map(len, ids)) == {22} and "".join(ids).encode().isalnum()):
        snapshot.set_entries_aside(lambda entry: entry.track.why_no_song)
