"""Protects secrets: only the owner reads their files, and http without TLS stays on this machine."""

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

OTHERS = 0o077  # the permission bits of everybody but the owner

_ENDPOINTS = re.compile(r"AWS_ENDPOINT_URL(_[A-Z0-9_]+)?|PREFECT_API_URL")
# The CA bundles of requests and boto3; the clients of Prefect and of the lake read SSL_CERT_FILE.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE")

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

_logger = logging.getLogger(__name__)


def refuse_open_http(name: str, address: str, *, allow_http: bool) -> None:
    """Raise SettingsError for an address that would carry secrets unencrypted over a network.

    name: the setting that holds the address. The message quotes only its host: it may contain a password.
    """
    try:
        parts = urlsplit(address)
    except ValueError:  # http://[::1
        raise SettingsError(
            f"{name} is not a valid address", "Write it like https://host:port/path."
        ) from None
    if parts.scheme.lower() == "http" and not allow_http and not _is_this_machine(parts.hostname or ""):
        raise SettingsError(
            f"{name} points to {parts.hostname} over http, which others on the network can read",
            "Use https://; or set TOP50_ALLOW_HTTP=true if you trust every network in between.",
        )


def refuse_open_cluster(address: str, *, allow_http: bool) -> None:
    """Raise SettingsError for a Dask scheduler over an unencrypted network.

    It receives credentials, and its answers are pickles: whoever can forge one runs code in this process.
    """
    scheme, _, place = address.rpartition("://")
    try:
        host = urlsplit(f"//{place}").hostname or ""
    except ValueError:  # [::1 without the closing bracket
        host = ""
    if scheme.lower() != "tls" and not allow_http and not _is_this_machine(host):
        raise SettingsError(
            f"--dask points to {host or address} without TLS: others on the network can read and change it",
            "Use a cluster with TLS, tls://host:8786 (docs/security.md); or set "
            "TOP50_ALLOW_HTTP=true if you trust every network in between.",
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host.lower() == "localhost"


def without_password(text: str) -> str:
    """Return a text with the user names and passwords removed from the addresses in it."""
    return re.sub(r"//[^/@\s]*@", "//", text)


def check_endpoints(environment: Mapping[str, str], *, allow_http: bool) -> None:
    """Raise SettingsError for an AWS or Prefect endpoint in the environment that uses http over a network."""
    for name in sorted(filter(_ENDPOINTS.fullmatch, environment)):
        refuse_open_http(name, environment[name], allow_http=allow_http)


def guard(session: "boto3.Session", *, allow_http: bool) -> "boto3.Session":
    """Make every client of a session refuse http over a network, wherever its endpoint was configured."""

    def refuse(request: Any, **_: object) -> None:
        refuse_open_http("the AWS configuration", request.url, allow_http=allow_http)

    session.events.register("before-send", refuse)
    return session


def share_certificates(environment: MutableMapping[str, str]) -> None:
    """Apply SSL_CERT_FILE to every client: requests and boto3 do not read it themselves."""
    file = environment.get("SSL_CERT_FILE")
    for name in _BUNDLES if file else ():
        environment[name] = environment.get(name) or str(file)


def keep_loopback_from_proxies(environment: MutableMapping[str, str]) -> None:
    """Exclude this machine from the proxy: Prefect's temporary server, the simulator, a local S3.

    Some clients read no_proxy, others NO_PROXY, so both are set.
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
    """Warn once about a file or folder with secrets that others on this machine can read."""
    if path.exists() and path.stat().st_mode & OTHERS:
        rights = 700 if path.is_dir() else 600
        _logger.warning("%s can be read by others on this machine. Run chmod %d %s.", path, rights, path)
