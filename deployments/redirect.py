"""A server on 127.0.0.1 for one visit: the browser that Spotify sends back."""

import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

from top50.errors import SettingsError, SourceError

_PAGE = b"""<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Top 50</title>
<p>Back from Spotify. The terminal says how the login ended; this page can be closed.</p></html>"""
_STRANGER = b"""<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Top 50</title>
<p>This is not the answer to the login that waits. Log in at the address in the terminal.</p></html>"""


def own_port(redirect_uri: str) -> int | None:
    """Return the port of 127.0.0.1 that a redirect URI names; None if it leads elsewhere."""
    parts = urlsplit(redirect_uri)
    return parts.port or 80 if (parts.scheme, parts.hostname) == ("http", "127.0.0.1") else None


class RedirectServer(HTTPServer):
    """Listens from the beginning, so that no browser is too early.

    spotipy has such a server too; its wait has no end, and the first visitor ends it, whoever that is.
    Here a visit that `is_answer` does not take, by its address, gets an error and the wait goes on: any page
    in the browser could end a login otherwise.
    """

    address: str | None = None

    def __init__(self, redirect_uri: str, is_answer: Callable[[str], bool]) -> None:
        self.is_answer = is_answer
        port = own_port(redirect_uri)
        self.path = urlsplit(redirect_uri).path or "/"
        try:
            super().__init__(("127.0.0.1", port or 0), _Visit)
        except OSError as error:
            raise SettingsError(
                f"port {port} of SPOTIPY_REDIRECT_URI cannot be used: {error.strerror}",
                "Free it, choose another there and in the app's settings, or run "
                "python -m deployments.login --paste.",
            ) from None

    def wait(self, seconds: float) -> str:
        """Return the address that the browser came back to; raises SourceError after so many seconds."""
        end = time.monotonic() + seconds
        while self.address is None:
            self.timeout = end - time.monotonic()
            if self.timeout <= 0:
                raise SourceError(
                    f"no browser came back within {seconds / 60:.0f} minutes",
                    "Run make login again, or python -m deployments.login --paste.",
                )
            self.handle_request()
        return self.address

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a visitor who hung up; the next one may be the browser."""


class _Visit(BaseHTTPRequestHandler):
    server: RedirectServer
    timeout = 2.0  # seconds: browsers open connections ahead that they may never use

    def do_GET(self) -> None:
        if urlsplit(self.path).path != self.server.path:
            self.send_error(404)
            return
        if self.server.is_answer(self.path):
            self.server.address = self.path
            self._show(HTTPStatus.OK, _PAGE)
        else:
            self._show(HTTPStatus.BAD_REQUEST, _STRANGER)

    def _show(self, status: HTTPStatus, page: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address holds the code."""
