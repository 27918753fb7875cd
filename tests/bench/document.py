"""docs/benchmarks.md: what was measured, on what, how, and whether it is what it should be."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.figures import Figure
from tests.bench.kept import Part
from tests.bench.plot import THEMES, plot
from tests.bench.runs import Point

DOCUMENT = "benchmarks.md"

TITLES = {
    "rebuild": "Rebuild: every table from the archive of a directory lake",
    "rivals": "The same work as others would do it",
    "history": "Import of old files",
    "archives": "Import of a merged archive",
    "seaweedfs": "Rebuild of a lake on S3 (SeaweedFS on the same machine)",
    "dask": "On Dask's workers",
    "build": "`build_tables` in memory",
    "weekly": "A weekly run",
    "memory": "Memory of a backlog's run",
    "import": "Imports of the weekly flow",
    "views": "Views, of ten years of weekly charts",
}

_HEAD = "| ours | | beside | | result | limit | met |\n|---|--:|---|--:|--:|---|---|"

_METHOD = Path(__file__).with_name("method.md")


def write_document(parts: Mapping[str, Part[Figure]], folder: Path) -> Path:
    """Write benchmarks.md and its plot into a folder; return the document's path."""
    folder.mkdir(parents=True, exist_ok=True)
    points = _points(parts)
    for theme in THEMES if points else ():
        (folder / _picture(theme)).write_text(plot(points, theme), encoding="utf-8")
    file = folder / DOCUMENT
    file.write_text("\n\n".join(_document(parts, is_drawn=bool(points))) + "\n", encoding="utf-8")
    return file


def _picture(theme: str) -> str:
    return f"benchmarks-{theme}.svg"


def _document(parts: Mapping[str, Part[Figure]], *, is_drawn: bool) -> Iterator[str]:
    yield "# Benchmarks"
    yield "Written by `make bench`, not by hand. Each figure was measured beside its rival in the same run."
    if any(part.scale["quick"] for part in parts.values()):
        yield "**Some sizes are small ones (`--quick`): these figures show that it works, not how fast.**"
    if is_drawn:
        yield _PICTURE
    for name, title in TITLES.items():
        if name in parts:
            yield f"## {title}"
            yield table(parts[name].results)
            yield f"Measured {_when(parts[name])}."
    yield _METHOD.read_text(encoding="utf-8").strip()
    yield "## The machine"
    yield _machine(parts)


_PICTURE = f"""<picture>
  <source media="(prefers-color-scheme: dark)" srcset="{_picture("dark")}">
  <img src="{_picture("light")}" alt="Seconds and memory against the number of raw objects">
</picture>"""


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
        for figure in parts[name].results if name in parts else ():
            for point in msgspec.convert(figure.details.get("points", []), list[Point]):
                found.setdefault((point.contender, point.objects), point)
    return list(found.values())


def _when(part: Part[Figure]) -> str:
    load, cores = part.machine["load"][0], part.machine["cpus"]
    return (
        f"{part.at:%Y-%m-%d %H:%M} UTC; at the end the load of the last minute was {load}, on {cores} cores"
    )


def _machine(parts: Mapping[str, Part[Figure]]) -> str:
    if not parts:
        return "Nothing has been measured."
    seen: dict[str, Any] = max(parts.values(), key=lambda part: part.at).machine
    versions = ", ".join(f"{name} {version}" for name, version in seen["versions"].items())
    hardware = (
        f"{seen['cpus']} cores ({seen['processor']}), {seen['memory_gib']} GiB of memory, {seen['system']}"
    )
    return f"{hardware}. Python {seen['python']}, {versions}."
