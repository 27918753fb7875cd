"""One of several processes that do the same at once: runs flows, each as soon as all others have come as far.

`python -m tests.torture.racer PLAN`, where PLAN is the JSON text of heats; what came of each is
written beside it. A flow waits at the moment when it opens its lake, which is after the
orchestrator has been asked everything and before the lake has been looked at.
"""

import importlib
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import msgspec

from top50 import lake as lakes
from top50.lake import Lake
from top50.raw import RawObject
from top50.raw.backlog import land

SECONDS = 300.0
"""How long it waits for the others: many processes start at once."""


class Heat(msgspec.Struct):
    """One flow in one race."""

    flow: str
    options: list[str]
    gate: str
    """A folder where everybody who is there leaves a file."""
    racers: int
    delay: float = 0.0
    """How many seconds after the others it sets off."""
    lands: dict[str, str] = {}
    """Key → file of raw objects that it puts into the backlog first."""


class End(msgspec.Struct):
    """How a flow ended."""

    code: int
    last_line: str


class Gate:
    """Lets a flow through when all others are there, once for each heat."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open_lake = lakes.open_lake
        self.heat: Heat | None = None

    def open_lake(self, *args: Any, **options: Any) -> Lake:
        """Open the lake as always, after the start."""
        lake = self._open_lake(*args, **options)
        heat, self.heat = self.heat, None
        if heat:
            self._wait(heat)
            for key, file in heat.lands.items():
                land(lake, RawObject(key, Path(file).read_bytes()))
        return lake

    def _wait(self, heat: Heat) -> None:
        gate = Path(heat.gate)
        (gate / self._name).touch()
        deadline = time.monotonic() + SECONDS
        while len(list(gate.iterdir())) < heat.racers:
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {sorted(each.name for each in gate.iterdir())} came to {gate}")
            time.sleep(0.002)
        time.sleep(heat.delay)


def run(heat: Heat) -> End:
    """Run a flow as its command does."""
    from flows.shared.command_line import run_flow  # noqa: PLC0415 - after open_lake is ours

    module = importlib.import_module(f"flows.{heat.flow}")
    sys.argv = [f"flows.{heat.flow}", *heat.options]
    try:
        run_flow(getattr(module, heat.flow))
    except SystemExit as end:
        return End(1, str(end.code).strip()) if end.code else End(0, "")
    except BaseException:  # noqa: BLE001 - whatever it was is what the race has shown
        return End(2, traceback.format_exc()[-1500:])


def main(plan: Path) -> None:
    gate = Gate(plan.stem)
    lakes.open_lake = gate.open_lake
    ends = []
    for heat in msgspec.json.decode(plan.read_bytes(), type=list[Heat]):
        gate.heat = heat
        ends.append(run(heat))
        plan.with_suffix(".ends").write_bytes(msgspec.json.encode(ends))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
