"""The facts about one chart that its page and its digest show."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from top50.charts import SIMULATOR

# How many chart dates back the ranks go: two years of weeks. It bounds the size of the page.
HISTORY = 104


@dataclass(frozen=True)
class Entry:
    """One rank of the newest chart, with columns of the view `current_top_50`.

    label: as the source writes it. streams_before: those of the song on the chart before this one.
    """

    rank: int
    song_id: str
    song_key: str
    song_name: str | None
    artist_names: str | None
    album_name: str | None
    release_date: date | None
    image_url: str | None
    url: str | None
    explicit: bool | None
    streams: int | None
    previous_rank: int | None
    rank_change: int | None
    status: str
    peak_rank: int
    peak_date: date | None
    weeks_on_chart: int
    streak_weeks: int
    reported_previous_rank: int | None
    reported_peak_rank: int | None
    reported_weeks_on_chart: int | None
    label: str | None = None
    streams_before: int | None = None

    @property
    def by_spotify(self) -> bool:
        """Whether Spotify gives the song's movement, peak or weeks."""
        figures = (self.reported_previous_rank, self.reported_peak_rank, self.reported_weeks_on_chart)
        return any(figure is not None for figure in figures)

    @property
    def gain(self) -> int | None:
        """How many streams more it has than on the chart before; None where either is unknown."""
        if self.streams is None or self.streams_before is None:
            return None
        return self.streams - self.streams_before

    def as_spotify_counts(self) -> "Entry":
        """Return the entry with Spotify's own movement, peak and weeks, where the source gives them.

        Spotify counts over its chart of 200 and since it has charts; the lake over what it holds.
        """
        entry = self
        if self.reported_peak_rank and self.reported_peak_rank != self.peak_rank:
            entry = replace(entry, peak_rank=self.reported_peak_rank, peak_date=None)
        if weeks := self.reported_weeks_on_chart:
            entry = replace(entry, weeks_on_chart=weeks)
        before = self.reported_previous_rank
        if before is None:
            return entry
        if before > 0:
            change = before - self.rank
            status = "same" if change == 0 else "up" if change > 0 else "down"
            return replace(entry, previous_rank=before, rank_change=change, status=status)
        was_there = weeks > 1 if weeks else self.status == "returned"
        return replace(entry, previous_rank=None, rank_change=None, status="returned" if was_there else "new")


@dataclass(frozen=True)
class Left:
    """A song of the chart before that is not on the newest one."""

    song_id: str
    song_key: str
    song_name: str | None
    artist_names: str | None
    image_url: str | None
    url: str | None
    last_rank: int
    peak_rank: int
    weeks_on_chart: int


@dataclass(frozen=True)
class Artist:
    """An artist of all charts in the lake; `weeks` counts chart dates."""

    artist_name: str
    external_url: str | None
    entries: int
    songs: int
    weeks: int
    best_rank: int


@dataclass(frozen=True)
class ChartDate:
    """A date that should have a chart.

    streams: of its first fifty together; None where one of them has none. top_ten: of its first ten.
    number_one: the key of the song at rank 1. new: how many songs are new, as Spotify says, or else in the
    lake; None where that is unknown of one.
    """

    chart_date: date
    source: str | None
    observed_at: datetime | None
    missing: bool
    streams: int | None = None
    top_ten: int | None = None
    number_one: str | None = None
    new: int | None = None


@dataclass(frozen=True)
class Credit:
    """An artist or a label of the newest chart, and how many of its songs are theirs.

    streams: of these songs together; None where one of them has none.
    """

    name: str
    songs: int
    best_rank: int
    streams: int | None = None


@dataclass(frozen=True)
class Facts:
    """A chart, the newest one or an earlier one, and what came before it.

    entries: by rank, never empty. left: by last rank. artists: those with the most entries, most first.
    dates: the last HISTORY dates that should have a chart, that of `entries` last.
    ranks: song_key → its rank on each of `dates`, None where it was not on the chart.
    plays: song_key → its streams on each of `dates`, of the songs whose streams are known.
    names: song_key → the name of each song that was number one on one of `dates`.
    week_artists, week_labels: those of `entries`, the most songs first.
    """

    chart: str
    entries: list[Entry]
    left: list[Left]
    artists: list[Artist]
    dates: list[ChartDate]
    ranks: dict[str, list[int | None]]
    # How many charts the lake has, how many of other regions of this date, and song_key → region → rank.
    charts: int = 1
    others: int = 0
    elsewhere: dict[str, dict[str, int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    plays: dict[str, list[int | None]] = field(default_factory=dict)
    week_artists: list[Credit] = field(default_factory=list)
    week_labels: list[Credit] = field(default_factory=list)
    # The dates of the charts before and after, as far as the lake has pages of them.
    earlier: date | None = None
    later: date | None = None
    # Whether plays may be added up by artist and by label: the setting TOP50_ADD_PLAYS.
    adds_plays: bool = False

    @property
    def newest(self) -> ChartDate:
        """The date of `entries`."""
        return self.dates[-1]

    @property
    def before(self) -> ChartDate | None:
        """The date of the chart before, if that one is in the lake."""
        return None if len(self.dates) < 2 or self.dates[-2].missing else self.dates[-2]

    @property
    def compared(self) -> bool:
        """Whether it is known how songs moved: from the chart before in the lake, or from Spotify."""
        return any(entry.status != "unknown" for entry in self.entries)

    @property
    def all_compared(self) -> bool:
        """Whether it is known of every song how it moved."""
        return all(entry.status != "unknown" for entry in self.entries)

    @property
    def is_cut(self) -> bool:
        """Whether the lake may have more dates than `dates`."""
        return len(self.dates) >= HISTORY

    @property
    def known_dates(self) -> int:
        """How many of `dates` the lake has charts of."""
        return sum(not day.missing for day in self.dates)

    @property
    def is_simulated(self) -> bool:
        """Whether the songs are invented by the simulator."""
        return self.newest.source == SIMULATOR
