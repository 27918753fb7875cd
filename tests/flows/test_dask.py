"""The same bytes from many machines as from one, also when a worker is lost midway."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from distributed import Client, Scheduler

from tests.flows.conftest import ROOT, Command
from tests.flows.test_rebuild import SONGS, tables
from tests.servers.dask import Cluster, running_dask
from tests.servers.prefect import PrefectServer
from top50.lake import PROCESSED
from top50.lake.directory import DirectoryLake
from top50.read.snapshot import Wanted
from top50.rebuild import rebuild
from top50.rebuild.replace import put_in_place
from top50.simulator import snapshot

FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)
WEEKS = 120
REBUILD = "tests.flows.rebuild_in_small_tasks"
BUILD, MERGE = "build_slowly", "merge_partials"


@pytest.fixture
def cluster(tmp_path: Path, prefect_server: PrefectServer) -> Iterator[Cluster]:
    with running_dask(tmp_path, prefect_server.environment()) as found:
        yield found


@pytest.fixture
def full(lake: Path) -> dict[str, bytes]:
    """A lake of many weeks; its tables."""
    place = DirectoryLake(lake, create=True)
    for weeks in range(WEEKS):
        key = f"chart=global-weekly/{weeks:03}.json"
        place.write(PROCESSED + key, snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks)))
    put_in_place(place, rebuild(place, Wanted(), lambda _: None))
    return tables(lake)


def test_a_cluster_gives_the_same_bytes(
    command: Command, lake: Path, full: dict[str, bytes], cluster: Cluster
) -> None:
    (lake / SONGS).unlink()
    checked = command("rebuild", "--check", "--dask", cluster.address)
    assert checked.returncode == 1
    assert "1 missing" in checked.stderr
    before = {name: done(cluster, name) for name in (BUILD, MERGE)}
    ended = command.run(REBUILD, "--dask", cluster.address, TOP50_CATALOG="none")
    assert ended.returncode == 0, ended.stderr
    assert f"from {WEEKS} raw objects" in ended.stdout
    assert tables(lake) == full
    assert done(cluster, BUILD) - before[BUILD] > 5
    assert done(cluster, MERGE) - before[MERGE] > 2


def test_a_worker_killed_midway_costs_its_batch_and_no_byte(
    command: Command, lake: Path, full: dict[str, bytes], cluster: Cluster
) -> None:
    (lake / SONGS).unlink()
    process = subprocess.Popen(
        [sys.executable, "-m", REBUILD, "--dask", cluster.address],
        cwd=ROOT,
        env={**command.environment, "TOP50_CATALOG": "none"},
        stderr=subprocess.PIPE,
        text=True,
    )
    before = done(cluster, BUILD)
    deadline = time.monotonic() + 90
    while done(cluster, BUILD) == before and process.poll() is None and time.monotonic() < deadline:
        pass
    assert process.poll() is None, "midway is while it runs"
    cluster.workers[0].kill()
    killed_after = done(cluster, BUILD) - before
    told = process.communicate(timeout=90)[1]
    assert process.returncode == 0, told
    assert tables(lake) == full
    assert done(cluster, BUILD) - before > killed_after, "there was work left"


def test_old_files_come_in_through_a_cluster(
    command: Command, lake: Path, full: dict[str, bytes], cluster: Cluster, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    (lake / "raw_data/processed").rename(old)
    other = str(tmp_path / "other")
    ended = command(
        "import_history", str(old), "--dask", cluster.address, TOP50_LAKE=other, TOP50_CATALOG="none"
    )
    assert ended.returncode == 0, ended.stderr
    assert f"{WEEKS} files: {WEEKS} new" in ended.stdout
    assert not list(Path(other, "raw_data/to_processed").rglob("*"))
    assert sum(1 for path in Path(other, "raw_data/processed").rglob("*.json")) == WEEKS
    assert tables(Path(other)) == full


def done(cluster: Cluster, name: str) -> int:
    """Count the tasks of this name that completed, of all runs so far."""
    with Client(cluster.address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        return int(client.run_on_scheduler(times_in_memory, name=name))


def times_in_memory(name: str, dask_scheduler: Scheduler) -> int:
    known = dask_scheduler.task_prefixes
    return known[name].state_counts["memory"] if name in known else 0


def test_no_scheduler_is_one_clear_line(command: Command, full: dict[str, bytes]) -> None:
    assert full
    patience = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}
    ended = command("rebuild", "--check", "--dask", "tcp://127.0.0.1:9", **patience)
    assert ended.returncode == 1
    assert "✗ no Dask scheduler answers at tcp://127.0.0.1:9" in ended.stderr.splitlines()[-1]


def test_a_scheduler_without_workers_is_one_clear_line(
    command: Command, full: dict[str, bytes], prefect_server: PrefectServer, tmp_path: Path
) -> None:
    assert full
    with running_dask(tmp_path, prefect_server.environment(), workers=0) as lonely:
        ended = command.run(REBUILD, "--check", "--dask", lonely.address)
    assert ended.returncode == 1
    says = f"✗ the Dask scheduler at {lonely.address} has had no worker for 2 s. Start one (dask worker "
    assert ended.stderr.splitlines()[-1].startswith(says)
