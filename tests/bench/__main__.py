"""`python -m tests.bench`: figures beside their rivals, as a table, as JSON and as docs/benchmarks.md."""

import argparse
import logging
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import (
    building,
    history,
    importing,
    in_s3,
    memory,
    on_dask,
    rebuilding,
    rivals,
    splitting,
    views,
    weekly,
)
from tests.bench.document import DOCUMENT, write_document
from tests.bench.figures import Figure, Skipped
from tests.bench.kept import Part, keep, kept, place_of
from tests.bench.machine import machine
from tests.bench.runs import ROOT, RunFailedError
from tests.bench.scale import FULL, QUICK, Scale

Benchmark = Callable[[Scale, Path], list[Figure]]

BENCHMARKS: dict[str, Benchmark] = {
    "build": building.measure,
    "weekly": weekly.measure,
    "memory": memory.measure,
    "import": importing.measure,
    "views": views.measure,
    "rebuild": rebuilding.measure,
    "rivals": rivals.measure,
    "history": history.measure,
    "archives": splitting.measure,
    "seaweedfs": in_s3.measure,
    "dask": on_dask.measure,
}

SCRATCH = ROOT / "build" / "bench.json"

_LINE = "{:<52} {:>18}  {:<48} {:>18} {:>16}  {}"


def main() -> None:
    """Measure what was asked for; nothing is judged, so the exit code says only whether all of it ran."""
    failed = []
    options = _parser().parse_args()
    logging.basicConfig(format="  … %(message)s", level=logging.INFO)
    scale = QUICK if options.quick else FULL
    out = options.out or place_of(DOCUMENT, options.write_docs, SCRATCH)
    print(_LINE.format("", "ours", "beside", "", "result", "target"))
    with tempfile.TemporaryDirectory(prefix="top50-bench-") as workspace:
        for name in BENCHMARKS if options.only is None else options.only:
            try:
                figures = _measure(name, scale, Path(workspace))
            except RunFailedError as error:  # the others may take an hour, and can be measured all the same
                print(f"{name}: {error}", flush=True)
                failed.append(name)
                continue
            if figures:
                keep(out, name, Part(datetime.now(UTC), machine(), asdict(scale), figures), Figure)
    print(f"\nAll of it: {out}")
    if options.write_docs:
        print(f"And: {write_document(kept(out, Figure), options.write_docs)}")
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    names = f"of {', '.join(BENCHMARKS)}; the others stay as they were measured before; no name: none"
    parser.add_argument("--only", nargs="*", choices=BENCHMARKS, metavar="NAME", help=names)
    parser.add_argument(
        "--out",
        type=Path,
        help=f"where the JSON goes; by default beside the document, or build/{SCRATCH.name}",
    )
    parser.add_argument(
        "--write-docs",
        type=Path,
        nargs="?",
        const=ROOT / "docs",
        metavar="FOLDER",
        help="write benchmarks.md from the JSON, by default to docs/",
    )
    return parser


def _measure(name: str, scale: Scale, workspace: Path) -> list[Figure]:
    folder = workspace / name
    folder.mkdir()
    try:
        figures = BENCHMARKS[name](scale, folder)
    except Skipped as skipped:
        print(f"{name}: not measured, because {skipped}", flush=True)
        return []
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for figure in figures:
        print(_row(figure), flush=True)
    return figures


def _row(figure: Figure) -> str:
    verdict = {True: "met", False: "missed", None: ""}[figure.met]
    cells = (figure.name, figure.own, figure.rival, figure.other, figure.outcome)
    return _LINE.format(*cells, f"{figure.target}  {verdict}").rstrip()


if __name__ == "__main__":
    main()
