from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests

from .front_door import Door, running_door


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
