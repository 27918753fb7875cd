"""What travels to a Dask worker, and what is told of a cluster that is lost. With a cluster: tests/flows."""

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker, WorkerState
from prefect.settings import PREFECT_API_KEY, PREFECT_API_URL, temporary_settings

from tasks import dask
from top50.errors import SettingsError, WorkerUnavailable
from top50.lake import PROCESSED
from top50.pipeline import Source
from top50.settings import load_settings
from top50.snapshot import Wanted

SERVER = {PREFECT_API_URL: "http://prefect.example/api", PREFECT_API_KEY: "pnu_invented"}


@pytest.mark.parametrize(("block", "url"), [(None, None), ("lake", SERVER[PREFECT_API_URL])])
def test_a_worker_asks_the_flows_own_server_for_a_block(
    block: str | None, url: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str | None] = []
    monkeypatch.setattr(dask, "open_lake", lambda *_: asked.append(PREFECT_API_URL.value()))
    monkeypatch.setattr(dask, "build_batch", lambda *_: None)
    settings = load_settings(tmp_path / ".env", aws_credentials_block=block)
    with temporary_settings(SERVER):
        travels = pickle.dumps((settings, Source(PROCESSED, Wanted()), dask._server(settings), ["key"]))
    assert (b"pnu_invented" in travels) == bool(block), "no worker gets a key that it does not need"
    with temporary_settings({PREFECT_API_URL: None}):
        dask.build_there(*pickle.loads(travels))
    assert asked == [url]


@pytest.mark.parametrize(
    "lost",
    [
        FutureCancelledError("build_there-1", "scheduler-connection-lost", "Please check your connection."),
        KilledWorker("build_there-1", cast("WorkerState", SimpleNamespace(address="tcp://10.0.0.2:1")), 3),
    ],
)
def test_a_cluster_that_is_lost_is_one_line_and_worth_another_try(lost: Exception) -> None:
    with (
        pytest.raises(WorkerUnavailable, match="did not do its work") as told,
        dask._told_when_lost("tcp://10.0.0.1:8786"),
    ):
        raise lost
    assert told.value.passing
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("address", ["foo://host:1", "tcp://", "nonsense", "tcp://host:port", "tcp://[::1"])
def test_an_address_that_is_none_is_one_line_and_starts_no_client(address: str) -> None:
    with pytest.raises(SettingsError, match="is no address of a Dask scheduler"), dask._client(address):
        pytest.fail("it went on")
