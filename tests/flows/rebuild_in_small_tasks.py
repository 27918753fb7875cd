"""`flows.rebuild` with Dask tasks so small that a short archive makes many, so slow that midway is long."""

import time
from typing import Any

from flows.rebuild import rebuild
from flows.shared.command_line import run_flow
from tasks import dask
from tasks.dask import build_there
from top50.rebuild.partial_tables import Partial


def build_slowly(*what: Any) -> Partial:
    time.sleep(0.2)
    return build_there(*what)


if __name__ == "__main__":
    dask.LEAST_BYTES, dask.FEW, dask.WORKERS_WITHIN = 2**20, 1, 2
    dask.build_there = build_slowly  # type: ignore[assignment]
    run_flow(rebuild)
