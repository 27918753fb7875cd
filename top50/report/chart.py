"""The newest chart as people read it: rank, movement, song, artists."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from top50.charts import CHARTS
from top50.files import chart_file, songs_file, years_of
from top50.lake import Lake

YEARS = 2
"""How many calendar years, back from the newest chart, decide between `new` and `back`."""


@dataclass(frozen=True)
class ChartRow:
    """One rank of a chart."""

    rank: int
    movement: str
    """`▲ 3`, `▼ 2`, `=`; `new` or `back` when it was not on the chart before; `` when that is not known."""
    song: str
    artists: str


@dataclass(frozen=True)
class ChartTable:
    """A chart of one date."""

    chart: str
    chart_date: date
    rows: list[ChartRow]


def newest_chart(lake: Lake, chart: str) -> ChartTable | None:
    """Read the newest chart of the lake; None when it has none."""
    entries = _entries(lake, chart)
    if entries.is_empty():
        return None
    songs = songs_file().read(lake)[1].select("song_id", "song_name", "artist_names", "isrc")
    named = entries.join(songs, on="song_id", how="left").sort("chart_date", "rank")
    newest = named["chart_date"].max()
    assert isinstance(newest, date)  # noqa: S101 - not empty, for mypy
    return ChartTable(chart, newest, list(_rows(named, newest, CHARTS[chart].days)))


def _entries(lake: Lake, chart: str) -> pl.DataFrame:
    years = years_of(lake, chart)[-YEARS:]
    frames = [chart_file(chart, year).read(lake)[1].select("chart_date", "rank", "song_id") for year in years]
    return pl.concat(frames) if frames else pl.DataFrame()


def _rows(named: pl.DataFrame, newest: date, days: int) -> Iterator[ChartRow]:
    earlier = named.filter(pl.col("chart_date") < newest)
    before = named.filter(pl.col("chart_date") == newest - timedelta(days=days))
    previous = {
        identity: row["rank"]
        for row in before.sort("rank", descending=True).to_dicts()
        for identity in _identities(row)
    }
    seen = {identity for row in earlier.to_dicts() for identity in _identities(row)}
    for row in named.filter(pl.col("chart_date") == newest).to_dicts():
        movement = _movement(row, previous, seen) if previous else ""
        yield ChartRow(row["rank"], movement, row["song_name"] or "", row["artist_names"] or "")


def _movement(row: dict[str, str | int], previous: dict[str, int], seen: set[str]) -> str:
    identities = _identities(row)
    ranks = [previous[identity] for identity in identities if identity in previous]
    if not ranks:
        return "back" if identities & seen else "new"
    climbed = min(ranks) - int(row["rank"])
    return "=" if climbed == 0 else f"{'▲' if climbed > 0 else '▼'} {abs(climbed)}"


def _identities(row: dict[str, str | int]) -> set[str]:
    """What makes two ids one song, for a single that moves to an album: the isrc, or name and artists."""
    named = f"{row['song_name']}|{row['artist_names']}".lower()
    return {str(row["song_id"]), named, *([f"isrc {row['isrc']}"] if row["isrc"] else [])}
