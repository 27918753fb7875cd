"""A server that speaks TLS with a certificate that nobody knows, or that sends its visitors elsewhere."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST = "127.0.0.1"
_PEM = serialization.Encoding.PEM


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
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    root = (
        _certificate("ours", authority)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(authority, hashes.SHA256())
    )
    leaf = (
        _certificate("server", key)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(authority, hashes.SHA256())
    )
    private = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = folder / "authority.pem", folder / "server.pem"
    files[0].write_bytes(root.public_bytes(_PEM))
    files[1].write_bytes(private + leaf.public_bytes(_PEM))
    return files


def _certificate(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ours")]),
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    )
