"""Songs of which only a chart's line is known: what to ask Spotify for, and what of the answers to keep.

A CSV and the charts page know no albums, durations and isrc. The answers are landed raw beside the
chart, so a rebuild needs no Spotify; one that says "no such song" is landed too and never asked for again.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import msgspec

from top50.charts import Chart
from top50.errors import SourceError, SourceUnavailable, Top50Error
from top50.lake import PROCESSED, QUARANTINE, Lake
from top50.raw import RawObject, envelope, name_raw
from top50.read.spotify_types import Track
from top50.tables.files import chart_file, years_of

SOURCE = "tracks"
UNKNOWN = "tracks/unknown/"
"""Where the answers for songs that Spotify does not know are kept, below each folder of raw objects."""

PAUSES = 3
"""How often a run waits for Spotify before it leaves the rest to the next."""

_ID = re.compile(r"[0-9A-Za-z]{22}")


class Answer(NamedTuple):
    """What Spotify said of one song; `known` when it is a track object, else a refusal."""

    song_id: str
    content: bytes
    known: bool


Ask = Callable[[str], Answer]
Pause = Callable[[SourceUnavailable, int], None]
"""Waits before a song is asked for again; it is told why, and for which time."""


@dataclass
class Asked:
    """What asking came to: the answers so far, and what ended it before the last song, if something did."""

    answers: list[Answer] = field(default_factory=list)
    stopped: Top50Error | None = None

    @property
    def known(self) -> list[Answer]:
        """The answers that are songs."""
        return [answer for answer in self.answers if answer.known]


def songs_to_ask(lake: Lake, bare: Iterable[str]) -> list[str]:
    """Leave out the songs that Spotify is known not to know."""
    refusals = [item for folder in (PROCESSED, QUARANTINE) for item in lake.list(folder + UNKNOWN)]
    unknown = {item.key.rpartition("/")[2].removesuffix(".json") for item in refusals}
    return [song_id for song_id in bare if song_id not in unknown and _ID.fullmatch(song_id)]


def ask_for(songs: Iterable[str], ask: Ask, pause: Pause) -> Asked:
    """Ask for songs one by one, with a few pauses where Spotify wants them; a lasting refusal ends it."""
    asked, pauses = Asked(), iter(range(1, PAUSES + 1))
    for song_id in songs:
        try:
            asked.answers.append(_checked(_patiently(ask, song_id, pause, pauses)))
        except SourceError as refusal:
            asked.stopped = refusal
            break
    return asked


def _patiently(ask: Ask, song_id: str, pause: Pause, pauses: Iterator[int]) -> Answer:
    while True:
        try:
            return ask(song_id)
        except SourceUnavailable as busy:
            number = next(pauses, None)
            if number is None:
                raise
            pause(busy, number)


def _checked(answer: Answer) -> Answer:
    """Do not let one answer that is no such song put the others of its raw object into quarantine."""
    if not answer.known:
        return answer
    try:
        track = msgspec.json.decode(answer.content, type=Track)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer._replace(known=False)
    return answer._replace(known=track.id == answer.song_id and track.is_full)


def to_raw(asked: Asked, chart: Chart, day: date | None) -> list[RawObject]:
    """Make raw objects of answers: one of all songs, beside the chart of a day, and one of each refusal."""
    raws = [_refusal(answer) for answer in asked.answers if not answer.known]
    known = asked.known
    if known:
        tracks = b"[" + b",".join(answer.content for answer in known) + b"]"
        ids = [answer.song_id for answer in known]
        key = name_raw(chart, day, SOURCE, tracks)
        raws.append(RawObject(key, envelope([tracks], source=SOURCE, asked=ids)))
    return raws


def _refusal(answer: Answer) -> RawObject:
    content = envelope([answer.content], source=SOURCE, asked=[answer.song_id])
    return RawObject(f"{UNKNOWN}{answer.song_id}.json", content)


def newest_date(lake: Lake, chart: Chart) -> date | None:
    """Return the date of the newest chart in the lake; None when it has none."""
    years = years_of(lake, chart.name)
    if not years:
        return None
    newest = chart_file(chart.name, years[-1]).read(lake)[1]["chart_date"].max()
    return newest if isinstance(newest, date) else None
