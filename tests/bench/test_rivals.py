from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from tests.bench import rivals
from tests.bench.archives import archive
from tests.bench.in_duckdb import build_in_duckdb
from tests.bench.in_pandas import build_in_pandas
from tests.bench.in_polars import build_in_polars
from tests.bench.rival import DLT, ROWS
from tests.bench.runs import Run, Runner
from tests.bench.snapshots import snapshots, write_all
from top50.simulator import snapshot
from top50.transform import build_tables

DAY = datetime(2026, 3, 6, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def raws() -> dict[str, bytes]:
    """Three weeks, and another reading of a day."""
    readings = {f"{seed}.json": snapshot("global-daily", DAY, seed=seed) for seed in (50, 51)}
    return dict(snapshots(3)) | readings


@pytest.fixture(scope="module")
def folder(raws: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write_all(iter(raws.items()), folder)
    return folder


@pytest.fixture(scope="module")
def ours(raws: dict[str, bytes]) -> dict[str, int]:
    return {name: frame.height for name, frame in build_tables(raws.items()).tables.items()}


def test_duckdb_and_polars_make_as_many_rows_as_we_do(
    folder: Path, ours: dict[str, int], tmp_path: Path
) -> None:
    assert build_in_duckdb(folder, schema=True) == ours
    assert build_in_duckdb(folder, schema=False, out=tmp_path) == ours
    assert {file.stem for file in tmp_path.glob("*.parquet")} == set(ours)
    assert build_in_polars(folder, tmp_path) == ours


def test_pandas_makes_as_many_rows_of_its_three_tables(
    folder: Path, ours: dict[str, int], tmp_path: Path
) -> None:
    files = sorted(folder.rglob("*.json"))
    assert build_in_pandas(files, tmp_path, at_once=True).items() <= ours.items()


@pytest.mark.skipif(not find_spec("dlt"), reason="only make bench installs dlt")
def test_dlt_makes_as_many_rows_as_we_do(folder: Path, ours: dict[str, int], tmp_path: Path) -> None:
    (out := tmp_path / "out").mkdir()
    Runner(tmp_path, {}).run("tests.bench.rival", DLT, folder, out)
    assert msgspec.json.decode((out / ROWS).read_bytes()) == ours


def test_an_archive_holds_the_snapshots_written_once_for_all_parts(tmp_path: Path) -> None:
    first, second = (archive(count, tmp_path / part) for count, part in ((2, "one"), (3, "two")))
    assert len(list(first.raw.rglob("*.json"))) == 2
    files = {str(file.relative_to(second.raw)): file for file in second.raw.rglob("*.json")}
    assert {key: file.read_bytes() for key, file in files.items()} == dict(snapshots(3))
    assert sorted(file.stat().st_nlink for file in files.values()) == [2, 3, 3]


@pytest.mark.parametrize(
    ("seconds", "mb", "bearable"), [(10.0, 100.0, True), (31.0, 100.0, False), (10.0, 3000.0, False)]
)
def test_a_rival_gets_the_next_archive_if_that_is_bearable(seconds: float, mb: float, bearable: bool) -> None:
    run = Run(seconds=seconds, peak_mib=mb, cpu_seconds=seconds, tree_mb=mb)
    assert rivals.bearable(run, times=3.0, patience=90.0) is bearable


def test_rates_are_compared_where_a_rival_stopped_early() -> None:
    runs = {count: Run(seconds, 0.0, seconds, 100.0) for count, seconds in ((100, 5.0), (1000, 10.0))}
    stopped = rivals.Attempt(100, Run(20.0, 0.0, 20.0, None), same_rows=True)
    figure = rivals.compared(DLT, runs, [stopped])
    assert (figure.ours, figure.theirs, figure.result) == (100.0, 5.0, 20.0)
    assert figure.rival == f"{DLT}, 100 snapshots"
    assert figure.met is True
