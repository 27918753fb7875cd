"""What a run did: collected step by step, then summed up in one line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import polars as pl

from top50.charts import label
from top50.errors import QuotaExceeded, SourceError, Top50Error
from top50.lake import Item
from top50.raw import SetAside
from top50.raw.backlog import Landed
from top50.sources.songs import Answer, Asked
from top50.tables.files import Published
from top50.tables.schemas import SONGS
from top50.text import clipped, many, one_line

_LONGEST_KEY = 200

# How many charts the message names.
_NAMED = 3

# Table → what its rows are called in the message.
_COUNTED = {"chart_entries": "entries", "songs": "songs", "album": "albums", "artist": "artists"}


class Awaited(NamedTuple):
    """The newest chart that should be available now, and what to do when the lake does not have it."""

    chart_date: date
    remedy: str


@dataclass
class Outcome:
    """What a run fetched, built, set aside and published."""

    # The charts that the run is about, at least one.
    asked: tuple[str, ...]

    # Those of them that the source did not give, and why.
    unfetched: dict[str, SourceError] = field(default_factory=dict)

    # Key of a fetched raw object → what landing it came to.
    landed: dict[str, Landed] = field(default_factory=dict)

    # How many raw objects went into the tables, and which charts (chart, chart_date) they hold.
    processed: int = 0
    charts: set[tuple[str, str]] = field(default_factory=set)

    # Rows and raw objects that are not in the tables, and why.
    set_aside: list[SetAside] = field(default_factory=list)

    # Pending objects that can be neither read nor moved: a line for each one, with the reason.
    left_pending: list[str] = field(default_factory=list)

    # Key of a table file → what its last publish did, added up over the batches.
    published: dict[str, Published] = field(default_factory=dict)

    # Where the catalog is, in words; the listing of the tables' files, if the catalog needed one.
    catalog: str = ""
    listed: list[Item] | None = None

    # The message of a run that had nothing to do.
    idle: str = "nothing was pending"
    warnings: list[str] = field(default_factory=list)

    # Of the charts that the run was to bring, those that the lake does not have at the run's end.
    missing: dict[str, Awaited] = field(default_factory=dict)

    # How many songs lacked track details before the lookup, and how many of them Spotify may have.
    songs_without_details: int = 0
    songs_to_look_up: int = 0

    # Spotify's answers, and the error that stopped the lookup before its last song.
    answers: list[Answer] = field(default_factory=list)
    lookup_stopped: Top50Error | None = None

    # `lake`, `catalog`, `page` → address that a browser opens.
    links: dict[str, str] = field(default_factory=dict)

    @property
    def chart(self) -> str:
        """What its charts are called together."""
        return label(self.asked)

    def add_answers(self, asked: Asked) -> None:
        """Add Spotify's answers about some songs."""
        self.answers += asked.answers
        self.lookup_stopped = asked.stopped

    def add_built(self, keys: Iterable[str], entries: pl.DataFrame, set_aside: list[SetAside]) -> None:
        """Add a batch: the keys of its raw objects, their chart entries, and what was set aside."""
        self.processed += len(list(keys))
        self.set_aside += set_aside
        days = entries.select("chart", pl.col("chart_date").cast(pl.String)).unique()
        self.charts |= set(days.iter_rows())

    def add_published(self, published: Iterable[Published]) -> None:
        """Add the files that a batch published."""
        for file in published:
            before = self.published.get(file.key)
            self.published[file.key] = file.after(before) if before else file

    @property
    def ids_without_details(self) -> tuple[str, ...] | None:
        """The ids of the songs without track details after the last publish; None if there was none."""
        songs = [file.bare for file in self.published.values() if file.table == SONGS.name]
        return songs[0] if songs else None

    @property
    def refused(self) -> list[SetAside]:
        """Whole raw objects that went to quarantine."""
        return [item for item in self.set_aside if item.is_whole]

    @property
    def failures(self) -> list[SetAside]:
        """Refused objects that fail the run: charts that fail their checks, what this run fetched, or all."""
        if self.refused and not self.processed:
            return self.refused
        return [item for item in self.refused if item.fails_check or item.key in self.landed]

    @property
    def has_no_chart(self) -> bool:
        """Whether the run was to bring a chart and processed nothing at all."""
        return len(self.missing) == len(self.asked) and not self.processed

    @property
    def completed(self) -> int:
        """How many songs got their track details from Spotify."""
        return sum(answer.found for answer in self.answers)

    @property
    def message(self) -> str:
        """The result in one line: what was processed, then what was not, and why."""
        parts = sum(bool(item.part) for item in self.set_aside)
        rows = len(self.set_aside) - len(self.refused) - parts
        lines = [
            self._processed_line(),
            self._refused_line() if self.refused else "",
            self._unfetched_line(),
            self._missing_line(),
            f"{many(parts, 'date')} of merged archives refused" if parts else "",
            f"{many(rows, 'row')} without a song" if rows else "",
            f"{many(len(self.left_pending), 'object')} left in the backlog: {self.left_pending[0]}"
            if self.left_pending
            else "",
            f"{many(self.completed, 'song')} completed by Spotify" if self.completed else "",
            self._details_line(),
            *self.warnings,
        ]
        return one_line("; ".join(line.rstrip(".") for line in lines if line))

    def _processed_line(self) -> str:
        if self.refused and not self.processed:
            return "nothing was processed"
        if not self.processed:
            return f"{self.chart}: nothing new, the lake has it already" if self.landed else self.idle
        charts = f"{len(self.charts)} charts"
        if len(self.charts) == 1:
            [(chart, chart_date)] = self.charts
            charts = f"{chart} {chart_date}"
        files = self.published.values()
        added = {table: sum(file.added for file in files if file.table == table) for table in _COUNTED}
        counts = ", ".join(f"{added[table]:+} {word}" for table, word in _COUNTED.items())
        return f"{charts} from {many(self.processed, 'raw object')}: {counts}"

    def _unfetched_line(self) -> str:
        if not self.unfetched:
            return ""
        first = next(iter(self.unfetched.values()))
        which = f"{_listed(self.unfetched)} of {many(len(self.asked), 'chart')}"
        return f"could not be fetched: {which}: {first}"

    def _missing_line(self) -> str:
        missing = {chart: awaited for chart, awaited in self.missing.items() if chart not in self.unfetched}
        if not missing:
            return ""
        first = next(iter(missing.values()))
        are = "is" if len(missing) == 1 else "are"
        return f"{_listed(missing)} of {first.chart_date} {are} not available yet: {first.remedy}"

    def _refused_line(self) -> str:
        first = (self.failures or self.refused)[0]
        which = f"{clipped(first.key, _LONGEST_KEY)}: {first.reason.rstrip('.')}"
        first_of = "" if len(self.refused) == 1 else "the first is "
        return (
            f"{many(len(self.refused), 'object')} went to quarantine, {first_of}{which}. See make quarantine"
        )

    def _details_line(self) -> str:
        """Say how many songs still lack track details, and why."""
        left = self.songs_without_details - self.completed
        if left <= 0:
            return ""
        why = ""
        if isinstance(self.lookup_stopped, QuotaExceeded):
            why = f" (Spotify's quota is used up until {self.lookup_stopped.until:%Y-%m-%d %H:%M} UTC)"
        elif self.lookup_stopped:
            why = f" ({self.lookup_stopped.what})"
        elif self.answers and self.songs_to_look_up > len(self.answers):
            why = ", the next run continues"
        return f"{many(left, 'song')} {'lacks' if left == 1 else 'lack'} track details{why}"


def _listed(charts: Iterable[str]) -> str:
    """Return the names of the first charts, and how many more there are."""
    names = list(charts)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
