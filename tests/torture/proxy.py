"""A proxy before S3, Glue, Athena and Spotify that counts all requests and does something to one of them.

Unlike tests.servers.wire it takes requests and answers apart: it must know when a request was acted on.
"""

import select
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.torture.gate import Gate
from tests.torture.refusals import Refusal, Service, refusal

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect"}
_LONGEST_STALL = 30.0  # seconds; the client hangs up long before


@contextmanager
def guarded(gate: Gate, servers: Mapping[Service, str]) -> Iterator[dict[Service, str]]:
    """Proxies before servers, name → http://host:port, that share one gate; yields their own addresses."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(_serving(gate, name, url)) for name, url in servers.items()}


@contextmanager
def _serving(gate: Gate, service: Service, upstream: str) -> Iterator[str]:
    with _Proxy(gate, service, upstream) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, name=f"proxy-{service}")
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}"
        finally:
            proxy.shutdown()
            thread.join()


class _Proxy(ThreadingHTTPServer):
    request_queue_size = 128
    block_on_close = False

    def __init__(self, gate: Gate, service: Service, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        address = urlsplit(upstream)
        self.upstream = (address.hostname or "127.0.0.1", address.port or 80)
        self.gate, self.service = gate, service

    def shutdown_request(self, request: Any) -> None:
        """Close at once: a connection that is to be reset must not be ended in order first."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that was killed in the middle of a request is the point of it all."""


class _Connection(BaseHTTPRequestHandler):
    server: _Proxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        # AWS services other than S3 have one address; what is asked for is in a header.
        asked = self.headers.get("X-Amz-Target", "").rpartition(".")[2] or self.path
        with self.server.gate.request(self._service(), f"{self.command} {asked}") as kind:
            self._do(kind, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815 - http.server's names

    def _service(self) -> Service:
        is_athena = self.headers.get("X-Amz-Target", "").startswith("AmazonAthena")
        return "Athena" if is_athena else self.server.service

    def _do(self, kind: str, body: bytes) -> None:
        if kind == "kill before":
            self.server.gate.kill()
        elif kind == "reset before":
            self._reset()
        elif kind in ("500", "503", "throttling"):
            self._answer(refusal(self._service(), kind))
        else:
            self._after(kind, self._ask(body))

    def _after(self, kind: str, answer: Refusal) -> None:
        if kind == "kill after":
            self.server.gate.kill()
        elif kind == "reset after":
            self._reset()
        elif kind == "cut":
            self._cut(answer)
        elif kind == "stall":
            self._stall()
        else:
            self._answer(answer)

    def _ask(self, body: bytes) -> Refusal:
        with closing(HTTPConnection(*self.server.upstream, timeout=60)) as upstream:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    upstream.putheader(name, value)
            upstream.endheaders(body or None)
            return _read(upstream.getresponse())

    def _answer(self, answer: Refusal) -> None:
        self.wfile.write(self._encoded(answer))

    def _encoded(self, answer: Refusal) -> bytes:
        lines = [
            f"HTTP/1.1 {answer.status} -",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        if "content-length" not in {name.lower() for name in answer.headers}:
            lines.append(f"Content-Length: {len(answer.body)}")
        body = b"" if self.command == "HEAD" else answer.body
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def _cut(self, answer: Refusal) -> None:
        """Send half of the body, or half of the head where there is none, and hang up."""
        whole, body = self._encoded(answer), b"" if self.command == "HEAD" else answer.body
        self.wfile.write(whole[: len(whole) - (len(body) + 1) // 2] if body else whole[: len(whole) // 2])
        self._hang_up()

    def _stall(self) -> None:
        select.select([self.connection], [], [], _LONGEST_STALL)
        self._hang_up()

    def _reset(self) -> None:
        """Hang up so that the client notices it as ECONNRESET: nothing is sent, nothing is waited for."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._hang_up(orderly=False)

    def _hang_up(self, *, orderly: bool = True) -> None:
        self.close_connection = True
        if orderly:
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def handle(self) -> None:
        with suppress(OSError, HTTPException):
            super().handle()


def _read(answer: HTTPResponse) -> Refusal:
    headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP}
    return Refusal(answer.status, headers, answer.read())
