"""JSON as Spotify sends it → a snapshot: playlists, pages of them, lists of tracks, envelopes around any."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from operator import attrgetter

from top50.charts import CHART_OF_PLAYLIST, FIRST_DAY, PLAYLIST_ROWS, Chart
from top50.errors import RawError
from top50.raw import chart_in_key, chart_playlists_in_key, date_in_key, midnight
from top50.read.chart_csv import SOURCE as OFFICIAL
from top50.read.charts_page import find_views, read_views
from top50.read.loose_json import open_json, to_document
from top50.read.snapshot import Entry, SetAside, Snapshot, Wanted, check_chart
from top50.read.spotify_types import (
    Answers,
    Document,
    Page,
    Row,
    Track,
    UntimedRow,
    decode_document,
    songs_in,
)

_PLAYLIST_IN_ADDRESS = re.compile(r"(?:/playlists?/|:playlist:)(\w+)")
_LONGEST_ERROR = 300  # bytes
_ID = attrgetter("id")
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_TOLD = 1970
"""The year of an `added_at` that is not told: chart playlists of 2018 to 2021 say its first day."""


def read_json(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read a JSON raw object; raises RawError, and ChartRejected for a chart that fails its checks."""
    document = decode_document(content)
    if document is None:
        opened = open_json(content)
        if opened.asked is not None and not any(isinstance(each, list) for each in opened.answers):
            return _nothing(key, opened.source, opened.observed_at)
        views = find_views(opened.answers)
        if views is not None:
            return read_views(key, opened.source, opened.observed_at, views, wanted)
        document = to_document(opened)
    answers: Answers = [document] if document.answers is None else document.answers
    if document.asked is not None and all(isinstance(each, Document) for each in answers):
        return _nothing(key, document.source, document.observed_at)
    _refuse_errors(answers)
    source = document.source or "playlist"
    if source == OFFICIAL:
        raise RawError(f"JSON that calls itself {OFFICIAL}, which is CSV", "Put the CSV itself here.")
    songs = _bare_tracks(answers)
    if songs is not None:
        return _read_tracks(key, source, document.observed_at, songs)
    return _read_chart(key, source, document, answers, wanted)


def _nothing(key: str, source: str | None, observed_at: datetime | None) -> Snapshot:
    """Read refusals, kept so that a song that Spotify does not know is not asked for again."""
    return Snapshot(key, source or "playlist", observed_at or _UNDATED)


def _refuse_errors(answers: Answers) -> None:
    for answer in answers:
        error = bytes(answer.error) if isinstance(answer, Document) else b""
        if error not in (b"", b"null"):
            told = error[:_LONGEST_ERROR].decode(errors="replace")
            raise RawError(
                f"it holds an error, not a chart: {told}", "Fetch it again once the source answers."
            )


def _bare_tracks(answers: Answers) -> list[Track | None] | None:
    """Return the tracks if the answers are lists of tracks; [] is a list of rows as well as of tracks."""
    songs: list[Track | None] = []
    for answer in answers:
        found = answer.tracks if isinstance(answer, Document) else answer
        if not isinstance(found, list):
            return None
        songs += found
    return songs


def _rows(answers: Answers) -> list[Row | None]:
    """Return the rows of all pages; raises RawError unless they are a whole playlist."""
    pages = [page for answer in answers if isinstance(answer, Document) and (page := answer.page)]
    if not pages or pages[0].items is None:
        raise RawError("it has no rows: neither items nor tracks", "Only charts and tracks belong here.")
    rows = [row for page in pages for row in page.items or []]
    parts = []
    if pages[0].offset:
        parts.append(f"starts at offset {pages[0].offset}")
    elif pages[0].offset is None and pages[0].previous:
        parts.append("says that a page comes before it")
    if pages[-1].next:
        parts.append("says that more follows")
    if (pages[0].total or 0) > len(rows):
        parts.append(f"has {len(rows)} rows of a playlist of {pages[0].total}")
    if parts:
        raise RawError(
            f"it {' and '.join(parts)}, so it is a part, not the chart", "Fetch every page of the playlist."
        )
    return rows


def _read_tracks(key: str, source: str, observed_at: datetime | None, tracks: list[Track | None]) -> Snapshot:
    # A list without a date is understood too; unknown counts as oldest, so it never hides a dated row.
    day = date_in_key(key)
    snapshot = Snapshot(key, source, observed_at or (midnight(day) if day else _UNDATED))
    _add_entries(snapshot, tracks, [None] * len(tracks))
    snapshot.set_crowds_aside()
    if not snapshot.entries:
        raise RawError(f"none of its {len(tracks)} tracks is a song", "Only charts and tracks belong here.")
    return snapshot


