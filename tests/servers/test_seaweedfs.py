from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store

from .seaweedfs import running_s3

if TYPE_CHECKING:
    from obstore import PutMode

pytestmark = pytest.mark.server

WRITERS = 8


def test_one_of_eight_creates_an_object(store: S3Store) -> None:
    winners = _race(store, "create")
    assert len(winners) == 1
    assert bytes(store.get("contended").bytes()) == winners[0]


def test_one_of_eight_replaces_a_version(store: S3Store) -> None:
    before = store.put("contended", b"before")
    winners = _race(store, {"e_tag": before["e_tag"]})
    assert len(winners) == 1
    assert bytes(store.get("contended").bytes()) == winners[0]


def _race(store: S3Store, mode: "PutMode") -> list[bytes]:
    start = Barrier(WRITERS)

    def put(writer: int) -> list[bytes]:
        content = f"writer {writer}".encode()
        start.wait(10)
        try:
            store.put("contended", content, mode=mode)
        except (AlreadyExistsError, PreconditionError):
            return []
        return [content]

    with ThreadPoolExecutor(WRITERS) as writers:
        return [content for won in writers.map(put, range(WRITERS)) for content in won]


def test_a_killed_server_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    with running_s3(tmp_path) as server, closing(server.client()) as client:
        client.put_object(Bucket=server.bucket, Key="kept", Body=b"content")
        server.process.kill()
    with running_s3(tmp_path) as server, closing(server.client()) as client:
        assert client.get_object(Bucket=server.bucket, Key="kept")["Body"].read() == b"content"
