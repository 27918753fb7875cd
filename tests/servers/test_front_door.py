import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.config import Config

from top50.aws import AwsSession

from .front_door import Door, running_door
from .seaweedfs import S3_HOST, S3Server


@pytest.fixture
def greeter() -> Iterator[str]:
    """A server that answers with the host that it was called by."""

    class Greeting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.headers["Host"].encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Greeting) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def own_door(tmp_path: Path, greeter: str) -> Iterator[Door]:
    with running_door(tmp_path) as door:
        door.lead(greeter, "one.example", "*.many.example")
        yield door


def visit(door: Door, url: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(
            url,
            proxies={"http": door.url, "https": door.url},
            verify=str(door.certificates),
            timeout=10,
        )


def test_a_host_is_led_to_its_stand_in_and_keeps_its_name(own_door: Door) -> None:
    for host in ("one.example", "a.many.example"):
        assert visit(own_door, f"https://{host}/path?x=1").text == host
    assert own_door.hosts == {"one.example", "a.many.example"}
    assert [(request.host, str(request)) for request in own_door.requests] == [
        ("one.example", "GET /path?x=1"),
        ("a.many.example", "GET /path?x=1"),
    ]


@pytest.mark.parametrize(
    ("url", "remembered"),
    [
        ("https://nobody.example/", "nobody.example"),
        ("https://one.example:8443/", "one.example:8443"),
        ("https://many.example/", "many.example"),
    ],
)
def test_a_host_that_nobody_named_is_refused_and_remembered(
    own_door: Door, url: str, remembered: str
) -> None:
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        visit(own_door, url)
    assert own_door.refused == [remembered]
    assert own_door.hosts == set()


def test_what_is_not_encrypted_is_refused_and_remembered(own_door: Door) -> None:
    assert visit(own_door, "http://one.example/path").status_code == 403
    assert own_door.refused == ["GET http://one.example/path"]


def test_a_name_of_two_labels_does_not_match_the_certificate_for_one(own_door: Door) -> None:
    with pytest.raises(requests.exceptions.SSLError, match=r"not valid for 'a\.b\.many\.example'"):
        visit(own_door, "https://a.b.many.example/")
    assert own_door.hosts == {"a.b.many.example"}
    assert own_door.requests == []


def test_nobody_trusts_it_without_its_authority(own_door: Door) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(own_door.url).port or 0), timeout=10) as client:
        client.sendall(b"CONNECT one.example:443 HTTP/1.1\r\nHost: one.example:443\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(client, server_hostname="one.example")


def test_many_requests_share_one_connection(own_door: Door) -> None:
    context = ssl.create_default_context(cafile=str(own_door.certificates))
    address = urlsplit(own_door.url)
    connection = http.client.HTTPSConnection(
        address.hostname or "", address.port, timeout=10, context=context
    )
    connection.set_tunnel("one.example")
    with closing(connection):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"one.example"
        socket_before = connection.sock
        connection.request("GET", "/again")
        assert connection.getresponse().read() == b"one.example"
        assert connection.sock is socket_before
    assert [request.target for request in own_door.requests] == ["/", "/again"]


@pytest.mark.server
@pytest.mark.parametrize("style", ["virtual", "path"])
def test_s3_is_asked_by_name_and_by_path_in_every_way_that_clients_have(
    door: Door, s3: S3Server, aws: AwsSession, style: Any
) -> None:
    body = os.urandom(300_000)
    with closing(aws.client("s3", config=Config(s3={"addressing_style": style}))) as client:
        client.put_object(Bucket=s3.bucket, Key="a", Body=body)
        assert client.head_object(Bucket=s3.bucket, Key="a")["ContentLength"] == len(body)
        assert client.get_object(Bucket=s3.bucket, Key="a")["Body"].read() == body
    assert door.hosts == {S3_HOST if style == "path" else f"{s3.bucket}.{S3_HOST}"}
    put, head, get = door.requests
    assert (put.method, put.headers["expect"], head.method, get.method) == (
        "PUT",
        "100-continue",
        "HEAD",
        "GET",
    )
    assert body[:1000] in put.body
