"""What the page and the digest tell of one chart, read from the views of `catalog.duckdb`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from top50.errors import clipped
from top50.report.page.opened import ARTISTS, opened, speak_of

HISTORY = 104
"""How many chart dates back the ranks are told: two years of weeks. It bounds the size of the page."""

_NAMES = {"song_name", "artist_names", "album_name", "artist_name"}
_LONGEST_NAME = 300

Row = TypeVar("Row")


@dataclass(frozen=True)
class Entry:
    """One rank of the newest chart, in the words of the view `current_top_50`."""

    rank: int
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
    peak_date: date
    weeks_on_chart: int
    streak_weeks: int
    reported_previous_rank: int | None
    reported_peak_rank: int | None
    reported_weeks_on_chart: int | None


@dataclass(frozen=True)
class Left:
    """A song of the chart before that is not on the newest one."""

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
    """A date that should have a chart."""

    chart_date: date
    source: str | None
    observed_at: datetime | None
    missing: bool


@dataclass(frozen=True)
class Facts:
    """The newest chart, and what came before it."""

    chart: str
    entries: list[Entry]
    """By rank; never empty."""
    left: list[Left]
    """By last rank."""
    artists: list[Artist]
    """Those with the most entries, most first."""
    dates: list[ChartDate]
    """The last HISTORY dates that should have a chart, the newest last."""
    ranks: dict[str, list[int | None]]
    """song_key → its rank on each of `dates`, None where it was not there."""

    @property
    def newest(self) -> ChartDate:
        """The date of `entries`."""
        return self.dates[-1]

    @property
    def compared(self) -> bool:
        """Whether the chart before this one is in the lake."""
        return all(entry.status != "unknown" for entry in self.entries)


def read_facts(catalog: Path, charts: Iterable[str]) -> dict[str, Facts]:
    """Read the facts of charts from a `catalog.duckdb`; one that it does not have is left out.

    Raises duckdb.Error where the file is no catalog.
    """
    with opened(catalog) as connection:
        found = {chart: _facts_of(connection, chart) for chart in charts}
    return {chart: facts for chart, facts in found.items() if facts}


def _facts_of(connection: duckdb.DuckDBPyConnection, chart: str) -> Facts | None:
    speak_of(connection, chart)
    reader = _Reader(connection)
    dates = list(reader.rows(ChartDate, _DATES))[::-1]
    if not dates:
        return None
    entries = list(reader.rows(Entry, _ENTRIES))
    left, artists = list(reader.rows(Left, _LEFT)), list(reader.rows(Artist, _ARTISTS))
    keys = {entry.song_key for entry in entries} | {song.song_key for song in left}
    return Facts(chart, entries, left, artists, dates, reader.ranks(keys, dates))


@dataclass(frozen=True)
class _Reader:
    """Asks without parameters: for the first one DuckDB imports pandas where somebody has installed it."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, kind: type[Row], sql: str) -> Iterator[Row]:
        names = list(kind.__dataclass_fields__)  # type: ignore[attr-defined]
        for row in self._query(sql.format(columns=", ".join(names))):
            yield kind(*map(_shortened, names, row))

    def ranks(self, keys: set[str], dates: list[ChartDate]) -> dict[str, list[int | None]]:
        place = {day.chart_date: number for number, day in enumerate(dates)}
        ranks: dict[str, list[int | None]] = {key: [None] * len(dates) for key in keys}
        for key, day, rank in self._query(_RANKS.format(since=dates[0].chart_date)):
            if key in ranks and day in place:
                ranks[key][place[day]] = rank
        return ranks

    def _query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()


def _shortened(name: str, value: Any) -> Any:
    """Return a value; of a name of a megabyte, its ends."""
    return clipped(value, _LONGEST_NAME) if name in _NAMES and value else value


_DATES = f"SELECT {{columns}} FROM chart_dates ORDER BY chart_date DESC LIMIT {HISTORY}"  # noqa: S608
_ENTRIES = "SELECT {columns} FROM current_top_50 ORDER BY rank"
_LEFT = """
    SELECT {columns} FROM dropped_out
    LEFT JOIN (SELECT song_id, song_name, artist_names, url, album_id FROM songs) USING (song_id)
    LEFT JOIN (SELECT album_id, image_url FROM album) USING (album_id)
    WHERE chart_date = (SELECT max(chart_date) FROM chart_entries)
    ORDER BY last_rank
"""
_ARTISTS = f"""
    SELECT {{columns}} FROM artist_ranking
    LEFT JOIN (SELECT artist_id, external_url FROM artist) USING (artist_id)
    ORDER BY entries DESC, best_rank, artist_name, artist_id LIMIT {ARTISTS}
"""  # noqa: S608 - own numbers
_RANKS = """
    SELECT song_key, chart_date, min(rank) FROM chart_movement
    WHERE chart_date >= DATE '{since}' GROUP BY ALL
"""
