"""A server on 127.0.0.1 that waits for the browser which Spotify sends back."""

import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

from top50.errors import SettingsError, SourceError

_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Top 50</title>
<p>{}</p></html>"""
_DONE = "Back from Spotify. The terminal says how the login ended; you can close this page."
_NOT_THE_ANSWER = "This page does not belong to the login in the terminal. Open the address printed there."


def own_port(redirect_uri: str) -> int | None:
    """Return the port of 127.0.0.1 in a redirect URI, None when the URI is of another machine or https."""
    parts = urlsplit(redirect_uri)
    return parts.port or 80 if (parts.scheme, parts.hostname) == ("http", "127.0.0.1") else None


class RedirectServer(HTTPServer):
    """Listens from its creation, so that no browser comes too early.

    spotipy has such a server too, but it waits without a limit and takes the first visit for the answer: any
    page in the browser could end a login. Here only an address that passes `is_answer` ends the wait.
    """

    answer: str | None = None

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
        """Return the address that the browser was sent back to; raises SourceError when the time is over."""
        end = time.monotonic() + seconds
        while self.answer is None:
            self.timeout = end - time.monotonic()
            if self.timeout <= 0:
                raise SourceError(
                    f"no browser came back within {seconds / 60:.0f} minutes",
                    "Run make login again, or python -m deployments.login --paste.",
                )
            self.handle_request()
        return self.answer

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing about a visitor who hung up: the next one may be the browser."""


class _Visit(BaseHTTPRequestHandler):
    server: RedirectServer
    timeout = 2.0  # seconds: browsers open connections in advance, and may never use them

    def do_GET(self) -> None:
        if urlsplit(self.path).path != self.server.path:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        is_answer = self.server.is_answer(self.path)
        if is_answer:
            self.server.answer = self.path
        page = _PAGE.format(_DONE if is_answer else _NOT_THE_ANSWER).encode()
        self.send_response(HTTPStatus.OK if is_answer else HTTPStatus.BAD_REQUEST)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the address contains the code."""
