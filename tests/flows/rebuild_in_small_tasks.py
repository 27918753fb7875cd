"""`flows.rebuild` with Dask tasks so small that a short archive makes many, and a tree of merges."""

from flows.command_line import run
from flows.rebuild import rebuild
from tasks import dask

if __name__ == "__main__":
    dask.LEAST_BYTES, dask.FEW = 2**20, 1
    run(rebuild)
