"""A server that speaks TLS with a certificate that nobody knows, or that sends its visitors elsewhere."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

HOST = "127.0.0.1"


@dataclass
class Visited:
    """A server: its address, and the bodies and headers of what it was asked."""

    address: str
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(*, certificate: Path | None = None, sends_on_to: str = "") -> Iterator[Visited]:
    """Answer everything with `{}`, or with a redirect (307) that keeps method and body."""

    class Visit(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visited.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            visited.headers.append(dict(self.headers))
            self.send_response(307 if sends_on_to else 200)
            if sends_on_to:
                self.send_header("Location", sends_on_to + self.path)
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Sun, 22 Nov 2026 00:00:00 GMT")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Visitors who do not trust us hang up: that is what is tested."""

    with Quiet((HOST, 0), Visit) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        visited = Visited(f"{'https' if certificate else 'http'}://{HOST}:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield visited
        finally:
            server.shutdown()
            thread.join()


def make_certificates(folder: Path) -> tuple[Path, Path]:
    """Return the files of an authority of our own, and of a server's key and certificate from it."""
    authority, files = trustme.CA(), (folder / "authority.pem", folder / "server.pem")
    authority.cert_pem.write_to_path(str(files[0]))
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(files[1]))
    return files
