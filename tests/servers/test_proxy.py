import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

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
def test_requests_of_many_connections_are_all_there(s3: S3Server, wire: Proxy) -> None:
    store = store_at(s3, wire.url)
    keys = [f"{number:02}" for number in range(40)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda key: store.put(key, key.encode() * 1000), keys))
    assert sorted(told(wire.requests)) == [f"PUT /{s3.bucket}/{key}" for key in keys]


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
