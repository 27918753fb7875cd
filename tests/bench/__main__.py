"""`python -m tests.bench`: figures beside their rivals, as a table and as docs/benchmarks.md."""

import logging
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    building,
    history,
    importing,
    in_s3,
    many_charts,
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
from tests.bench.results import load, options, save
from tests.bench.runs import RunFailedError
from tests.bench.scale import FULL, QUICK, Scale

BENCHMARKS: dict[str, Callable[[Scale, Path], list[Figure]]] = {
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
    "charts": many_charts.measure,
}

_LINE = "{:<52} {:>18}  {:<48} {:>18} {:>16}  {}"


def main() -> None:
    """Measure what was asked for; nothing is judged, so the exit code says only whether all of it ran."""
    failed = []
    chosen = options("python -m tests.bench", __doc__, BENCHMARKS, DOCUMENT)
    logging.basicConfig(format="  … %(message)s", level=logging.INFO)
    print(_LINE.format("", "ours", "beside", "", "result", "target"))
    with tempfile.TemporaryDirectory(prefix="top50-bench-") as workspace:
        for name in chosen.only:
            folder = Path(workspace) / name
            folder.mkdir()
            try:
                figures = BENCHMARKS[name](QUICK if chosen.quick else FULL, folder)
            except Skipped as skipped:
                print(f"{name}: not measured, because {skipped}", flush=True)
                continue
            except RunFailedError as error:  # the others may take an hour, and can be measured all the same
                print(f"{name}: {error}", flush=True)
                failed.append(name)
                continue
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            print(*map(_row, figures), sep="\n", flush=True)
            save(chosen.results, name, figures, Figure, quick=chosen.quick)
    if chosen.write_docs:
        print(f"\nAll of it: {write_document(load(chosen.results, Figure), chosen.write_docs)}")
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def _row(figure: Figure) -> str:
    verdict = {True: "met", False: "missed", None: ""}[figure.met]
    cells = (figure.name, figure.own, figure.rival, figure.other, figure.outcome)
    return _LINE.format(*cells, f"{figure.target}  {verdict}").rstrip()


if __name__ == "__main__":
    main()
