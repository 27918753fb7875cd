"""Proxies on loopback that pass bytes on unchanged, so that signatures stay valid, and keep every request."""

import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .http_requests import Request, RequestParser
from .processes import free_ports

Some = TypeVar("Some", bound="Proxy")


class Proxy(ThreadingTCPServer):
    """Ask `url` instead of the server at `upstream_url` (http://host:port); `requests` then grows."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, upstream_url: str) -> None:
        # Not port 0: a port that the system chose is lost when the socket stops to listen for a while.
        super().__init__(("127.0.0.1", free_ports(1)[0]), _Connection)
        self.upstream_url = upstream_url
        self.url = f"http://127.0.0.1:{self.server_address[1]}{urlsplit(upstream_url).path}"
        self.requests: list[Request] = []
        self._clients: set[socket.socket] = set()

    def came(self, request: Request) -> None:
        """Take note of a request before it is passed on; OSError: it is not, and its client is hung up on."""
        self.requests.append(request)

    def serve_client(self, client: socket.socket) -> None:
        """Serve a connection to its end."""
        self.pass_on(client, self.upstream_url)

    def pass_on(self, client: socket.socket, upstream_url: str) -> None:
        """Pass a connection's bytes on until one side hangs up."""
        parts = urlsplit(upstream_url)
        with socket.create_connection((parts.hostname or "", parts.port or 80)) as upstream:
            _relay(client, upstream, RequestParser(self.came))

    @contextmanager
    def connected(self, client: socket.socket) -> Iterator[None]:
        """Meanwhile `hang_up` reaches the client."""
        self._clients.add(client)
        try:
            yield
        finally:
            self._clients.discard(client)

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        for client in list(self._clients):
            with suppress(OSError):
                # Not ssl's own shutdown, which takes the encryption away from the thread that reads.
                socket.socket.shutdown(client, socket.SHUT_RDWR)


class _Connection(BaseRequestHandler):
    server: Proxy
    request: socket.socket

    def handle(self) -> None:
        with suppress(OSError), self.server.connected(self.request):
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.server.serve_client(self.request)


def _relay(client: socket.socket, upstream: socket.socket, parser: RequestParser) -> None:
    """Pass bytes on in both directions, in this thread alone: ssl's sockets are for one thread at a time."""
    upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ways = {client: (upstream, parser.request_bytes), upstream: (client, parser.response_bytes)}
    by_number = {end.fileno(): end for end in ways}
    poll = select.poll()
    for number in by_number:
        poll.register(number, select.POLLIN)
    while True:
        ready = [client] if _has_more(client) else [by_number[number] for number, _ in poll.poll()]
        for source in ready:
            sink, seen = ways[source]
            data = source.recv(65_536)
            if not data:
                return
            seen(data)
            sink.sendall(data)


def _has_more(client: socket.socket) -> bool:
    """Whether bytes are decrypted already, which poll does not see."""
    return isinstance(client, ssl.SSLSocket) and client.pending() > 0


@contextmanager
def serving(proxy: Some) -> Iterator[Some]:
    """Serve until the block ends, and hang up on those who are still connected."""
    with proxy:
        serve: dict[str, Any] = {"poll_interval": 0.05}
        thread = Thread(target=proxy.serve_forever, kwargs=serve, name=type(proxy).__name__)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
            proxy.hang_up()  # server_close() then waits for their threads


@contextmanager
def recording(upstream_url: str) -> Iterator[Proxy]:
    """A proxy before a server, which only keeps the requests."""
    with serving(Proxy(upstream_url)) as proxy:
        yield proxy
