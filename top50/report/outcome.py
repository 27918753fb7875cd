"""What a run did: collected step by step, then told in one line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import polars as pl

from top50.errors import QuotaExceeded, Top50Error, clipped, one_line
from top50.lake import Item
from top50.raw.backlog import Landed
from top50.read.snapshot import SetAside
from top50.sources.songs import Answer, Asked
from top50.tables import SONGS
from top50.tables.files import Published

_LONGEST_KEY = 200


class Awaited(NamedTuple):
    """The newest chart that Spotify has published by now, and what to do when the lake does not have it."""

    chart_date: date
    remedy: str


@dataclass
class Outcome:
    """What a run fetched, built, set aside and published."""

    chart: str
    landed: dict[str, Landed] = field(default_factory=dict)
    processed: int = 0
    """Raw objects that are in the tables now."""
    charts: set[tuple[str, str]] = field(default_factory=set)
    """(chart, chart_date) that raw objects of this run speak of."""
    set_aside: list[SetAside] = field(default_factory=list)
    published: dict[str, Published] = field(default_factory=dict)
    catalog: str = ""
    listed: list[Item] | None = None
    """The tables' files, if they were listed for the catalog."""
    idle: str = "nothing was pending"
    """What is said when there was nothing to do."""
    warnings: list[str] = field(default_factory=list)
    missing: Awaited | None = None
    """The chart that the run was to bring, when the lake does not have it at the run's end."""
    strays: list[str] = field(default_factory=list)
    """Of each pending object that can be neither read nor moved: which one, and why."""
    bare: int = 0
    """Songs of the lake that only a chart's line was known of when Spotify was to be asked."""
    askable: int = 0
    """How many of them Spotify may know."""
    asked: list[Answer] = field(default_factory=list)
    stopped: Top50Error | None = None
    """What ended the asking before its last song."""
    links: dict[str, str] = field(default_factory=dict)
    """Name → address of what a person may want to open: lake, catalog, page."""

    def add_asked(self, asked: Asked) -> None:
        """Take note of what Spotify said of some songs."""
        self.asked += asked.answers
        self.stopped = asked.stopped

    @property
    def bare_songs(self) -> tuple[str, ...] | None:
        """The songs that only a chart's line is known of, as the last publish saw them; None without one."""
        songs = [file.bare for file in self.published.values() if file.table == SONGS.name]
        return songs[0] if songs else None

    def add_built(self, keys: Iterable[str], entries: pl.DataFrame, set_aside: list[SetAside]) -> None:
        """Take note of a batch: the raw objects in it, the entries they made, and what was set aside."""
        self.processed += len(list(keys))
        self.set_aside += set_aside
        days = entries.select("chart", pl.col("chart_date").cast(pl.String)).unique()
        self.charts |= set(days.iter_rows())

    def add_published(self, published: Iterable[Published]) -> None:
        """Take note of the files of a batch."""
        for file in published:
            before = self.published.get(file.key)
            self.published[file.key] = file.after(before) if before else file

    @property
    def refused(self) -> list[SetAside]:
        """Whole objects that went to quarantine."""
        return [each for each in self.set_aside if each.is_whole]

    @property
    def failures(self) -> list[SetAside]:
        """Refused objects that fail the run: charts that fail their checks, what this run fetched, or all."""
        if self.refused and not self.processed:
            return self.refused
        return [each for each in self.refused if each.fails_check or each.key in self.landed]

    @property
    def has_no_chart(self) -> bool:
        """Whether the run was to bring a chart and took nothing at all."""
        return self.missing is not None and not self.processed

    @property
    def message(self) -> str:
        """The result in one line: what was taken, then what was not, and why."""
        parts = (
            self._what_is_new(),
            self._what_was_refused(),
            self._what_is_missing(),
            *self._what_was_left_out(),
            self._what_was_asked(),
            self._what_is_bare(),
            *self.warnings,
        )
        return one_line("; ".join(part.rstrip(".") for part in parts if part))

    def _what_is_missing(self) -> str:
        if self.missing is None:
            return ""
        return f"{self.chart} of {self.missing.chart_date} has not come yet: {self.missing.remedy}"

    def _what_was_refused(self) -> str:
        if not self.refused:
            return ""
        first = (self.failures or self.refused)[0]
        which = f"{clipped(first.key, _LONGEST_KEY)}: {first.reason.rstrip('.')}"
        count = many(len(self.refused), "object")
        first_of = "" if len(self.refused) == 1 else "the first is "
        return f"{count} went to quarantine, {first_of}{which}. See make quarantine"

    def _what_was_asked(self) -> str:
        known = sum(answer.known for answer in self.asked)
        return f"{many(known, 'song')} completed by Spotify" if known else ""

    def _what_is_bare(self) -> str:
        left = self.bare - sum(answer.known for answer in self.asked)
        if left <= 0:
            return ""
        waiting = self.asked and self.askable > len(self.asked)
        why = f" ({self._why_stopped()})" if self.stopped else ", the next run goes on" if waiting else ""
        return f"{many(left, 'song')} without album and length{why}"

    def _why_stopped(self) -> str:
        if isinstance(self.stopped, QuotaExceeded):
            return f"Spotify's quota is used up until {self.stopped.until:%Y-%m-%d %H:%M} UTC"
        return self.stopped.what if self.stopped else ""

    def _what_is_new(self) -> str:
        if self.refused and not self.processed:
            return "nothing was taken"
        if not self.processed:
            return f"{self.chart}: nothing new, the lake has it already" if self.landed else self.idle
        newest = max(self.charts, key=lambda chart: chart[1], default=("", ""))
        charts = " ".join(newest) if len(self.charts) == 1 else f"{len(self.charts)} charts"
        added = {table: sum(f.added for f in self.published.values() if f.table == table) for table in _TOLD}
        return f"{charts} from {many(self.processed, 'raw object')}: " + ", ".join(
            f"{added[table]:+} {word}" for table, word in _TOLD.items()
        )

    def _what_was_left_out(self) -> list[str]:
        parts = sum(bool(each.part) for each in self.set_aside)
        rows = len(self.set_aside) - len(self.refused) - parts
        return [
            f"{many(parts, 'date')} of merged archives refused" if parts else "",
            f"{many(rows, 'row')} without a song" if rows else "",
            f"{many(len(self.strays), 'object')} left in the backlog: {self.strays[0]}"
            if self.strays
            else "",
        ]


_TOLD = {"chart_entries": "entries", "songs": "songs", "album": "albums", "artist": "artists"}


def many(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
