"""`python -m tests.torture`: crashes, faults, races, bad input, as a table and as docs/reliability.md."""

import multiprocessing
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.bench.results import load, options, save
from tests.torture.document import DOCUMENT, write_document
from tests.torture.parts import PARTS, run
from tests.torture.scale import FULL, QUICK, Scale
from tests.torture.tally import Tally, all_survived

BESIDE_THE_OTHERS = "orchestrator"
"""It mostly waits, ten minutes of it for runs whose machine died."""

_LINE = "{:<72} {:<10} {:>7} {:>9} {:>5} {:>8} {:>8} {:>8}"


def main() -> None:
    """Run what was asked for; the exit code is 1 unless all of it survived."""
    chosen = options("python -m tests.torture", __doc__, PARTS, DOCUMENT)
    print(_LINE.format("", "", "points", "survived", "lost", "doubled", "unclear", "seconds"))
    tried: list[Tally] = []
    for name, tallies, seconds in _parts(chosen.only, QUICK if chosen.quick else FULL):
        save(chosen.results, name, tallies, Tally, quick=chosen.quick)
        tried += tallies or [Tally(name, "", unclear=1)]
        print("\n".join(map(_row, tallies)), f"  {name}: {seconds:.0f} s", sep="\n", flush=True)
    if chosen.write_docs:
        print(f"\nAll of it: {write_document(load(chosen.results, Tally), chosen.write_docs)}")
    if chosen.only and not all_survived(tried):
        sys.exit("not all of it survived")


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
