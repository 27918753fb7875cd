"""`make server` itself: what it answers to pages of other origins, and who can read its database."""

import http.client
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from .prefect import PROJECT, START_SECONDS, is_healthy
from .processes import free_ports, running_process, wait_until_ready

pytestmark = pytest.mark.server

ROOT = PROJECT.parent
FOREIGN = {"Origin": "https://evil.example"}
DASHBOARD = ["http://127.0.0.1:4200", "http://localhost:4200"]
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
VARIABLE = json.dumps({"name": "planted", "value": 1}).encode()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect") / "home"


@pytest.fixture(scope="module")
def api(home: Path) -> Iterator[str]:
    """The API of `make server`."""
    [port] = free_ports(1)
    outer = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    own = {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_ENABLED": "false",
    }
    log = home.with_name("server.log")
    make = [
        shutil.which("make") or "make",
        "server",
        f"BIN={Path(sys.executable).parent}",
        "-o",
        ".venv/installed",
    ]
    with running_process(make, outer | own, ROOT, log) as process:
        wait_until_ready(process, lambda: is_healthy(port), log, START_SECONDS)
        yield f"http://127.0.0.1:{port}/api"


def test_a_page_of_another_origin_reads_nothing(api: str) -> None:
    status, headers, _ = ask(f"{api}/flows/filter", "OPTIONS", FOREIGN | PREFLIGHT)
    assert status == HTTPStatus.BAD_REQUEST
    assert "access-control-allow-origin" not in headers
    _, headers, _ = ask(f"{api}/version", "GET", FOREIGN)
    assert "access-control-allow-origin" not in headers


# Without a type, as a Blob is sent: a browser asks for no preflight, and Prefect takes it for JSON.
@pytest.mark.parametrize("kind", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}])
def test_a_page_of_another_origin_changes_nothing(api: str, kind: dict[str, str]) -> None:
    status, _, _ = ask(f"{api}/variables/", "POST", FOREIGN | kind, VARIABLE)
    assert status == HTTPStatus.FORBIDDEN
    assert ask(f"{api}/variables/name/planted", "GET", {})[0] == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("origin", DASHBOARD)
def test_the_dashboard_reads_and_changes_what_it_likes(api: str, origin: str) -> None:
    own = {"Origin": origin}
    status, headers, token = ask(f"{api}/csrf-token?client=dashboard", "GET", own)
    assert status == HTTPStatus.OK
    assert headers["access-control-allow-origin"] == origin
    shown = {"Prefect-Csrf-Client": "dashboard", "Prefect-Csrf-Token": token["token"]}
    own |= {"Content-Type": "application/json"} | shown
    status, headers, _ = ask(f"{api}/flows/filter", "POST", own, b"{}")
    assert status == HTTPStatus.OK
    assert headers["access-control-allow-origin"] == origin


def test_nobody_else_reads_the_database(api: str, home: Path) -> None:
    assert api
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "prefect.db").stat().st_mode) == 0o600


def test_nothing_is_sent_to_prefect_about_the_use(api: str) -> None:
    assert ask(f"{api}/admin/settings", "GET", {})[2]["server"]["analytics_enabled"] is False


def ask(
    url: str, method: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, dict[str, str], Any]:
    """Return the status, the headers with names in lower case, and the answer."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=20)) as connection:
        connection.request(method, f"{parts.path}?{parts.query}", body, headers)
        answer = connection.getresponse()
        text, shown = answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
    return answer.status, shown, json.loads(text) if shown["content-type"] == "application/json" else text
