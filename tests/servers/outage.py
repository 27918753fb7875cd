"""A proxy before a server that goes away for a while: refuses, gives no answer, or says 503."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit

from .http_requests import RequestParser

Kind = Literal["refuses", "gives no answer", "says 503"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Outage:
    """Before its `at`-th request is passed on, the server goes away for so many seconds."""

    kind: Kind
    at: int
    seconds: float


class _Counted(list[str]):
    """Requests, told of one by one."""

    def __init__(self, proxy: "Proxy") -> None:
        super().__init__()
        self._proxy = proxy

    def append(self, request: str) -> None:
        super().append(request)
        self._proxy.came(len(self))


class Proxy:
    """Ask `url` instead of the server; `requests` then grows: "POST /api/flow_runs/"."""

    def __init__(self, upstream_url: str, outage: Outage | None) -> None:
        upstream = urlsplit(upstream_url)
        self._upstream = (upstream.hostname or "127.0.0.1", upstream.port or 80)
        self._outage = outage
        self._kind: Kind | None = outage.kind if outage else None
        self._back = 0.0
        self._open: set[socket.socket] = set()
        self._listener = self._listen(0)
        self._port: int = self._listener.getsockname()[1]
        self._ended = False
        self.url = f"http://127.0.0.1:{self._port}{upstream.path}"
        self.requests = _Counted(self)

    @property
    def away(self) -> bool:
        """Whether the server is away just now."""
        return time.monotonic() < self._back

    def came(self, number: int) -> None:
        """Take note of a request; when it is the one, nobody is there any more."""
        if self._outage and number == self._outage.at:
            self._back = time.monotonic() + self._outage.seconds
            self._hang_up()

    def serve(self) -> None:
        """Take connections until it is closed."""
        while not self._ended:
            if self.away and self._kind == "refuses":
                self._listener.close()
                time.sleep(0.05)
                continue
            if self._listener.fileno() == -1:
                self._listener = self._listen(self._port)
            with suppress(TimeoutError):
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve_one, args=(client,), daemon=True).start()
        self._listener.close()

    def close(self) -> None:
        """End everything."""
        self._ended = True
        self._hang_up()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        listener.settimeout(0.2)
        return listener

    def _serve_one(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(None)
            self._open.add(client)
            if self.away:
                self._answer_nothing(client)
            else:
                self._pass_on(client)
        self._open.discard(client)

    def _answer_nothing(self, client: socket.socket) -> None:
        if self._kind == "says 503":
            client.recv(65_536)
            client.sendall(_UNAVAILABLE)
        while self._kind == "gives no answer" and self.away and not self._ended:
            time.sleep(0.05)

    def _pass_on(self, client: socket.socket) -> None:
        parser: RequestParser | None = RequestParser(self.requests)
        with socket.create_connection(self._upstream) as upstream:
            self._open.add(upstream)
            threading.Thread(target=_pump, args=(upstream, client), daemon=True).start()
            while data := client.recv(65_536):
                if b"upgrade: websocket" in data.lower():
                    parser = None  # what follows is no HTTP
                if parser:
                    parser.request_bytes(data)
                upstream.sendall(data)
            _shut(upstream)
            self._open.discard(upstream)

    def _hang_up(self) -> None:
        for end in list(self._open):
            _shut(end)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    _shut(sink)
    _shut(source)


def _shut(end: socket.socket) -> None:
    """Hang up; the descriptor stays with the thread that reads from it, which then closes it."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def going_away(upstream_url: str, outage: Outage | None = None) -> Iterator[Proxy]:
    """A proxy before `upstream_url`; without an outage it only counts."""
    proxy = Proxy(upstream_url, outage)
    thread = threading.Thread(target=proxy.serve, name="outage", daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
