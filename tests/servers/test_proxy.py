import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from .conftest import store_at
from .http_requests import Request, RequestParser
from .proxy import Proxy, recording
from .seaweedfs import S3Server

HEAD = b"PUT /lake/a HTTP/1.1\r\nHost: lake\r\n"
SIZED = HEAD + b"Content-Length: 22\r\n\r\nGET /b HTTP/1.1\r\n\r\nabc"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nGET /\r\n1\r\nb\r\n0\r\nx-checksum: 1\r\n\r\n"
BODILESS = b"GET /lake?list-type=2 HTTP/1.1\r\nHost: lake\r\n\r\n"
EXPECTING = HEAD + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"


def told(requests: list[Request]) -> list[str]:
    return [str(request) for request in requests]


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_bodies_are_kept_and_no_requests_whatever_they_hold(piece: int) -> None:
    requests: list[Request] = []
    parser = RequestParser(requests.append)
    sent = BODILESS + SIZED + CHUNKED + BODILESS
    for at in range(0, len(sent), piece):
        parser.request_bytes(sent[at : at + piece])
    assert told(requests) == ["GET /lake?list-type=2", "PUT /lake/a", "PUT /lake/a", "GET /lake?list-type=2"]
    assert [bytes(request.body) for request in requests] == [b"", SIZED[-22:], b"GET /b", b""]


@pytest.mark.parametrize(("answer", "body"), [(b"100 Continue", b"GET /b\r\n\r"), (b"403 Forbidden", b"")])
def test_a_body_that_was_refused_is_not_waited_for(answer: bytes, body: bytes) -> None:
    requests: list[Request] = []
    parser = RequestParser(requests.append)
    parser.request_bytes(EXPECTING)
    parser.response_bytes(b"HTTP/1.1 " + answer + b"\r\n\r\n")
    parser.request_bytes(body + BODILESS)
    assert told(requests) == ["PUT /lake/a", "GET /lake?list-type=2"]


@pytest.fixture
def wire(s3: S3Server) -> Iterator[Proxy]:
    with recording(s3.endpoint_url) as wire:
        yield wire


@pytest.mark.server
def test_boto3_sends_what_it_was_told(s3: S3Server, wire: Proxy) -> None:
    with closing(replace(s3, endpoint_url=wire.url).client()) as client:
        client.put_object(Bucket=s3.bucket, Key="a", Body=os.urandom(300_000))
        assert len(client.get_object(Bucket=s3.bucket, Key="a")["Body"].read()) == 300_000
        with pytest.raises(ClientError, match="PreconditionFailed"):
            client.put_object(Bucket=s3.bucket, Key="a", Body=b"second", IfNoneMatch="*")
        client.list_objects_v2(Bucket=s3.bucket, Prefix="a")
        client.delete_object(Bucket=s3.bucket, Key="a")
    a = f"/{s3.bucket}/a"
    listing = f"GET /{s3.bucket}?list-type=2&prefix=a&encoding-type=url"
    assert told(wire.requests) == [f"PUT {a}", f"GET {a}", f"PUT {a}", listing, f"DELETE {a}"]


@pytest.mark.server
def test_obstore_sends_what_it_was_told(s3: S3Server, wire: Proxy) -> None:
    store = store_at(s3, wire.url)
    store.put("a", os.urandom(300_000))
    store.put("b", b"", mode="create")
    assert len(store.get("a").bytes()) == 300_000
    store.head("b")
    assert [entry["path"] for entry in store.list().collect()] == ["a", "b"]
    a, b = f"/{s3.bucket}/a", f"/{s3.bucket}/b"
    asked = told(wire.requests)
    assert asked[:4] == [f"PUT {a}", f"PUT {b}", f"GET {a}", f"HEAD {b}"]
    assert [request.split("?")[0] for request in asked[4:]] == [f"GET /{s3.bucket}"]


@pytest.mark.server
def test_requests_of_many_connections_are_all_there(s3: S3Server, wire: Proxy) -> None:
    store = store_at(s3, wire.url)
    keys = [f"{number:02}" for number in range(40)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda key: store.put(key, key.encode() * 1000), keys))
    assert sorted(told(wire.requests)) == [f"PUT /{s3.bucket}/{key}" for key in keys]


@pytest.mark.server
def test_many_requests_share_one_connection(s3: S3Server, wire: Proxy) -> None:
    host, port = wire.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(f"GET /{s3.bucket} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert connection.recv(65_536).startswith(b"HTTP/1.1 403")
    assert told(wire.requests) == [f"GET /{s3.bucket}"] * 3


def test_nobody_there_looks_like_nobody_there() -> None:
    with recording("http://127.0.0.1:9") as wire:
        host, port = wire.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            assert connection.recv(1) == b""


def test_an_open_connection_does_not_hold_up_the_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        with recording(f"http://127.0.0.1:{upstream.getsockname()[1]}") as wire:
            host, port = wire.url.removeprefix("http://").split(":")
            connection = socket.create_connection((host, int(port)), timeout=10)
            passed_on, _ = upstream.accept()
        with connection, passed_on:
            assert (connection.recv(1), passed_on.recv(1)) == (b"", b"")
