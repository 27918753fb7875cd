"""Track details for bare songs: those that a CSV or the charts page lists by id, name and artists alone.

Spotify's answers (album, duration, isrc, …) are landed raw beside the chart, so that a rebuild does not need
Spotify. A "no such song" is landed too, and that song is never looked up again.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import msgspec

from top50.charts import TRACKS, Chart
from top50.errors import SourceError, SourceUnavailable, Top50Error
from top50.lake import PROCESSED, QUARANTINE, Lake
from top50.raw import RawObject, envelope, name_raw
from top50.read.spotify_types import Track, is_id
from top50.tables.files import chart_file, years_of

UNKNOWN = "tracks/unknown/"  # the key prefix of answers for songs that Spotify does not have
PAUSES = 3  # how often a run waits for Spotify before it leaves the other songs to the next run


class Answer(NamedTuple):
    """Spotify's answer about one song: a track object if `found`, else a refusal."""

    song_id: str
    content: bytes
    found: bool


Ask = Callable[[str], Answer]
Pause = Callable[[SourceUnavailable, int], None]  # waits before a retry: its cause, and its number from 1


@dataclass
class Asked:
    """The answers so far, and the error that stopped the lookup before the last song, if any."""

    answers: list[Answer] = field(default_factory=list)
    stopped: Top50Error | None = None

    @property
    def found(self) -> list[Answer]:
        """The answers that are track objects."""
        return [answer for answer in self.answers if answer.found]


def songs_to_ask(lake: Lake, bare: Iterable[str]) -> list[str]:
    """Return the ids of `bare` without those that Spotify has refused before."""
    refusals = [item for folder in (PROCESSED, QUARANTINE) for item in lake.list(folder + UNKNOWN)]
    unknown = {item.key.rpartition("/")[2].removesuffix(".json") for item in refusals}
    return [song_id for song_id in bare if song_id not in unknown and is_id(song_id)]


def ask_for(songs: Iterable[str], ask: Ask, pause: Pause) -> Asked:
    """Look up songs one by one, with at most PAUSES pauses in all; a lasting refusal stops the lookup."""
    asked, pauses = Asked(), iter(range(1, PAUSES + 1))
    left = deque(songs)
    while left:
        try:
            asked.answers.append(_checked(ask(left[0])))
            left.popleft()
        except SourceUnavailable as busy:
            number = next(pauses, None)
            if number is None:
                asked.stopped = busy
                break
            pause(busy, number)
        except SourceError as refusal:
            asked.stopped = refusal
            break
    return asked


def _checked(answer: Answer) -> Answer:
    """Mark an answer that is not the song's full track: it would put the whole raw object into quarantine."""
    if not answer.found:
        return answer
    try:
        track = msgspec.json.decode(answer.content, type=Track)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer._replace(found=False)
    return answer._replace(found=track.id == answer.song_id and track.is_full)


def to_raw(asked: Asked, chart: Chart, day: date | None) -> list[RawObject]:
    """Return one raw object per refusal, and one for all track objects, beside the chart of `day`."""
    raws = [
        RawObject(
            f"{UNKNOWN}{answer.song_id}.json",
            envelope([answer.content], source=TRACKS, asked=[answer.song_id]),
        )
        for answer in asked.answers
        if not answer.found
    ]
    if asked.found:
        tracks = b"[" + b",".join(answer.content for answer in asked.found) + b"]"
        ids = [answer.song_id for answer in asked.found]
        key = name_raw(chart, day, TRACKS, tracks)
        raws.append(RawObject(key, envelope([tracks], source=TRACKS, asked=ids)))
    return raws


def newest_date(lake: Lake, chart: Chart) -> date | None:
    """Return the date of the newest chart in the lake; None if the lake holds none. Raises LakeError."""
    years = years_of(lake, chart.name)
    if not years:
        return None
    newest = chart_file(chart.name, years[-1]).read(lake)[1]["chart_date"].max()
    return newest if isinstance(newest, date) else None
