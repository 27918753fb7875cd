"""Waiting for the browser that Spotify sends back."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from deployments.redirect import RedirectServer, own_port
from top50.errors import SettingsError, SourceError


@pytest.mark.parametrize(
    ("uri", "port"),
    [
        ("http://127.0.0.1:8888/callback", 8888),
        ("http://127.0.0.1/callback", 80),
        ("http://[::1]:8888/callback", None),
        ("https://127.0.0.1:8888/callback", None),
        ("https://example.org/callback", None),
    ],
)
def test_only_an_address_on_this_machine_is_waited_at(uri: str, port: int | None) -> None:
    assert own_port(uri) == port


def free_uri() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/callback"


def has_state(address: str) -> bool:
    return "state=st4te" in address


def test_the_first_visit_that_knows_the_state_is_the_answer() -> None:
    uri = free_uri()
    with RedirectServer(uri, has_state) as server, ThreadPoolExecutor(1) as browser:
        waiting = browser.submit(server.wait, 10)
        icon = requests.get(uri.replace("callback", "favicon.ico"), timeout=5)
        for stranger in ({}, {"error": "access_denied"}, {"code": "theirs", "state": "wrong"}):
            assert requests.get(uri, params=stranger, timeout=5).status_code == 400
        assert not waiting.done()
        page = requests.get(uri, params={"code": "c0de", "state": "st4te"}, timeout=5)
        assert waiting.result() == "/callback?code=c0de&state=st4te"
    assert icon.status_code == 404
    assert "The terminal says how the login ended" in page.text
    assert "c0de" not in page.text


def test_a_visitor_who_hangs_up_is_not_the_answer(capfd: pytest.CaptureFixture[str]) -> None:
    uri = free_uri()
    with (
        RedirectServer(uri, has_state) as server,
        socket.create_connection(("127.0.0.1", server.server_port)) as silent,
    ):
        threading.Timer(0.05, silent.close).start()
        with pytest.raises(SourceError, match=r"no browser came back .*--paste"):
            server.wait(0.1)
    assert capfd.readouterr().err == ""


def test_a_taken_port_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port} .*in use\. Free it.*--paste"):
            RedirectServer(f"http://127.0.0.1:{port}/callback", has_state)
