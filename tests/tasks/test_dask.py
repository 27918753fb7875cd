"""What travels to a Dask worker, and how a cluster that is lost ends a run. With a cluster: tests/flows."""

import pickle
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker, WorkerState
from prefect.settings import PREFECT_API_KEY, temporary_settings

from tasks import dask
from top50.aws import AwsSession, Identity
from top50.errors import SettingsError, WorkerUnavailable
from top50.lake import PROCESSED
from top50.read.snapshot import Wanted
from top50.rebuild.batches import Selection
from top50.security import refuse_open_cluster
from top50.settings import load_settings

BLOCK_KEY = "AKIAINVENTED"
PREFECT_KEY = "pnu_invented"


def test_workers_get_the_credentials_of_a_block_and_no_key_to_prefect(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sent: list[bytes] = []

    def submit(_: object, work: object, __: object) -> list[object]:
        sent.append(pickle.dumps(work))
        return []

    client = SimpleNamespace(nthreads=dict)
    monkeypatch.setattr(dask, "_client", lambda _: nullcontext(client))
    monkeypatch.setattr(dask, "_submit", submit)
    identity = Identity(BLOCK_KEY, "hush", region="eu-central-1")
    monkeypatch.setattr(dask, "aws_session", lambda _: AwsSession(identity))
    settings = load_settings(tmp_path / ".env", lake="s3://bucket", aws_credentials_block="lake")
    with temporary_settings({PREFECT_API_KEY: PREFECT_KEY}):
        with dask.on_dask("tls://10.0.0.1:8786", settings) as build_all:
            assert list(build_all(Selection(PROCESSED, Wanted()), [])) == []
    [travels] = sent
    assert PREFECT_KEY.encode() not in travels
    opened: list[tuple[str, AwsSession]] = []
    monkeypatch.setattr(dask, "open_lake", lambda there, session: opened.append((there.lake, session)))
    monkeypatch.setattr(dask, "build_batch", lambda *_: None)
    pickle.loads(travels)(["key"])
    [(lake, session)] = opened
    assert (lake, session.identity) == ("s3://bucket", identity)


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.1:8786", "10.0.0.1:8786", "ws://dask.example", "foo://", "tcp://[::1"]
)
def test_an_open_network_is_refused_before_anything_is_sent(address: str, tmp_path: Path) -> None:
    settings = load_settings(tmp_path / ".env")
    with pytest.raises(SettingsError, match=r"without TLS.*tls://host:8786"), dask.on_dask(address, settings):
        pytest.fail("it was asked")


@pytest.mark.parametrize(
    "address", ["tls://10.0.0.1:8786", "tcp://127.0.0.1:8786", "localhost:8786", "[::1]:8786"]
)
def test_tls_and_this_machine_are_taken(address: str) -> None:
    refuse_open_cluster(address, allow_http=False)


def test_whoever_trusts_the_network_says_so() -> None:
    refuse_open_cluster("tcp://10.0.0.1:8786", allow_http=True)


@pytest.mark.parametrize(
    "lost",
    [
        FutureCancelledError("build_there-1", "scheduler-connection-lost", "Please check your connection."),
        KilledWorker("build_there-1", cast("WorkerState", SimpleNamespace(address="tcp://10.0.0.2:1")), 3),
    ],
)
def test_a_cluster_that_is_lost_is_one_line_and_worth_another_try(
    lost: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dask, "_client", lambda _: nullcontext())
    with (
        pytest.raises(WorkerUnavailable, match="did not do its work") as raised,
        dask.on_dask("tcp://127.0.0.1:8786", load_settings(tmp_path / ".env")),
    ):
        raise lost
    assert raised.value.passing
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("address", ["foo://host:1", "tcp://", "nonsense", "tcp://host:port", "tcp://[::1"])
def test_an_address_that_is_none_is_one_line_and_starts_no_client(address: str) -> None:
    with pytest.raises(SettingsError, match="is not an address of a Dask scheduler"), dask._client(address):
        pytest.fail("it went on")
