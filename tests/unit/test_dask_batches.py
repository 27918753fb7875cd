"""Batches become larger tasks on a cluster, as long as all of it has work."""

from itertools import chain

import pytest

from tasks.dask import _joined


@pytest.mark.parametrize(
    ("batches", "threads", "tasks"),
    [(16, 2, 8), (17, 2, 9), (100, 1, 25), (16, 16, 16), (1, 2, 1), (3, 0, 1)],
)
def test_small_batches_are_joined_in_order_and_none_is_lost(batches: int, threads: int, tasks: int) -> None:
    keys = [[f"{number}/a", f"{number}/b"] for number in range(batches)]
    joined = list(_joined(keys, threads))
    assert list(chain(*joined)) == list(chain(*keys))
    assert len(joined) == tasks
