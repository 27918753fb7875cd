"""The parts of the torture. Not in `__main__`, which a process that is started beside does not find again."""

import importlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from tests.torture.scale import Scale
from tests.torture.tally import Tally

Torture = Callable[[Scale, Path], list[Tally]]

PARTS = {
    "crashes": "tests.torture.crashes",
    "faults": "tests.torture.faults",
    "races": "tests.torture.races",
    "moments": "tests.torture.moments",
    "orchestrator": "tests.torture.orchestrator",
    "bad_input": "tests.torture.bad_input",
    "strange_tables": "tests.torture.strange_tables",
    "folders": "tests.torture.folders",
    "odd_environments": "tests.torture.odd_environments",
}
"""Each is a module with `torture(scale, folder)`; imported when it is run, for some need much."""


def run(name: str, scale: Scale) -> tuple[list[Tally], float]:
    """Run a part in a folder of its own; return what came of it, and in how many seconds."""
    logging.basicConfig(format="  … %(message)s", level=logging.INFO)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix=f"top50-{name}-"))
    try:
        tallies = cast("Torture", importlib.import_module(PARTS[name]).torture)(scale, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tallies, time.monotonic() - began
