"""Draw the page's charts with Altair, and bundle the JavaScript that shows them.

Neither depends on the data, so `make assets` writes both into `top50/report/page/static/`, and a run needs
neither Altair's imports nor vl-convert's 80 MB. The page brings the data, under the names `ranks`,
`history`, `artists` and `ages`.
"""

import json
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

STATIC = Path(__file__).parents[1] / "top50/report/page/static"
CHARTS = STATIC / "charts.json"
SCRIPT = STATIC / "vega.js"

_Drawing = alt.Chart | alt.LayerChart | alt.FacetChart

RANKS = 50
_TOP = 10
_NAMES = "names[datum.value] || ''"
_NAMES_OF_RANKS = "datum.value + '  ' + (names[datum.value] || '')"
# How wide names may be, in pixels: on a phone the lines need the room.
_ROOM = "containerSize()[0] < 400 ? 104 : containerSize()[0] < 640 ? 170 : 230"

_STYLE = {
    "width": "container",
    # The page's own colours, so that the charts follow its theme, on paper too.
    "config": {
        "background": "transparent",
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {
            "labelColor": "var(--text)",
            "titleColor": "var(--muted)",
            "domainColor": "var(--rule)",
            "tickColor": "var(--rule)",
            "gridColor": "var(--rule)",
            "labelFontSize": 12,
            "titleFontWeight": 400,
        },
    },
}

_LICENCE = """/*! Vega {vega}, Vega-Lite {lite}, Vega-Embed {embed} and what they use, bundled by vl-convert.
Copyright (c) University of Washington Interactive Data Lab and contributors. BSD-3-Clause.
Redistribution and use in source and binary forms, with or without modification, are permitted provided that
the following conditions are met: 1. Redistributions of source code must retain the above copyright notice,
this list of conditions and the following disclaimer. 2. Redistributions in binary form must reproduce the
above copyright notice, this list of conditions and the following disclaimer in the documentation and/or other
materials provided with the distribution. 3. Neither the name of the copyright holder nor the names of its
contributors may be used to endorse or promote products derived from this software without specific prior
written permission. THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY
EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE
LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT
LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS
INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
(INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
POSSIBILITY OF SUCH DAMAGE. */
"""


def specifications() -> dict[str, Any]:
    """Return the charts in Vega-Lite, by name."""
    charts: dict[str, _Drawing] = {
        "ranks": _ranks(),
        "history": _history(),
        "artists": _artists(),
        "ages": _ages(),
    }
    return {name: chart.to_dict() | _STYLE for name, chart in charts.items()}


def script() -> str:
    """Return the JavaScript that defines `vegaEmbed`, with its licence."""
    licence = _LICENCE.format(
        vega=vl_convert.get_vega_version(),
        lite=alt.SCHEMA_VERSION.removeprefix("v"),
        embed=vl_convert.get_vega_embed_version(),
    )
    lite = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return licence + vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=lite) + "\n"


def _ranks() -> _Drawing:
    hovered = alt.selection_point("hovered", on="pointerover", fields=["song"], nearest=True, empty=False)
    songs = alt.Chart(alt.NamedData(name="ranks")).encode(
        x=_dates(),
        y=_ranks_with_names(),
        color=alt.condition(f"datum.song < {_TOP}", _colours(), alt.value("var(--line)")),
        detail="song:N",
    )
    lines = songs.mark_line(interpolate="monotone", strokeJoin="round", strokeCap="round").encode(
        strokeWidth=alt.condition(hovered, alt.value(5), alt.value(2))
    )
    points = songs.mark_circle(cursor="pointer", opacity=1).encode(
        size=alt.condition(hovered, alt.value(90), alt.value(22)),
        tooltip=[alt.Tooltip("name:N", title="Song"), _day_tooltip(), alt.Tooltip("rank:Q", title="Rank")],
    )
    return alt.layer(lines, points.add_params(hovered)).properties(height=RANKS * 16)


def _history() -> _Drawing:
    drawn: alt.Chart = (
        alt.Chart(alt.NamedData(name="history"))
        .mark_line(color="var(--accent)", point=alt.OverlayMarkDef(color="var(--accent)", size=28))
        .encode(
            x=_dates(),
            y=alt.Y(
                "rank:Q",
                title="Rank",
                # Logarithmic, so that it shows how a song moved among the first ten.
                scale=alt.Scale(type="log", reverse=True, domain=[1, alt.ExprRef("deepest")], nice=False),
            ).axis(values=alt.ExprRef("depths"), format="d", grid=True),
            tooltip=[_day_tooltip(), alt.Tooltip("rank:Q", title="Rank")],
        )
        .properties(height=190)
    )
    return drawn


def _artists() -> _Drawing:
    bars = alt.Chart(alt.NamedData(name="artists")).encode(
        x=alt.X("entries:Q", axis=None),
        y=_names("artist:O"),
        tooltip=[
            alt.Tooltip("name:N", title="Artist"),
            alt.Tooltip("entries:Q", title="Entries"),
            alt.Tooltip("songs:Q", title="Songs"),
            alt.Tooltip("best_rank:Q", title="Best rank"),
        ],
    )
    return _with_figures(bars, "entries:Q")


def _ages() -> _Drawing:
    bars = alt.Chart(alt.NamedData(name="ages")).encode(
        x=alt.X("songs:Q", axis=None),
        y=_names("age:O"),
        tooltip=[alt.Tooltip("name:N", title="Age"), alt.Tooltip("songs:Q", title="Songs")],
    )
    return _with_figures(bars, "songs:Q")


def _with_figures(bars: alt.Chart, figure: str) -> _Drawing:
    text = bars.mark_text(align="left", dx=6, color="var(--text)", fontWeight=600).encode(text=figure)
    drawn = bars.mark_bar(color="var(--accent)", cornerRadiusEnd=4)
    return alt.layer(drawn, text)


def _names(field: str) -> alt.Y:
    axis = alt.Axis(labelExpr=_NAMES, labelLimit=alt.ExprRef(_ROOM), title=None, domain=False, ticks=False)
    return alt.Y(field, sort=None, axis=axis, scale=alt.Scale(paddingInner=0.3))


def _ranks_with_names() -> alt.Y:
    axis = alt.Axis(
        orient="right", values=list(range(1, RANKS + 1)), labelExpr=_NAMES_OF_RANKS, title=None, offset=4,
        labelLimit=alt.ExprRef(_ROOM), labelOverlap=False, grid=False, domain=False, ticks=False,
    )  # fmt: skip
    return alt.Y("rank:Q", scale=alt.Scale(domain=[1, RANKS], reverse=True, nice=False), axis=axis)


def _dates() -> alt.X:
    axis = alt.Axis(values=alt.ExprRef("dates"), format="%-d %b", labelOverlap=True, grid=False, title=None)
    return alt.X("date:T", scale=alt.Scale(type="utc"), axis=axis)


def _day_tooltip() -> alt.Tooltip:
    return alt.Tooltip("day:N", title="Chart of")


def _colours() -> alt.Color:
    colours = [f"var(--line-{number})" for number in range(_TOP)]
    scale = alt.Scale(domain=list(range(_TOP)), range=colours)
    return alt.Color("song:N", legend=None, scale=scale)


def main() -> None:
    """Write both files."""
    STATIC.mkdir(exist_ok=True)
    CHARTS.write_text(
        json.dumps(specifications(), sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    SCRIPT.write_text(script(), encoding="utf-8")


if __name__ == "__main__":
    main()
