import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from .outage import KINDS, Kind, Outage, going_away

SECONDS = 0.6


@pytest.fixture
def upstream() -> Iterator[str]:
    """A server that answers every GET with 204."""

    class Quiet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


def get(url: str, timeout: float = 0.2) -> int | None:
    """The status of a GET; None when there is no answer."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)) as connection:
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None


@pytest.mark.parametrize(("kind", "meanwhile"), [*zip(KINDS, (None, None, 503), strict=True)])
def test_it_goes_away_before_the_request_and_comes_back(
    upstream: str, kind: Kind, meanwhile: int | None
) -> None:
    with going_away(upstream, Outage(kind, at=2, seconds=SECONDS)) as proxy:
        assert get(proxy.url, 5) == 204
        assert get(proxy.url) is None
        was_away = proxy.away
        assert was_away
        assert get(proxy.url) == meanwhile
        deadline = time.monotonic() + 10
        while (answer := get(proxy.url)) != 204 and time.monotonic() < deadline:
            assert answer in (None, 503)
        assert not proxy.away
        assert answer == 204
