"""A proxy before a server that goes away for a while: refuses, gives no answer, or says 503."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

from .http_requests import Request
from .proxy import Proxy, serving

Kind = Literal["refuses", "gives no answer", "says 503"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Outage:
    """Before its `at`-th request is passed on, the server goes away for so many seconds."""

    kind: Kind
    at: int
    seconds: float


class GoingAway(Proxy):
    """A proxy whose server goes away once."""

    def __init__(self, upstream_url: str, outage: Outage | None) -> None:
        super().__init__(upstream_url)
        self._outage = outage
        self._back = 0.0
        self._refuses = False

    @property
    def away(self) -> bool:
        """Whether the server is away just now."""
        return time.monotonic() < self._back

    def came(self, request: Request) -> None:
        """Take note of a request; when it is the one, nobody is there any more."""
        if "upgrade" in request.headers:
            return  # the web socket of Prefect's events, which is opened at any time beside the others
        super().came(request)
        if self._outage and len(self.requests) == self._outage.at:
            self._back = time.monotonic() + self._outage.seconds
            if self._outage.kind == "refuses":
                self._refuses = True
                self.socket.shutdown(socket.SHUT_RDWR)  # Linux then refuses, until it listens again
            self.hang_up()
            raise ConnectionError("the server is away")

    def service_actions(self) -> None:
        """Listen again when the server is back; serve_forever asks all the time meanwhile."""
        if self._refuses and self.away:
            time.sleep(0.05)
        elif self._refuses:
            self._refuses = False
            self.server_activate()

    def serve_client(self, client: socket.socket) -> None:
        """Pass on, unless the server is away."""
        if not self.away:
            super().serve_client(client)
        elif self._outage and self._outage.kind == "says 503":
            client.recv(65_536)
            client.sendall(_UNAVAILABLE)
            client.shutdown(socket.SHUT_WR)  # closed with a body unread, it would be reset before the answer
            client.settimeout(5)
            while client.recv(65_536):
                pass
        else:
            self.keep_waiting(client)

    def keep_waiting(self, client: socket.socket) -> None:
        """Give no answer until the server is back or the client has enough."""
        client.settimeout(max(0, self._back - time.monotonic()) or 0.001)
        while client.recv(65_536):
            pass


@contextmanager
def going_away(upstream_url: str, outage: Outage | None = None) -> Iterator[GoingAway]:
    """A proxy before `upstream_url`; without an outage it only counts."""
    with serving(GoingAway(upstream_url, outage)) as proxy:
        yield proxy
