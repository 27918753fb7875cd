"""A chart as people read it at a glance: rank, movement, song, artists."""

from dataclasses import dataclass
from datetime import date


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
