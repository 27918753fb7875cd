"""`python -m tests.bench`: figures beside their rivals, as a table and as JSON."""

import argparse
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tests.bench import building, importing, memory, views, weekly
from tests.bench.figures import Figure
from tests.bench.machine import machine
from tests.bench.runs import ROOT
from tests.bench.scale import FULL, QUICK, Scale

Benchmark = Callable[[Scale, Path], list[Figure]]

BENCHMARKS: dict[str, Benchmark] = {
    "build": building.measure,
    "weekly": weekly.measure,
    "memory": memory.measure,
    "import": importing.measure,
    "views": views.measure,
}

_LINE = "{:<34} {:>12}  {:<32} {:>10} {:>16}  {}"


def main() -> None:
    """Measure what was asked for; nothing is judged, so the exit code says only whether all of it ran."""
    options = _parser().parse_args()
    scale = QUICK if options.quick else FULL
    measured: dict[str, list[Figure]] = {}
    print(_LINE.format("", "ours", "beside", "", "result", "target"))
    for name in options.only or BENCHMARKS:
        measured[name] = _measure(BENCHMARKS[name], scale)
        for figure in measured[name]:
            print(_row(figure), flush=True)
    _write(options.out, scale, measured)
    print(f"\nAll of it: {options.out}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    parser.add_argument(
        "--only", nargs="+", choices=BENCHMARKS, metavar="NAME", help=f"of {', '.join(BENCHMARKS)}"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json", help="where the JSON goes")
    return parser


def _measure(benchmark: Benchmark, scale: Scale) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="top50-bench-") as folder:
        return benchmark(scale, Path(folder))


def _row(figure: Figure) -> str:
    ours, result = _amount(figure.ours, figure.unit), _amount(figure.result, figure.result_unit)
    theirs = "" if figure.theirs is None else _amount(figure.theirs, figure.unit)
    return _LINE.format(figure.name, ours, figure.rival, theirs, result, figure.target).rstrip()


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if isinstance(value, int) or abs(value) >= 100 else f"{value:.2f} {unit}"


def _write(file: Path, scale: Scale, measured: dict[str, list[Figure]]) -> None:
    content = {"at": datetime.now(UTC), "machine": machine(), "scale": scale, "figures": measured}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(content)) + b"\n")


if __name__ == "__main__":
    main()