def _read_chart(key: str, source: str, document: Document, answers: Answers, wanted: Wanted) -> Snapshot:
    rows = _rows(answers)
    if len(rows) not in PLAYLIST_ROWS:
        raise RawError(
            f"a playlist of {len(rows)} rows is not the chart, which has "
            f"{PLAYLIST_ROWS[0]} to {PLAYLIST_ROWS[-1]}",
            "Only chart playlists belong here.",
        )
    added_at = [row.added_at if row else None for row in rows]
    times = _different(added_at)
    if any(at.year == _NOT_TOLD for at in times):
        added_at = [at if at and at.year != _NOT_TOLD else None for at in added_at]
        times = _different(added_at)
    named = chart_in_key(key) or _named_chart(document, answers[0], key, wanted)
    chart = named or _assumed_chart(times, wanted)
    newest = _newest(times, wanted)
    day = chart.date_of(newest) if newest else date_in_key(key)
    if day is None:
        raise RawError(
            f"{_why_undated(rows)}, so the chart's date is unknown",
            f"Put it below chart={chart.name}/<the chart's date>/.",
        )
    snapshot = Snapshot(key, source, document.observed_at or newest or midnight(day), chart, day)
    snapshot.says_chart = named is not None
    kept = rows[: wanted.size]
    _add_entries(snapshot, songs_in(kept), added_at[: wanted.size])
    check_chart(snapshot, wanted, longest=PLAYLIST_ROWS[-1])
    return snapshot


def _named_chart(
    document: Document, first: Document | list[Track | None], key: str, wanted: Wanted
) -> Chart | None:
    """Return the chart of the playlist whose id is in the object, else in its name; None for no id."""
    known = CHART_OF_PLAYLIST | ({wanted.playlist: wanted.chart} if wanted.playlist else {})
    inside = _playlist_of(document, first)
    found = [inside] if inside else chart_playlists_in_key(key, wanted.playlist)
    if not found:
        return None
    playlist = next((each for each in found if each in known), found[0])
    if playlist not in known:
        raise RawError(
            f"playlist {playlist} is no chart that we know",
            "If it mirrors the chart, name it in TOP50_PLAYLIST and put the object back.",
        )
    # The chart's own playlist stays its own, also where TOP50_PLAYLIST names it for another chart.
    return CHART_OF_PLAYLIST.get(playlist) or known[playlist]


def _why_undated(rows: list[Row | None]) -> str:
    said = next((row.said for row in rows if isinstance(row, UntimedRow)), None)
    return "no row has an added_at" if said is None else f"an added_at of {said} says no day and time"


def _different(added_at: list[datetime | None]) -> list[datetime]:
    """Return the different times among them: most often there is one."""
    first = added_at[0] if added_at else None
    if added_at.count(first) == len(added_at):
        return [first] if first else []
    return [at for at in dict.fromkeys(added_at) if at]


def _assumed_chart(times: list[datetime], wanted: Wanted) -> Chart:
    if len(times) > 1:
        raise RawError(
            "its rows were added at different times, so it is not a chart playlist's answer",
            f"If it is a chart, put it below chart={wanted.chart.name}/.",
        )
    return wanted.chart


def _playlist_of(document: Document, first: Document | list[Track | None]) -> str | None:
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


def _newest(times: list[datetime], wanted: Wanted) -> datetime | None:
    """Return the newest time, UTC, that can be; of times that cannot, only if there is no other."""
    can_be = [at for at in times if FIRST_DAY.year <= at.year <= wanted.today.year + 1]
    for at in () if can_be else times:
        if not MINYEAR + 1 < at.year < MAXYEAR:
            raise RawError(f"its added_at is {at}, which cannot be", "Fetch the playlist again.")
    return max(can_be or times).astimezone(UTC) if times else None


def chart_date_of(answers: list[bytes], chart: Chart) -> date | None:
    """Return the date of the chart that these answers hold; None when they hold none."""
    content = b'{"answers":[' + b",".join(answers) + b"]}"
    try:
        document = decode_document(content) or to_document(open_json(content))
        rows = _rows(document.answers or [])
        newest = _newest(_different([row.added_at if row else None for row in rows]), Wanted())
    except RawError:
        return None
    return chart.date_of(newest) if newest else None


def _add_entries(snapshot: Snapshot, tracks: list[Track | None], added_at: list[datetime | None]) -> None:
    add = snapshot.entries.append
    for rank, (track, added) in enumerate(zip(tracks, added_at, strict=True), start=1):
        if track is not None and track.id and (track.type == "track" or track.why_no_song is None):
            add(Entry(rank, track.id, track, None, added))
        else:
            why = track.why_no_song if track else "no track in the row: removed or unavailable"
            snapshot.set_aside.append(SetAside(snapshot.key, why or "no id", rank))
    if not _has_ids_of_spotify(snapshot):
        snapshot.set_entries_aside(lambda entry: entry.track.why_no_song)


def _has_ids_of_spotify(snapshot: Snapshot) -> bool:
    """Whether every id is 22 characters of base 62: asked of all at once, ten times faster."""
    songs = [entry.song_id for entry in snapshot.entries]
    ids = list(filter(None, [*songs, *map(_ID, snapshot.albums), *map(_ID, snapshot.artists)]))
    # of bytes, isalnum means ASCII
    return not ids or (set(map(len, ids)) == {22} and "".join(ids).encode().isalnum())
