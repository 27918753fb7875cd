"""Nobody waits for the lake for ever, and a message names the process that holds it."""

import fcntl
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from top50.errors import LakeError
from top50.lake import lock
from top50.lake.directory import DirectoryLake
from top50.lake.lock import LakeLock, write_holder

OURS = f"process {os.getpid()} on {socket.gethostname()} since 20"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    monkeypatch.setattr(lock, "LIMIT", 0.3)


@contextmanager
def held(lake: DirectoryLake) -> Iterator[None]:
    """Somebody else holds the lake's lock, and does not let go."""
    holds, done = Event(), Event()

    def hold() -> None:
        with LakeLock(lake.root / ".top50/lock", lake.root).held():
            holds.set()
            done.wait()

    thread = Thread(target=hold)
    thread.start()
    holds.wait()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def being_opened(root: Path) -> Iterator[None]:
    """Somebody else is alone in the lake's own folder, and hangs."""
    with (root / ".top50/opening").open("wb") as opening:
        write_holder(opening.fileno())
    handle = os.open(root / ".top50", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


@pytest.mark.parametrize(
    "use",
    [
        lambda lake: lake.replace("a", b"two", lake.read("a")),
        lambda lake: lake.remove("a", lake.version("a")),
        lambda lake: lake.move("a", "b", lake.version("a")),
    ],
)
def test_a_lock_that_nobody_lets_go_of_ends_with_its_holders_name(
    lake: DirectoryLake, use: Callable[[DirectoryLake], object], caplog: pytest.LogCaptureFixture
) -> None:
    lake.write("a", b"one")
    with held(lake), pytest.raises(LakeError, match=f"has been locked for .* by {OURS}.*end it") as caught:
        use(lake)
    assert not caught.value.passing
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert OURS in caplog.text
    assert use(lake), "it is free again"


def test_a_lake_that_somebody_opens_for_ever_ends_with_their_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    DirectoryLake(tmp_path)
    with being_opened(tmp_path), pytest.raises(LakeError, match=f"has been locked for .* by {OURS}"):
        DirectoryLake(tmp_path)
    assert OURS in caplog.text
    DirectoryLake(tmp_path)
    assert list((tmp_path / ".top50").iterdir()) == []
