"""Who may read secrets and overhear them: files are their owner's alone, and http stays on this machine."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from top50.errors import SettingsError

if TYPE_CHECKING:
    import boto3

OTHERS = 0o077
"""The rights of everybody but the owner."""

_ENDPOINTS = re.compile(r"AWS_ENDPOINT_URL(_[A-Z0-9_]+)?|PREFECT_API_URL")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE")
"""What requests and boto3 read; the clients of Prefect and of the lake read SSL_CERT_FILE."""

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

_logger = logging.getLogger(__name__)


def refuse_open_http(name: str, address: str, *, allow_http: bool) -> None:
    """Raise SettingsError for an address that takes secrets over a network unencrypted.

    name: the setting that says so. The address is not quoted whole: there may be a password in it.
    """
    try:
        parts = urlsplit(address)
    except ValueError:  # http://[::1
        raise SettingsError(f"{name} is no address", "Write it like https://host:port/path.") from None
    if parts.scheme.lower() == "http" and not allow_http and not _is_this_machine(parts.hostname or ""):
        raise SettingsError(
            f"{name} leads to {parts.hostname} over http, where everybody on the way can read along",
            "Write https:// there; or set TOP50_ALLOW_HTTP=true if you trust every network on the way.",
        )


def refuse_open_cluster(address: str, *, allow_http: bool) -> None:
    """Raise SettingsError for a Dask scheduler that others on the way could overhear, or pose as.

    It is sent credentials, and its answers are pickles: whoever writes one runs what they like here.
    """
    scheme, _, place = address.rpartition("://")
    try:
        host = urlsplit(f"//{place}").hostname or ""
    except ValueError:  # [::1 without its end
        host = ""
    if scheme.lower() != "tls" and not allow_http and not _is_this_machine(host):
        raise SettingsError(
            f"--dask leads to {host or address} unencrypted, for anybody on the way to read and change",
            "Let the cluster speak TLS and write tls://host:8786 (docs/security.md); or set "
            "TOP50_ALLOW_HTTP=true if you trust every network on the way.",
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host.lower() == "localhost"


def without_password(text: str) -> str:
    """Return a text without the name and password that an address in it may hold."""
    return re.sub(r"//[^/@\s]*@", "//", text)


def check_endpoints(environment: Mapping[str, str], *, allow_http: bool) -> None:
    """Raise SettingsError for an endpoint of AWS or Prefect in the environment that is open http."""
    for name in sorted(filter(_ENDPOINTS.fullmatch, environment)):
        refuse_open_http(name, environment[name], allow_http=allow_http)


def guard(session: "boto3.Session", *, allow_http: bool) -> "boto3.Session":
    """Let no client of the session send over open http, wherever its endpoint was configured."""

    def refuse(request: Any, **_: object) -> None:
        refuse_open_http("the AWS configuration", request.url, allow_http=allow_http)

    session.events.register("before-send", refuse)
    return session


def share_certificates(environment: MutableMapping[str, str]) -> None:
    """Let SSL_CERT_FILE count for every client: requests and boto3 do not look at it themselves."""
    file = environment.get("SSL_CERT_FILE")
    for name in _BUNDLES if file else ():
        environment[name] = environment.get(name) or str(file)


def keep_loopback_from_proxies(environment: MutableMapping[str, str]) -> None:
    """Let no client ask a proxy for this machine: Prefect's temporary server, the simulator, an S3 here.

    Some clients read no_proxy, others NO_PROXY.
    """
    if not any(environment.get(name) for proxy in _PROXIES for name in (proxy, proxy.upper())):
        return
    named = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host.strip() for host in named.split(",") if host.strip()]
    if "*" not in hosts:
        hosts += [host for host in _LOOPBACK if host not in hosts]
    environment["no_proxy"] = environment["NO_PROXY"] = ",".join(hosts)


@cache
def warn_if_open(path: Path) -> None:
    """Warn, once, of a file or folder with secrets that others on this machine can read."""
    if path.exists() and path.stat().st_mode & OTHERS:
        rights = 700 if path.is_dir() else 600
        _logger.warning("%s can be read by others on this machine. Run chmod %d %s.", path, rights, path)
