"""A TCP proxy that writes down every HTTP/1.1 request that really went over the wire."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from .http_requests import RequestParser


@dataclass(frozen=True)
class Wire:
    """Ask `url` instead of the server; `requests` then grows: "PUT /lake/key", "GET /lake?list-type=2"."""

    url: str
    requests: list[str] = field(default_factory=list)


@contextmanager
def counting(upstream_url: str) -> Iterator[Wire]:
    """A proxy before `upstream_url` (http://host:port); bytes pass unchanged, so signatures stay valid."""
    with _Proxy(upstream_url) as proxy:
        thread = Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, name="wire")
        thread.start()
        try:
            yield proxy.wire
        finally:
            proxy.shutdown()
            thread.join()
            proxy.hang_up()


class _Proxy(ThreadingTCPServer):
    request_queue_size = 128

    def __init__(self, upstream_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        upstream = urlsplit(upstream_url)
        self.upstream = (upstream.hostname or "127.0.0.1", upstream.port or 80)
        self.wire = Wire(f"http://127.0.0.1:{self.server_address[1]}")
        self._clients: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._clients.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._clients.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Ends the connections that clients keep open; server_close() then waits for their threads."""
        for client in list(self._clients):
            _shut(client)


class _Connection(BaseRequestHandler):
    server: _Proxy

    def handle(self) -> None:
        parser = RequestParser(self.server.wire.requests)
        with suppress(OSError), socket.create_connection(self.server.upstream) as upstream:
            for end in (self.request, upstream):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answers = Thread(target=_pump, args=(upstream, self.request, parser.response_bytes))
            answers.start()
            _pump(self.request, upstream, parser.request_bytes)
            answers.join()


def _pump(source: socket.socket, sink: socket.socket, seen: Callable[[bytes], None]) -> None:
    """Passes bytes on until one side hangs up, then hangs up on both."""
    try:
        with suppress(OSError):
            while data := source.recv(65_536):
                seen(data)
                sink.sendall(data)
    finally:
        _shut(source)
        _shut(sink)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
