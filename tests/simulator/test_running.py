"""Starting and stopping: in this process, and as a program."""

import logging
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from top50.simulator import Fault, running
from top50.simulator.__main__ import main

from .conftest import NOW

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.server


def test_it_is_ready_at_once_and_gone_afterwards(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "uvicorn")
    with running(now=NOW) as spotify:
        assert spotify.accounts_url.startswith("http://127.0.0.1:")
        assert spotify.api_url == spotify.accounts_url + "/v1"
        assert requests.get(spotify.api_url, timeout=5).status_code == 404
    with pytest.raises(requests.ConnectionError):
        requests.get(spotify.api_url, timeout=5)
    assert not [thread for thread in threading.enumerate() if thread.name == spotify.api_url]


def test_it_is_there_for_this_machine_only() -> None:
    with running(now=NOW) as spotify:
        port = int(spotify.accounts_url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):  # whoever listens everywhere listens here too
            socket.create_connection(("127.0.0.2", port), timeout=5)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
    ],
)
def test_a_page_of_another_origin_controls_nothing(headers: dict[str, str]) -> None:
    with running(now=NOW) as spotify:
        clock = spotify.accounts_url + "/simulator/clock"
        set_clock = {"now": "2030-01-01T00:00:00Z"}
        refused = requests.post(clock, json=set_clock, headers=headers, timeout=5)
        assert (refused.status_code, "another origin" in refused.text) == (403, True)
        assert requests.get(clock, timeout=5).json()["now"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
        own = {"Origin": spotify.accounts_url}
        assert requests.post(clock, json=set_clock, headers=own, timeout=5).status_code == 200


def test_two_run_side_by_side() -> None:
    with running(now=NOW) as one, running(now=NOW, seed=51, app="development") as other:
        assert one.api_url != other.api_url
        assert (one.app, other.app) == ("extended", "development")


def test_the_clock_shows_the_real_time_unless_it_is_set() -> None:
    with running() as spotify:
        shown = requests.get(spotify.accounts_url + "/simulator/clock", timeout=5).json()["now"]
    assert abs(datetime.fromisoformat(shown) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_slow_answer_does_not_hold_up_the_end() -> None:
    with running(now=NOW) as spotify:
        spotify.misbehave(Fault("slow", delay=60, path_prefix="/"))
        with pytest.raises(requests.ReadTimeout):
            requests.get(spotify.api_url, timeout=0.05)
    assert not [thread for thread in threading.enumerate() if thread.name == spotify.api_url]


def test_an_impossible_clock_starts_nothing() -> None:
    with pytest.raises(ValueError, match="no time zone"), running(now=datetime(2026, 11, 20)):
        pytest.fail("it started")


def test_a_taken_port_ends_the_program_with_a_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert str(port) in message
    assert "--port 0" in message


def test_a_clock_beyond_the_simulated_years_ends_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--now", "1999-01-01"]) == 1
    assert "2008-10-10" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--app", "secret"], ["--now", "tomorrow"], ["--port", "x"], ["--host", "0.0.0.0"]]
)
def test_wrong_options_are_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: python -m top50.simulator" in capsys.readouterr().err


def test_the_program_says_what_to_put_into_env_and_ends_quietly() -> None:
    command = [sys.executable, "-m", "top50.simulator", "--port", "0", "--now", "2026-11-22T09:00:00Z"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline().strip() for _ in range(6)]
        settings = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        accounts = settings["TOP50_SPOTIFY_ACCOUNTS_URL"]
        clock = requests.get(accounts + "/simulator/clock", timeout=5).json()
        program.send_signal(signal.SIGINT)
        rest, complaints = program.communicate(timeout=10)
    assert settings["TOP50_SPOTIFY_API_URL"] == accounts + "/v1"
    assert clock == {"now": "2026-11-22T09:00:00Z"}
    assert (program.returncode, rest, complaints) == (0, "", "")
