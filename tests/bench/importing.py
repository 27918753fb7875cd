"""Where the seconds of `python -m flows.weekly_chart` go before it does anything."""

import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.figures import Figure
from tests.bench.runs import ROOT
from tests.bench.scale import Scale

MODULE = "flows.weekly_chart"

_TOP = 10
_LINE = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \|( *)(\S+)")


class Imported(NamedTuple):
    """One module's import: seconds of its own, and with all that it imports for the first time."""

    name: str
    own: float
    cumulative: float


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Import the flow in processes of their own; the details are those of the fastest."""
    del folder
    _import()  # so that every module is compiled
    runs = sorted((_import() for _ in range(scale.rounds)), key=_total)
    seconds = statistics.median(_total(run) for run in runs)
    name = f"import {MODULE}"
    return [Figure(name, seconds, "s", seconds, "s", "", details=_details(runs[0]))]


def _import() -> list[Imported]:
    command = [sys.executable, "-X", "importtime", "-c", f"import {MODULE}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [
        Imported(match[4], int(match[1]) / 1e6, int(match[2]) / 1e6)
        for match in map(_LINE.match, done.stderr.splitlines())
        if match
    ]


def _total(run: list[Imported]) -> float:
    return sum(module.own for module in run)


def _details(run: list[Imported]) -> dict[str, Any]:
    largest = sorted(run, key=lambda module: module.cumulative, reverse=True)[:_TOP]
    packages: Counter[str] = Counter()
    for module in run:
        packages[module.name.partition(".")[0]] += round(module.own * 1e6)
    return {
        "cumulative": {module.name: module.cumulative for module in largest},
        "own, by package": {name: own / 1e6 for name, own in packages.most_common(_TOP)},
    }
