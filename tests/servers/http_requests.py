"""Finds the requests in the bytes of one HTTP/1.1 connection."""

from collections.abc import Callable
from threading import Lock


class RequestParser:
    """Takes bytes in pieces of any size; adds "METHOD target" to a list for each request head among them."""

    def __init__(self, requests: list[str]) -> None:
        self._requests = requests
        self._buffer = bytearray()
        self._body_left = 0
        self._awaits_continue = False
        self._next_part: Callable[[], bool] = self._head
        self._lock = Lock()

    def request_bytes(self, data: bytes) -> None:
        with self._lock:
            self._buffer += data
            while self._skip_body() and self._next_part():
                pass

    def response_bytes(self, data: bytes) -> None:
        with self._lock:
            if self._awaits_continue and not data.startswith(b"HTTP/1.1 100"):
                # Refused on its head alone: the body announced there never comes.
                self._body_left, self._next_part = 0, self._head
            self._awaits_continue = False

    def _skip_body(self) -> bool:
        """True when the next part begins at the front of the buffer."""
        skipped = min(self._body_left, len(self._buffer))
        if skipped:
            self._awaits_continue = False
        del self._buffer[:skipped]
        self._body_left -= skipped
        return self._body_left == 0

    def _head(self) -> bool:
        head = self._take_until(b"\r\n\r\n")
        if head is None:
            return False
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ", 2)
        self._requests.append(f"{method} {target}")
        headers = {name.strip().lower(): value.strip().lower() for name, _, value in map(_at_colon, lines)}
        self._awaits_continue = headers.get("expect") == "100-continue"
        if "chunked" in headers.get("transfer-encoding", ""):
            self._next_part = self._chunk
        else:
            self._body_left = int(headers.get("content-length", "0"))
        return True

    def _chunk(self) -> bool:
        line = self._take_until(b"\r\n")
        if line is None:
            return False
        self._awaits_continue = False
        size = int(line.partition(";")[0], 16)
        if size:
            self._body_left = size + len("\r\n")
        else:
            self._next_part = self._trailer
        return True

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
