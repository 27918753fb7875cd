"""Seconds and memory against the number of raw objects, as SVG."""

from collections.abc import Iterable
from typing import Any

import altair as alt
import vl_convert

from tests.bench.runs import Point

THEMES = {
    "light": {"text": "#1f2328", "rule": "#d1d9e0"},
    "dark": {"text": "#e6edf3", "rule": "#3d444d"},
}

_COLOURS = [
    *("#2f81f7", "#8b949e", "#79b8ff"),  # ours, the bare minimum, ours without Prefect
    *("#2da44e", "#bf3989", "#e085c2"),  # pandas, DuckDB twice
    *("#c9a000", "#cf5a1a", "#e5534b"),  # Polars, dlt twice
]
"""All are seen on white and on black."""

_PANEL = 330


def plot(points: Iterable[Point], theme: str) -> str:
    """Draw a line for each contender, in the order in which they first come."""
    rows = [
        {"contender": each.contender, "objects": each.objects, "seconds": each.seconds, "MB": each.tree_mb}
        for each in points
    ]
    panels = alt.hconcat(
        _panel(rows, "seconds", "seconds"), _panel(rows, "MB", "MB of memory, all processes together")
    )
    return str(vl_convert.vegalite_to_svg(panels.configure(**_style(theme)).to_dict()))


def _panel(rows: list[dict[str, Any]], field: str, title: str) -> alt.Chart:
    shown = [row for row in rows if row[field]]
    names = list(dict.fromkeys(row["contender"] for row in rows))
    log = alt.Scale(type="log", nice=False, padding=12)
    legend = alt.Legend(orient="bottom", columns=2, title=None, labelLimit=320, symbolType="circle")
    colours = alt.Scale(domain=names, range=_COLOURS[: len(names)])
    chart = alt.Chart({"values": shown}, width=_PANEL, height=_PANEL)
    drawn: alt.Chart = chart.mark_line(point=alt.OverlayMarkDef(size=40), strokeWidth=2).encode(
        x=alt.X("objects:Q", scale=log, title="raw objects", axis=_axis(row["objects"] for row in rows)),
        y=alt.Y(f"{field}:Q", scale=log, title=title, axis=_axis(_ticks(row[field] for row in shown))),
        color=alt.Color("contender:N", scale=colours, sort=names, legend=legend),
    )
    return drawn


def _axis(values: Iterable[float]) -> alt.Axis:
    return alt.Axis(values=sorted(set(values)), format=",~g")


def _ticks(values: Iterable[float]) -> list[float]:
    """Return the powers of ten and their threes around some values."""
    found = sorted(values)
    if not found:
        return []
    ticks = [step * 10.0**power for power in range(-3, 7) for step in (1, 3)]
    return [tick for tick in ticks if found[0] / 3.3 <= tick <= found[-1] * 3.3]


def _style(theme: str) -> dict[str, Any]:
    text, rule = THEMES[theme]["text"], THEMES[theme]["rule"]
    axis = {"labelColor": text, "titleColor": text, "domainColor": rule, "tickColor": rule, "gridColor": rule}
    return {
        "background": "transparent",
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": axis | {"titleFontWeight": 400},
        "legend": {"labelColor": text},
    }
