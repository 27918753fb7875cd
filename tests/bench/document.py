"""docs/benchmarks.md: what was measured, on what, how, and whether it is what it should be."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from tests.bench.figures import Figure
from tests.bench.plot import THEMES, plot
from tests.bench.results import Part, newest, write_page
from tests.bench.runs import Point

DOCUMENT = "benchmarks.md"

TITLES = {
    "rebuild": "Rebuild: every table from the archive of a directory lake",
    "rivals": "The same work as others would do it",
    "history": "Import of old files",
    "archives": "Import of a merged archive",
    "seaweedfs": "Rebuild of a lake on S3 (SeaweedFS on the same machine)",
    "dask": "On Dask's workers",
    "charts": "Every region's charts, of ten years of weeks",
    "build": "`build_tables` in memory",
    "weekly": "A weekly run",
    "memory": "Memory of a backlog's run",
    "import": "Imports of the weekly flow",
    "views": "Views, of ten years of weekly charts",
}

_HEAD = "| ours | | beside | | result | limit | met |\n|---|--:|---|--:|--:|---|---|"

_INTRODUCTION = """# Benchmarks

Written by `make bench`, not by hand. Each figure was measured beside its rival in the same run."""

_PICTURE = """<picture>
  <source media="(prefers-color-scheme: dark)" srcset="benchmarks-dark.svg">
  <img src="benchmarks-light.svg" alt="Seconds and memory against the number of raw objects">
</picture>"""

_METHOD = Path(__file__).with_name("method.md")


def write_document(parts: Mapping[str, Part[Figure]], folder: Path) -> Path:
    """Write benchmarks.md, and its plot where both parts of it were measured; return the document's path."""
    folder.mkdir(parents=True, exist_ok=True)
    if {"rebuild", "rivals"} <= set(parts):
        for theme in THEMES:
            picture = folder / f"benchmarks-{theme}.svg"
            picture.write_text(plot(_points(parts), theme), encoding="utf-8")
    is_drawn = (folder / "benchmarks-light.svg").exists()
    sections = {title: _section(parts[name]) if name in parts else "" for name, title in TITLES.items()}
    sections |= {
        "How it is measured": _METHOD.read_text(encoding="utf-8").strip(),
        "The machine": newest(parts),
    }
    head = "\n\n".join([_INTRODUCTION, _PICTURE] if is_drawn else [_INTRODUCTION])
    return write_page(folder / DOCUMENT, head, sections)


def _section(part: Part[Figure]) -> str:
    small = (
        " **Sizes are small (`--quick`): it works, and this does not say how fast.**" if part.quick else ""
    )
    load, cores = part.machine["load"][0], part.machine["cpus"]
    busy = f"at the end the load of the last minute was {load}, on {cores} cores"
    return f"{table(part.results)}\n\nMeasured {part.at:%Y-%m-%d %H:%M} UTC; {busy}.{small}"


def table(figures: Iterable[Figure]) -> str:
    """Return a table with a row per figure; one that missed its limit says so."""
    return "\n".join([_HEAD, *map(_row, figures)])


def _row(figure: Figure) -> str:
    verdict = {True: "yes", False: "**no**", None: ""}[figure.met]
    target = figure.target.replace("<", "&lt;")
    cells = (figure.name, figure.own, figure.rival, figure.other, figure.outcome, target, verdict)
    return f"| {' | '.join(cells)} |"


def _points(parts: Mapping[str, Part[Figure]]) -> list[Point]:
    """Return each contender's points once: `rivals` measures ours again."""
    found: dict[tuple[str, int], Point] = {}
    for name in ("rebuild", "rivals"):
        for figure in parts[name].results:
            for point in msgspec.convert(figure.details.get("points", []), list[Point]):
                found.setdefault((point.contender, point.objects), point)
    return list(found.values())
