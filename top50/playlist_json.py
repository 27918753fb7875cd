"""JSON as Spotify sends it → a snapshot: playlists, pages of them, lists of tracks, envelopes around any."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from operator import attrgetter

from top50.charts import CHART_OF_PLAYLIST, PLAYLIST_ROWS, Chart
from top50.charts_page import read_page
from top50.decode import Document, Row, Track, decode_document, songs_in
from top50.errors import RawError
from top50.official_csv import SOURCE as OFFICIAL
from top50.raw import chart_in_key, date_in_key, midnight
from top50.snapshot import Entry, SetAside, Snapshot, Wanted, check_chart

_Answers = list[Document | list[Track | None]]

_PLAYLIST_IN_ADDRESS = re.compile(r"/playlists/(\w+)")
_ID = attrgetter("id")
_LONGEST_ERROR = 300  # bytes
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def read_json(key: str, content: bytes, wanted: Wanted) -> Snapshot:
    """Read a JSON raw object; raises RawError, and ChartRejected for a chart that fails its checks."""
    document = decode_document(content)
    answers: _Answers = [document] if document.answers is None else document.answers
    if document.asked is not None and all(isinstance(each, Document) for each in answers):
        # refusals, kept so that a song that Spotify does not know is not asked for again
        return Snapshot(key, document.source or "playlist", document.observed_at or _UNDATED)
    _refuse_errors(answers)
    page = bytes(answers[0].chartEntryViewResponses) if answers and isinstance(answers[0], Document) else b""
    if page:
        return read_page(key, document.source, document.observed_at, page, wanted)
    source = document.source or "playlist"
    if source == OFFICIAL:
        raise RawError(f"JSON that calls itself {OFFICIAL}, which is CSV", "Put the CSV itself here.")
    songs = _bare_tracks(answers)
    if songs is not None:
        return _read_tracks(key, source, document.observed_at, songs)
    return _read_chart(key, source, document, _rows(answers), wanted)


def _refuse_errors(answers: _Answers) -> None:
    for answer in answers:
        error = bytes(answer.error) if isinstance(answer, Document) else b""
        if error not in (b"", b"null"):
            told = error[:_LONGEST_ERROR].decode(errors="replace")
            raise RawError(
                f"it holds an error, not a chart: {told}", "Fetch it again once the source answers."
            )


def _bare_tracks(answers: _Answers) -> list[Track | None] | None:
    """Return the tracks if the answers are lists of tracks; [] is a list of rows as well as of tracks."""
    songs: list[Track | None] = []
    for answer in answers:
        found = answer.tracks if isinstance(answer, Document) else answer
        if not isinstance(found, list):
            return None
        songs += found
    return songs


def _rows(answers: _Answers) -> list[Row | None]:
    pages = [answer.page for answer in answers if isinstance(answer, Document)]
    first = pages[0] if pages else None
    if first is None or first.items is None:
        raise RawError("it has no rows: neither items nor tracks", "Only charts and tracks belong here.")
    rows = [row for page in pages if page for row in page.items or []]
    if (first.total or 0) > len(rows):
        raise RawError(
            f"{len(rows)} rows of a playlist of {first.total}: a part, not the chart",
            "Fetch every page of the playlist.",
        )
    return rows


def _read_tracks(key: str, source: str, observed_at: datetime | None, tracks: list[Track | None]) -> Snapshot:
    # A list without a date is understood too; unknown counts as oldest, so it never hides a dated row.
    day = date_in_key(key)
    snapshot = Snapshot(key, source, observed_at or (midnight(day) if day else _UNDATED))
    _add_entries(snapshot, tracks, [None] * len(tracks))
    if not snapshot.entries:
        raise RawError(f"none of its {len(tracks)} tracks is a song", "Only charts and tracks belong here.")
    return snapshot


def _read_chart(
    key: str, source: str, document: Document, rows: list[Row | None], wanted: Wanted
) -> Snapshot:
    if len(rows) not in PLAYLIST_ROWS:
        raise RawError(
            f"a playlist of {len(rows)} rows is not the chart, which has "
            f"{PLAYLIST_ROWS[0]} to {PLAYLIST_ROWS[-1]}",
            "Only chart playlists belong here.",
        )
    chart = chart_in_key(key) or _chart_of(document, rows, wanted)
    newest = _newest_added_at(rows)
    chart_date = chart.date_of(newest)
    snapshot = Snapshot(key, source, document.observed_at or newest, chart, chart_date)
    kept = rows[: wanted.size]
    tracks = songs_in(kept)
    _add_entries(snapshot, tracks, [row.added_at if row else None for row in kept])
    check_chart(snapshot, wanted, longest=PLAYLIST_ROWS[-1])
    return snapshot


def _chart_of(document: Document, rows: list[Row | None], wanted: Wanted) -> Chart:
    playlist = _playlist_of(document)
    if playlist in CHART_OF_PLAYLIST:
        return CHART_OF_PLAYLIST[playlist]
    if playlist is not None and playlist != wanted.playlist:
        raise RawError(
            f"playlist {playlist} is no chart that we know",
            "If it mirrors the chart, name it in TOP50_PLAYLIST and put the object back.",
        )
    if playlist is None and len({row.added_at for row in rows if row}) > 1:
        raise RawError(
            "its rows were added at different times, so it is not a chart playlist's answer",
            "If it is a chart, put it below chart=<chart>/.",
        )
    return wanted.chart


def _playlist_of(document: Document) -> str | None:
    """Return the playlist's id, from the envelope, the playlist object or the page's own address."""
    first = document.answers[0] if document.answers else document
    inner = first if isinstance(first, Document) else document
    named = document.playlist or inner.id
    if named:
        return named
    match = _PLAYLIST_IN_ADDRESS.search(inner.href or "")
    return match[1] if match else None


def _newest_added_at(rows: list[Row | None]) -> datetime:
    times = [row.added_at for row in rows if row and row.added_at]
    if not times:
        raise RawError("no row has an added_at, so the chart's date is unknown", "Fetch the playlist again.")
    is_one = times.count(times[0]) == len(times)
    oldest, newest = (times[0], times[0]) if is_one else (min(times), max(times))
    for name, at in (("newest", newest), ("oldest", oldest)):
        if not MINYEAR + 1 < at.year < MAXYEAR:
            raise RawError(f"its {name} added_at is {at}, which cannot be", "Fetch the playlist again.")
    return newest.astimezone(UTC)


def chart_date_of(answers: list[bytes], chart: Chart) -> date | None:
    """Return the date of the chart that these answers hold; None when they hold none."""
    try:
        rows = _rows([decode_document(answer) for answer in answers])
        return chart.date_of(_newest_added_at(rows))
    except RawError:
        return None


def _add_entries(snapshot: Snapshot, tracks: list[Track | None], added_at: list[datetime | None]) -> None:
    entries = snapshot.entries
    for rank, (track, added) in enumerate(zip(tracks, added_at, strict=True), start=1):
        if track is not None and track.id and track.type != "episode":
            entries.append(Entry(rank, track.id, track, None, added))
        else:
            snapshot.set_aside.append(SetAside(snapshot.key, _why_no_song(track), rank))
    _check_ids(snapshot)


def _check_ids(snapshot: Snapshot) -> None:
    """Refuse what is no id before it becomes a key; Spotify's are base 62."""
    songs = [entry.song_id for entry in snapshot.entries]
    ids = [*songs, *map(_ID, snapshot.albums), *map(_ID, snapshot.artists)]
    joined = "".join(filter(None, ids)).encode()  # of bytes, isalnum means ASCII, and is ten times faster
    if joined and not joined.isalnum():
        wrong = next(each for each in ids if each and not each.encode().isalnum())
        raise RawError(f"{wrong!r} is no Spotify id", "Fetch it again, or mend it and put it back.")


def _why_no_song(track: Track | None) -> str:
    if track is None:
        return "no track in the row: removed or unavailable"
    if track.type == "episode":
        return "an episode, not a song"
    return "no id: a local file or a removed track"
