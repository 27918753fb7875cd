"""Finds the requests in the bytes of one HTTP/1.1 connection."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Request:
    """One request as it came. Header names are in lower case; the body grows while it arrives."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    @property
    def host(self) -> str:
        return self.headers.get("host", "")

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        parsed = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[-1] for name, values in parsed.items()}

    def __str__(self) -> str:
        return f"{self.method} {self.target}"


class RequestParser:
    """Takes bytes in pieces of any size; calls `came` for each request head among them."""

    def __init__(self, came: Callable[[Request], object]) -> None:
        self._came = came
        self._request = Request("", "")
        self._buffer = bytearray()
        self._body_left = 0
        self._awaits_continue = False
        self._next_part: Callable[[], bool] = self._head

    def request_bytes(self, data: bytes) -> None:
        self._buffer += data
        while self._take_body() and self._next_part():
            pass

    def response_bytes(self, data: bytes) -> None:
        if self._awaits_continue and not data.startswith(b"HTTP/1.1 100"):
            # Refused on its head alone: the body announced there never comes.
            self._body_left, self._next_part = 0, self._head
        self._awaits_continue = False

    def _take_body(self) -> bool:
        """True when the next part begins at the front of the buffer."""
        taken = self._buffer[: self._body_left]
        if taken:
            self._awaits_continue = False
            self._request.body += taken
        del self._buffer[: len(taken)]
        self._body_left -= len(taken)
        return self._body_left == 0

    def _head(self) -> bool:
        head = self._take_until(b"\r\n\r\n")
        if head is None:
            return False
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in map(_at_colon, lines)}
        self._request = Request(method, target, headers)
        self._awaits_continue = headers.get("expect", "").lower() == "100-continue"
        if "upgrade" in headers:
            self._body_left = sys.maxsize  # what follows is a web socket's
        elif "chunked" in headers.get("transfer-encoding", "").lower():
            self._next_part = self._chunk
        else:
            self._body_left = int(headers.get("content-length", "0"))
        self._came(self._request)
        return True

    def _chunk(self) -> bool:
        line = self._take_until(b"\r\n")
        if line is None:
            return False
        self._awaits_continue = False
        size = int(line.partition(";")[0], 16)
        if size:
            self._body_left, self._next_part = size, self._chunk_end
        else:
            self._next_part = self._trailer
        return True

    def _chunk_end(self) -> bool:
        line = self._take_until(b"\r\n")
        if line is not None:
            self._next_part = self._chunk
        return line is not None

    def _trailer(self) -> bool:
        line = self._take_until(b"\r\n")
        if line == "":
            self._next_part = self._head
        return line is not None

    def _take_until(self, end: bytes) -> str | None:
        taken, found, rest = self._buffer.partition(end)
        if not found:
            return None
        self._buffer = rest
        return taken.decode("latin-1")


def _at_colon(line: str) -> tuple[str, str, str]:
    return line.partition(":")
