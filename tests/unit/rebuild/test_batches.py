"""Batches of listed raw objects become partial tables, in as many processes as there are cores."""

from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.builders import WANTED, files
from top50.errors import LakeConflict
from top50.lake import PROCESSED, Item
from top50.lake.base import Stored
from top50.lake.directory import DirectoryLake
from top50.raw.backlog import list_processed
from top50.rebuild.batches import (
    BATCH_BYTES,
    LEAST_BYTES,
    READ_AHEAD,
    Selection,
    batches_of,
    local_builder,
    map_on_cores,
    merge_stepwise,
    read_ahead,
)

from .test_rebuild import RAWS, processed, remake


class FarLake(DirectoryLake):
    """A lake behind a network, as one on S3."""

    near = False
    reads = 0

    def read(self, key: str) -> Stored | None:
        self.reads += 1
        return super().read(key)


def test_objects_are_read_in_order_and_only_a_few_ahead(tmp_path: Path) -> None:
    lake = FarLake(tmp_path)
    keys = [f"{number:03}" for number in range(100)]
    for key in keys:
        lake.write(PROCESSED + key, key.encode())
    reading = read_ahead(lake, PROCESSED, keys)
    assert next(reading) == ("000", b"000")
    assert lake.reads <= READ_AHEAD + 2
    assert [key for key, _ in reading] == keys[1:]


@pytest.mark.parametrize("kind", [DirectoryLake, FarLake])
def test_an_object_that_has_moved_on_is_a_conflict(tmp_path: Path, kind: type[DirectoryLake]) -> None:
    with pytest.raises(LakeConflict, match="was moved by somebody else"):
        list(read_ahead(kind(tmp_path), PROCESSED, ["gone"]))


def test_batches_are_merged_a_few_at_a_time(lake: DirectoryLake, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, content in RAWS:
        lake.write(PROCESSED + key, content)
    monkeypatch.setattr("top50.rebuild.batches.BATCH_BYTES", 1)
    monkeypatch.setattr("top50.rebuild.batches.MERGE_SIZE", 2)
    built = local_builder(lake, map)(Selection(PROCESSED, WANTED), list_processed(lake))
    assert [partial.objects for partial in merge_stepwise(built)] == [2, 4, 6, 7]


def test_a_short_archive_is_one_batch() -> None:
    archive = [Item(str(number), 200_000) for number in range(9)]
    assert len(batches_of(archive, 2, least=LEAST_BYTES, most=BATCH_BYTES)) == 1
    assert batches_of([], 2, least=LEAST_BYTES, most=BATCH_BYTES) == []


@given(st.lists(st.integers(1, 100), max_size=200), st.integers(1, 16))
def test_batches_have_all_in_order_and_shrink_so_that_the_last_are_the_least(
    sizes: list[int], workers: int
) -> None:
    items = [Item(f"{number:04}", size) for number, size in enumerate(sizes)]
    batches = batches_of(items, workers, least=100, most=400)
    assert list(chain(*batches)) == [item.key for item in items]
    heavy = [sum(sizes[int(key)] for key in batch) for batch in batches]
    assert all(weight <= 400 for weight in heavy)
    left = sum(sizes)
    for weight in heavy:
        assert weight <= max(left / (workers * 2), 100)
        left -= weight


def test_tables_are_the_same_from_many_processes(
    lake: DirectoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    processed(lake, *RAWS)
    before = files(lake.root)
    for file in lake.root.rglob("*.parquet"):
        file.unlink()
    monkeypatch.setattr("top50.rebuild.batches.FEWEST", 1)
    monkeypatch.setattr("top50.rebuild.batches.BATCH_BYTES", 1)
    monkeypatch.setattr("top50.rebuild.batches.cores", lambda: 3)
    assert {file.key: file.new for file in remake(lake).files} == before


def test_few_objects_need_no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("top50.rebuild.batches.processes", lambda *_: pytest.fail("a process was started"))
    with map_on_cores(199) as do_all:
        assert list(do_all(str, [1, 2])) == ["1", "2"]
