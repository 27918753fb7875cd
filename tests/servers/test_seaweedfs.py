from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store

from .seaweedfs import S3Server, running_s3

if TYPE_CHECKING:
    from obstore import PutMode

pytestmark = pytest.mark.server

WRITERS = 8


def test_what_was_put_is_read_back(store: S3Store) -> None:
    store.put("a/b.txt", b"content")
    assert bytes(store.get("a/b.txt").bytes()) == b"content"


def test_a_wrong_secret_is_refused(s3: S3Server) -> None:
    with (
        closing(replace(s3, secret_key="wrong").client()) as client,
        pytest.raises(ClientError, match="SignatureDoesNotMatch"),
    ):
        client.put_object(Bucket=s3.bucket, Key="a", Body=b"")


def test_a_bucket_that_is_not_there_is_not_made(s3: S3Server) -> None:
    with closing(s3.client()) as client, pytest.raises(ClientError, match="NoSuchBucket"):
        client.put_object(Bucket="nobodys-bucket", Key="a", Body=b"")


def test_a_bucket_of_its_own_is_empty(s3: S3Server, s3_server: S3Server) -> None:
    assert s3.bucket != s3_server.bucket
    with closing(s3.client()) as client:
        assert client.list_objects_v2(Bucket=s3.bucket)["KeyCount"] == 0


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


def test_two_servers_run_side_by_side(s3_server: S3Server, tmp_path: Path) -> None:
    with running_s3(tmp_path) as other, closing(other.client()) as client:
        assert other.endpoint_url != s3_server.endpoint_url
        assert client.list_objects_v2(Bucket=other.bucket)["KeyCount"] == 0
    assert other.process.returncode is not None
    assert s3_server.process.poll() is None


def test_a_killed_server_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    with running_s3(tmp_path) as server, closing(server.client()) as client:
        client.put_object(Bucket=server.bucket, Key="kept", Body=b"content")
        server.process.kill()
    with running_s3(tmp_path) as server, closing(server.client()) as client:
        assert client.get_object(Bucket=server.bucket, Key="kept")["Body"].read() == b"content"
