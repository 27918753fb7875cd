"""AWS and Spotify under their real names, over TLS: a proxy leads them to the stand-ins.

A run's environment holds what a user's does, and a proxy with its own authority, as companies have them.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from .proxy import Proxy, serving
from .seaweedfs import ACCESS_KEY, REGION, S3_HOST, SECRET_KEY

if TYPE_CHECKING:
    from .glue import GlueServer
    from .seaweedfs import S3Server

_AWS = [
    f"{service}.{REGION}.amazonaws.com"
    for service in ("glue", "athena", "sts", "quicksight", "cloudformation")
]
SPOTIFY = ("api.spotify.com", "accounts.spotify.com", "charts-spotify-com-service.spotify.com")
PUBLIC_ARCHIVE = "raw.githubusercontent.com"

_LEADS = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSES = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Door(Proxy):
    """A proxy for HTTPS_PROXY that leads hosts to stand-ins, as `routes` says; all others it refuses.

    hosts: those that were asked. refused: those that nobody named, or an address that was not https.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__("")
        self.routes: dict[str, str] = {}
        self.hosts: set[str] = set()
        self.refused: list[str] = []
        self._authority = trustme.CA()
        self.certificates = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.certificates))
        self._contexts: dict[str, ssl.SSLContext] = {}

    def lead(self, url: str, *names: str) -> None:
        """Lead hosts to the stand-in at `url` from now on. A name may begin with `*.`, as certificates do."""
        self.routes.update(dict.fromkeys(names, url))

    def lead_to_aws(self, s3: "S3Server", glue: "GlueServer | None" = None) -> None:
        self.lead(s3.endpoint_url, S3_HOST, f"*.{S3_HOST}")
        if glue:
            self.lead(glue.endpoint_url, *_AWS, "sts.amazonaws.com")

    def lead_to_spotify(self, url: str) -> None:
        self.lead(url, *SPOTIFY, PUBLIC_ARCHIVE)

    def environment(self, region_variable: str = "AWS_REGION") -> dict[str, str]:
        """What a user sets: the proxy, its authority, keys, and the region by one of its names."""
        return {
            "HTTPS_PROXY": self.url,
            "HTTP_PROXY": self.url,
            "NO_PROXY": "127.0.0.1,localhost",
            "SSL_CERT_FILE": str(self.certificates),
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            region_variable: REGION,
        }

    def forget(self) -> None:
        """Forget what was asked, and where hosts lead."""
        for seen in (self.requests, self.hosts, self.refused, self.routes):
            seen.clear()

    def serve_client(self, client: socket.socket) -> None:
        """Answer CONNECT, then speak TLS as the host that was asked for."""
        host = _host_asked_for(client)
        name = self._name_of(host)
        if name is None:
            self.refused.append(host)
            client.sendall(_REFUSES)
            return
        self.hosts.add(host)
        client.sendall(_LEADS)
        context = self._context(name)
        # The first byte that is read begins with the handshake.
        with context.wrap_socket(client, server_side=True, do_handshake_on_connect=False) as encrypted:
            with self.connected(encrypted):
                self.pass_on(encrypted, self.routes[name])

    def _name_of(self, host: str) -> str | None:
        return next(
            (name for name in (host, *self.routes) if name in self.routes and fnmatch(host, name)), None
        )

    def _context(self, name: str) -> ssl.SSLContext:
        if name not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(name).configure_cert(context)
            self._contexts[name] = context
        return self._contexts[name]


def _host_asked_for(client: socket.socket) -> str:
    """Return the host that a CONNECT names, without https's port; of another request all of its address."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = client.recv(4096)
        if not data:
            raise ConnectionError("hung up")
        head += data
    method, target, _ = head.decode("latin-1").split(" ", 2)
    return target.removesuffix(":443") if method == "CONNECT" else f"{method} {target}"


@contextmanager
def running_door(folder: Path) -> Iterator[Door]:
    """A door that leads nowhere yet; its authority's certificate is kept in `folder`."""
    with serving(Door(folder)) as door:
        yield door
