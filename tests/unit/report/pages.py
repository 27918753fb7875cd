"""Invented facts for the page: a chart of 50 songs with their history."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from top50.report.page.credits import credited, labels_of
from top50.report.page.facts import Artist, ChartDate, Entry, Facts, Left

from ..builders import song_id

THURSDAY = date(2026, 11, 19)
WEEKS = 14
HOSTILE = (
    "<script>window.hacked = 1</script>",
    "</script><img src=x onerror='window.hacked = 1'>",
    "{{ 7 * 7 }}{% raw %}",
    "[click](javascript:alert(1))",
    "`code` **bold** _it_ ~~no~~ | # heading",
    "<!-- <script> & &lt;b&gt; \u2028 \u2029",
    "www.evil.example http://evil.example me@evil.example",
    "👩‍👩‍👧 family 🎉",
    "\u202eمرحبا abc",
    '\'"onmouseover=window.hacked=1 x="',
)
_NUMBER_ONES = ("song 2|artist 2", "song 1|artist 1")
_STATUS = ("same", "up", "down", "new", "returned")
_CHANGE = {"same": 0, "up": 3, "down": -2}


def entry(rank: int, **changes: Any) -> Entry:
    """The song of a rank: 2 climbs, 3 falls, 4 is new, 5 is back, 6 stays, and so on."""
    status = _STATUS[(rank - 1) % 5]
    change = _CHANGE.get(status)
    song = Entry(
        rank=rank,
        song_id=song_id(rank),
        song_key=f"song {rank}|artist {rank}",
        song_name=f"Song {rank}",
        artist_names=f"Artist {rank}",
        album_name=f"Album {rank}",
        release_date=THURSDAY - timedelta(days=rank * 40),
        image_url=f"https://i.scdn.co/image/{rank}",
        url=f"https://open.spotify.com/track/{rank}",
        explicit=rank % 2 == 0,
        streams=50_000_000 - rank,
        previous_rank=None if change is None else rank + change,
        rank_change=change,
        status=status,
        peak_rank=rank,
        peak_date=THURSDAY,
        weeks_on_chart=rank,
        streak_weeks=1,
        reported_previous_rank=None,
        reported_peak_rank=None,
        reported_weeks_on_chart=None,
        label=f"Label {rank % 4}",
        streams_before=50_000_000 - rank + (rank % 3 - 1) * 1_000_000,
    )
    return replace(song, **changes)


def bare(rank: int) -> Entry:
    """A song of which only a chart's line is known, on a chart with none before."""
    nothing = dict.fromkeys(
        ("album_name", "release_date", "image_url", "url", "explicit", "streams", "streams_before", "label")
    )
    moved = {"previous_rank": None, "rank_change": None, "status": "unknown"}
    return entry(rank, **nothing, **moved, weeks_on_chart=1)


def left(number: int, **changes: Any) -> Left:
    """A song that left."""
    gone = (song_id(900 + number), f"gone {number}", f"Gone {number}", "Nobody")
    song = Left(*gone, None, None, 40 + number, 7, 9)
    return replace(song, **changes)


def artist(number: int, **changes: Any) -> Artist:
    """An artist with ever fewer entries."""
    address = f"https://open.spotify.com/artist/{number}"
    return replace(Artist(f"Artist {number}", address, 60 - number, 2, 30, number), **changes)


def chart_dates(weeks: int, missing: tuple[int, ...] = (), source: str = "charts-csv") -> list[ChartDate]:
    """The weeks up to THURSDAY, some of them missing."""
    days = [THURSDAY - timedelta(weeks=weeks - 1 - number) for number in range(weeks)]
    seen = datetime(2026, 11, 20, 12)  # UTC without saying so, as in the catalog
    there = [
        ChartDate(day, source, seen, False, 10**9 + number, 3 * 10**8, _NUMBER_ONES[number >= weeks - 3])
        for number, day in enumerate(days)
    ]
    return [
        ChartDate(day.chart_date, None, None, True) if number in missing else day
        for number, day in enumerate(there)
    ]


def facts(entries: list[Entry] | None = None, **changes: Any) -> Facts:
    """A chart with all there is; its songs wander, with a break and a late start here and there."""
    songs = entries if entries is not None else [entry(rank) for rank in range(1, 51)]
    gone = [left(number) for number in range(1, 4)]
    ranks = {song.song_key: _wandering(song.rank) for song in songs}
    ranks |= {song.song_key: [20] * (WEEKS - 1) + [None] for song in gone}
    artists = [artist(number) for number in range(1, 16)]
    made = Facts("global-weekly", songs, gone, artists, chart_dates(WEEKS), ranks)
    names = {key: song.song_name or "" for key in _NUMBER_ONES for song in songs if song.song_key == key}
    made = replace(made, names=names, week_artists=credited(songs, {}, set()), week_labels=labels_of(songs))
    return replace(made, **changes)


def first_chart() -> Facts:
    """The only chart of a lake, of bare songs."""
    songs = [bare(rank) for rank in range(1, 51)]
    ranks: dict[str, list[int | None]] = {song.song_key: [song.rank] for song in songs}
    alone = [replace(chart_dates(1)[0], streams=None, top_ten=None)]
    return facts(songs, left=[], artists=[], dates=alone, ranks=ranks)


def hostile() -> Facts:
    """A chart whose names all mean harm."""
    texts = [HOSTILE[rank % len(HOSTILE)] for rank in range(50)]
    songs = [
        entry(rank, song_name=text, artist_names=text, album_name=text, song_key=f"{rank}|{text}")
        for rank, text in enumerate(texts, 1)
    ]
    harmful = "javascript:window.hacked=1"
    songs[0] = replace(songs[0], url=harmful, image_url=harmful)
    gone = [left(number, song_name=text, artist_names=text) for number, text in enumerate(HOSTILE)]
    artists = [artist(number, artist_name=text) for number, text in enumerate(HOSTILE, 1)]
    made = facts(songs, artists=artists)
    ranks = made.ranks | {song.song_key: [30] * (WEEKS - 1) + [None] for song in gone}
    return replace(made, left=gone, ranks=ranks)


def _wandering(rank: int) -> list[int | None]:
    start = rank * 7 % WEEKS - 3
    path = [
        min(50, max(1, rank + ((WEEKS - 1 - week) * (rank % 7 - 3)) + (week * rank) % 5 - 2))
        for week in range(WEEKS - 1)
    ]
    return [None if week < start or week == rank % 20 else at for week, at in enumerate(path)] + [rank]
