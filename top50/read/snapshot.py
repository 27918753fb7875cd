"""The result of reading, `Snapshot`: the content of one raw object; and `Wanted`, what the user wants."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

from msgspec import Struct

from top50.charts import CHARTS, Chart
from top50.errors import RawError
from top50.raw import SetAside
from top50.read.spotify_types import Album, Artist, Track


class Entry(Struct, gc=False):
    """One rank and its song, with the official columns where the source has them."""

    rank: int
    song_id: str
    track: Track
    # The source's own text, where it has one instead of a list of artists.
    artist_names: str | None = None
    added_at: datetime | None = None
    streams: int | None = None
    previous_rank: int | None = None
    peak_rank: int | None = None
    weeks_on_chart: int | None = None
    label: str | None = None
    # The source's own picture, where it has one instead of the album's.
    image_url: str | None = None


@dataclass
class Snapshot:
    """The chart of one date, as a raw object has it; without a chart, songs whose ranks mean nothing."""

    key: str
    source: str
    observed_at: datetime
    chart: Chart | None = None
    chart_date: date | None = None
    entries: list[Entry] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    # Whether the raw object itself identifies its chart. If not, `chart` is a guess, and a raw object
    # that identifies its chart wins over this one.
    says_chart: bool = True

    def set_entries_aside(self, why: Callable[[Entry], str | None]) -> None:
        """Move the entries for which `why` returns a reason from `entries` to `set_aside`."""
        reasons = [(entry, why(entry)) for entry in self.entries]
        self.set_aside += [SetAside(self.key, reason, entry.rank) for entry, reason in reasons if reason]
        self.entries = [entry for entry, reason in reasons if not reason]
        for name in ("albums", "artists"):
            self.__dict__.pop(name, None)

    @cached_property
    def albums(self) -> list[Album]:
        """The albums of all entries that have one. It is cached: use it when all entries are there."""
        return [album for entry in self.entries if (album := entry.track.album)]

    @cached_property
    def artists(self) -> list[Artist]:
        """All artists of all entries. It is cached: use it when all entries are there."""
        return [artist for entry in self.entries for artist in entry.track.artists or ()]


@dataclass(frozen=True)
class Wanted:
    """What the user wants of raw objects, and today's date (UTC), after which no chart can end."""

    # The chart of a playlist that does not identify itself; None where several are wanted.
    chart: Chart | None = CHARTS["global-weekly"]
    # How many ranks are taken.
    size: int = 50
    # The id of another playlist that has the songs of `chart`.
    playlist: str | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    def unnamed_chart(self) -> Chart:
        """Return the chart of a raw object that does not identify its chart; raises RawError for several."""
        if self.chart is None:
            raise RawError(
                "nothing in it says which of the charts of TOP50_CHART it is",
                "Put it below chart=<chart>/, or name its chart alone with --chart.",
            )
        return self.chart
