"""The proxy counts requests, passes them on, and does to one of them what was planned."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.torture.gate import FAULTS, Gate, Plan
from tests.torture.proxy import guarded


class Upstream(BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    protocol_version = "HTTP/1.1"
    acted_on: list[str] = []  # noqa: RUF012 - of the one server of a test

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.acted_on.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def upstream() -> Iterator[str]:
    Upstream.acted_on.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def address(gate: Gate) -> Iterator[str]:
    with upstream() as there, guarded(gate, {"S3": f"http://{there}"}) as urls:
        yield urls["S3"].removeprefix("http://")


def put(address: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, timeout=0.5)
    try:
        connection.request("PUT", path, body=b"0123456789")
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_what_is_not_planned_passes_unchanged_and_is_counted(address: str, gate: Gate) -> None:
    assert [put(address, "/a"), put(address, "/b?c=%20")] == [(200, b"0123456789")] * 2
    assert gate.requests == ["S3 PUT /a", "S3 PUT /b?c=%20"]
    assert gate.struck == []


@pytest.mark.parametrize("kind", ["500", "503", "throttling"])
def test_a_refused_request_is_not_acted_on(address: str, gate: Gate, kind: str) -> None:
    gate.set_up(Plan(kind, 2))
    statuses = [put(address, f"/{number}")[0] for number in range(3)]
    assert [status >= 500 for status in statuses] == [False, True, False]
    assert Upstream.acted_on == ["/0", "/2"]


@pytest.mark.parametrize(("kind", "acted_on"), [("reset before", []), ("reset after", ["/a"])])
def test_a_reset_connection_has_no_answer(address: str, gate: Gate, kind: str, acted_on: list[str]) -> None:
    gate.set_up(Plan(kind, 1))
    with pytest.raises(ConnectionResetError):
        put(address, "/a")
    assert Upstream.acted_on == acted_on


def test_a_cut_answer_is_half_of_it(address: str, gate: Gate) -> None:
    gate.set_up(Plan("cut", 1))
    with pytest.raises(http.client.IncompleteRead) as cut:
        put(address, "/a")
    assert cut.value.partial == b"01234"


def test_a_stalled_answer_does_not_come_though_the_request_was_acted_on(address: str, gate: Gate) -> None:
    gate.set_up(Plan("stall", 1))
    with pytest.raises(TimeoutError):
        put(address, "/a")
    assert Upstream.acted_on == ["/a"]
    gate.wait_until_quiet()


@pytest.mark.parametrize("kind", FAULTS)
def test_a_lasting_fault_is_that_of_one_service_from_then_on(gate: Gate, kind: str) -> None:
    gate.set_up(Plan(kind, 2, lasting=True))
    done = []
    for service in ("Glue", "S3", "Glue", "S3"):
        with gate.request(service, "GET /") as what:
            done.append(what)
    assert done == ["", kind, "", kind]


@pytest.mark.parametrize(("kind", "acted_on"), [("kill before", []), ("kill after", ["/a"])])
def test_a_run_is_killed_before_or_after_its_request_was_acted_on(
    address: str, gate: Gate, kind: str, acted_on: list[str]
) -> None:
    program = "import http.client, sys; asking = http.client.HTTPConnection(sys.argv[1])\n"
    program += "asking.request('PUT', '/a', body='b'); asking.getresponse()"
    with subprocess.Popen([sys.executable, "-c", program, address], stdin=subprocess.DEVNULL) as process:
        gate.set_up(Plan(kind, 1), lambda: process.pid)
        assert process.wait(20) == -signal.SIGKILL
    gate.wait_until_quiet()
    assert Upstream.acted_on == acted_on
    assert os.getpid() != process.pid
