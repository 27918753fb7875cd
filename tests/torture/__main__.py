"""`python -m tests.torture`: crashes, faults, races, bad input, as JSON and docs/reliability.md."""

import argparse
import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.kept import Part, keep, kept, place_of
from tests.bench.machine import machine
from tests.torture.document import DOCUMENT, write_document
from tests.torture.parts import PARTS, run
from tests.torture.scale import FULL, QUICK, Scale
from tests.torture.tally import Tally, all_survived

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "build" / "torture.json"

BESIDE_THE_OTHERS = "orchestrator"
"""It mostly waits, ten minutes of it for runs whose machine died."""

_LINE = "{:<72} {:<10} {:>7} {:>9} {:>5} {:>8} {:>8} {:>8}"


def main() -> None:
    """Run what was asked for; the exit code is 1 unless all of it survived."""
    options = _parser().parse_args()
    print(_LINE.format("", "", "points", "survived", "lost", "doubled", "unclear", "seconds"))
    tried: list[Tally] = []
    scale = QUICK if options.quick else FULL
    out = options.out or place_of(DOCUMENT, options.write_docs, SCRATCH)
    for name, tallies, seconds in _parts(list(PARTS) if options.only is None else options.only, scale):
        keep(out, name, Part(datetime.now(UTC), machine(), asdict(scale), tallies), Tally)
        tried += tallies or [Tally(name, "", unclear=1)]
        print("\n".join(map(_row, tallies)), f"  {name}: {seconds:.0f} s", sep="\n", flush=True)
    if options.write_docs:
        print(f"\nAll of it: {write_document(kept(out, Tally), options.write_docs)}")
    if options.only != [] and not all_survived(tried):
        sys.exit("not all of it survived")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few points: shows that it works")
    names = f"of {', '.join(PARTS)}; the others stay as they were run before; no name: none"
    parser.add_argument("--only", nargs="*", choices=PARTS, metavar="NAME", help=names)
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
        help="write reliability.md from the JSON, by default to docs/",
    )
    return parser


def _parts(names: list[str], scale: Scale) -> Iterator[tuple[str, list[Tally], float]]:
    """Run parts one after the other, and what waits beside them; yield what came of each."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        beside = {name: pool.submit(run, name, scale) for name in names if name == BESIDE_THE_OTHERS}
        for name in (each for each in names if each != BESIDE_THE_OTHERS):
            yield name, *run(name, scale)
            for done in [each for each, running in beside.items() if running.done()]:
                yield done, *beside.pop(done).result()
        for name, running in beside.items():
            yield name, *running.result()


def _row(tally: Tally) -> str:
    counts = (tally.points, tally.survived, tally.lost, tally.doubled, tally.unclear, f"{tally.seconds:.0f}")
    return _LINE.format(tally.what, tally.place, *counts)


if __name__ == "__main__":
    main()
