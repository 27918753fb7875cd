"""What one raw object says: a chart of one date, or songs alone; strange rows set aside."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from msgspec import Struct

from top50.charts import CHARTS, Chart
from top50.errors import ChartRejected
from top50.read.spotify_types import Album, Artist, Track

SIMULATOR = "simulator"
"""The `source` of simulated charts, which never share a lake with real ones."""


MOST_ARTISTS = 100
"""How many a song may name. Real charts name 8 at most; 10,000 in one song took views gigabytes of memory."""

OFFICIAL_LENGTH = 200
"""How many ranks an official chart has; a playlist shows the first 50."""


class Entry(Struct, gc=False):
    """One rank and its song, with the official columns where the source has them."""

    rank: int
    song_id: str
    track: Track
    artist_names: str | None = None
    """Where the source has a text of its own instead of a list of artists."""
    added_at: datetime | None = None
    streams: int | None = None
    previous_rank: int | None = None
    peak_rank: int | None = None
    weeks_on_chart: int | None = None
    label: str | None = None
    image_url: str | None = None
    """Where the source shows a picture of its own instead of the album's."""


@dataclass(frozen=True)
class SetAside:
    """Something that is not in the tables, and why: a row of a raw object, or all of it."""

    key: str
    reason: str
    rank: int | None = None
    """The row's rank; None when the whole object is set aside."""
    fails_check: bool = False
    """Whether it is a chart, but one that must not be published."""
    part: str = ""
    """Which of the charts in the raw object, where it holds several and the others are taken."""

    @property
    def is_whole(self) -> bool:
        """Whether all of the raw object is set aside."""
        return self.rank is None and not self.part


@dataclass
class Snapshot:
    """A raw object, read. Without a chart it carries songs only, and their ranks mean nothing."""

    key: str
    source: str
    observed_at: datetime
    chart: Chart | None = None
    chart_date: date | None = None
    entries: list[Entry] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    says_chart: bool = True
    """Whether it says itself which chart it is; without it, `chart` is a guess that gives way to one."""

    def set_entries_aside(self, why: Callable[[Entry], str | None]) -> None:
        """Set aside the entries for which there is a reason, however late it is found."""
        reasons = [(entry, why(entry)) for entry in self.entries]
        self.set_aside += [SetAside(self.key, reason, entry.rank) for entry, reason in reasons if reason]
        self.entries = [entry for entry, reason in reasons if not reason]
        for name in ("albums", "artists"):
            self.__dict__.pop(name, None)

    def set_crowds_aside(self) -> None:
        """Set aside the songs that name more artists than a song has."""
        if len(self.artists) > MOST_ARTISTS:
            self.set_entries_aside(_why_too_many)

    @cached_property
    def albums(self) -> list[Album]:
        """The albums of its entries, one for each that has any; ask when all entries are there."""
        return [album for entry in self.entries if (album := entry.track.album)]

    @cached_property
    def artists(self) -> list[Artist]:
        """All artists named on its entries; ask when all entries are there."""
        return [artist for entry in self.entries for artist in entry.track.artists or ()]


def _why_too_many(entry: Entry) -> str | None:
    count = len(entry.track.artists or ())
    return f"{count:,} artists of one song, more than {MOST_ARTISTS}" if count > MOST_ARTISTS else None


@dataclass(frozen=True)
class Wanted:
    """What the user wants of raw objects, and the day on which that is asked."""

    chart: Chart = CHARTS["global-weekly"]
    """The chart of playlists that do not say which they are."""
    size: int = 50
    """How many ranks to keep."""
    playlist: str | None = None
    """A playlist that stands for `chart`, besides the charts' own."""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())


def take_entries(
    snapshot: Snapshot,
    entries: Iterable[Entry | SetAside],
    wanted: Wanted,
    longest: int = OFFICIAL_LENGTH,
) -> None:
    """Put the wanted ranks of an official chart into a snapshot, and check it.

    entries: in the order of the source; one that cannot be read is set aside with its position as its rank.
    """
    for entry in _without_strange_ranks(snapshot.key, list(entries), longest):
        if (entry.rank or 0) > wanted.size:
            continue
        if isinstance(entry, SetAside):
            snapshot.set_aside.append(entry)
        elif entry.song_id:
            snapshot.entries.append(entry)
        else:
            snapshot.set_aside.append(SetAside(snapshot.key, "no song id in its line", entry.rank))
    check_chart(snapshot, wanted, longest)


def _without_strange_ranks(
    key: str, entries: list[Entry | SetAside], longest: int
) -> Iterator[Entry | SetAside]:
    """Set aside an entry whose rank cannot be, or is another's, if a rank is missing in just that place.

    Else it is a line too many, which `check_chart` refuses. Lines in any order keep their ranks.
    """
    ranks = [entry.rank or 0 for entry in entries]
    times = Counter(ranks)
    for rank, before, after, entry in zip(ranks, [0, *ranks], [*ranks[1:], None], entries, strict=False):
        missing = before + 1
        fits = before < rank < (rank + 1 if after is None else after)
        is_single = times[rank] == 1 and after not in (None, missing + 1)
        is_fine = 1 <= rank <= longest and (fits or is_single)
        if is_fine or missing in times or missing > longest or (after is not None and after <= missing):
            yield entry
        else:
            yield SetAside(key, f"its rank is {rank}, which cannot be or is another's", missing)


def check_chart(snapshot: Snapshot, wanted: Wanted, longest: int) -> None:
    """Raise ChartRejected unless the snapshot can be published as its chart.

    `longest` is how many ranks its source has when all are there. Songs of too many artists are set aside.
    """
    snapshot.set_crowds_aside()
    if snapshot.chart is None or snapshot.chart_date is None:
        return
    snapshot.chart.check_date(snapshot.chart_date, wanted.today)
    ranks = [entry.rank for entry in snapshot.entries]
    remedy = "Fetch it again, or mend the object and put it back."
    if len(set(ranks)) < len(ranks):
        twice = sorted({rank for rank in ranks if ranks.count(rank) > 1})
        raise ChartRejected(f"rank {twice[0]} is there more than once", remedy)
    if ranks and min(ranks) < 1:
        raise ChartRejected(f"rank {min(ranks)} is none", remedy)
    expected = min(wanted.size, longest)
    if len(ranks) < 0.9 * expected:
        aside = snapshot.set_aside[0] if snapshot.set_aside else None
        why = f"; rank {aside.rank}: {aside.reason}" if aside else ""
        raise ChartRejected(
            f"only {len(ranks)} of {expected} ranks have a song, fewer than 90 %{why}", remedy
        )
