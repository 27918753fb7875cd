"""A server with answers from a can: for what the simulator never says."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = b'{"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3600}'


class _Server(ThreadingHTTPServer):
    answers: Mapping[str, bytes]
    asked: list[str]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        body = self.server.answers[path].replace(b"{host}", self.headers["Host"].encode())
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering(answers: Mapping[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Answer these paths; `{host}` stands for the server's own. Yields its address and what was asked."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.answers, server.asked = {"/api/token": TOKEN, **answers}, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
