"""A run as somebody at a terminal sees it, with the server that Prefect starts where no other is named."""

import os
import pty
import re
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from prefect.settings import (
    PREFECT_API_DATABASE_CONNECTION_URL,
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_SERVER_EPHEMERAL_ENABLED,
    temporary_settings,
)

from flows.shared import temporary_server
from flows.shared.temporary_server import check_temporary_server
from tests.flows.conftest import ROOT, Command
from top50.errors import SettingsError

INTERRUPTED = "✗ Interrupted; nothing is lost. Run it again to go on."

_HOOK = """
import os, sys, time
if "uvicorn" in sys.orig_argv:
    exec(os.environ["SERVER_DOES"])
"""
"""What Python runs first, in the process of Prefect's temporary server too."""


class Seen:
    """What a command writes to a terminal, and how it ends."""

    def __init__(self, process: "subprocess.Popen[bytes]", terminal: int) -> None:
        self._process, self._terminal, self.text = process, terminal, ""

    def press_ctrl_c_at(self, text: str) -> None:
        self._read(lambda: text in self.text)
        os.write(self._terminal, b"\x03")

    def ended(self) -> int:
        self._read(lambda: False)
        return self._process.wait(30)

    @property
    def lines(self) -> list[str]:
        """The lines that stay: what a line replaced is gone from the screen."""
        rows = [row.rpartition("\r\x1b[K")[2] for row in self.text.replace("\r\n", "\n").split("\n")]
        return [row for row in rows if row]

    def _read(self, is_enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 200
        while not is_enough():
            assert time.monotonic() < deadline, self.text
            if select.select([self._terminal], [], [], 1)[0]:
                try:
                    self.text += os.read(self._terminal, 65536).decode()
                except OSError:  # how Linux says that the other side is closed
                    return


@contextmanager
def at_a_terminal(environment: dict[str, str], *arguments: str) -> Iterator[Seen]:
    here, there = pty.openpty()
    command = [
        sys.executable,
        "-c",
        "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        "signal.signal(signal.SIGINT, signal.SIG_DFL);"  # tests that run in the background have it ignored
        "os.execv(sys.executable, [sys.executable, '-m', *sys.argv[1:]])",
        *arguments,
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=there, stdout=there, stderr=there, start_new_session=True
    ) as process:
        os.close(there)
        try:
            yield Seen(process, here)
        finally:
            process.kill()
            os.close(here)


@pytest.fixture
def alone(command: Command, tmp_path: Path) -> dict[str, str]:
    """An environment without a Prefect server."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(_HOOK)
    own = {name: each for name, each in command.environment.items() if not name.startswith("PREFECT_")}
    (tmp_path / "lake").mkdir()
    return {
        **own,
        "TERM": "xterm",
        "DO_NOT_TRACK": "1",  # or Prefect's notice comes first, once in a home
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PYTHONPATH": str(tmp_path / "hook"),
        "SERVER_DOES": "pass",
    }


def test_a_run_waits_for_a_slow_temporary_server_and_shows_a_line_a_step(alone: dict[str, str]) -> None:
    """Prefect alone gives it 20 seconds."""
    with at_a_terminal({**alone, "SERVER_DOES": "time.sleep(30)"}, "flows.process_pending") as seen:
        assert seen.ended() == 0, seen.text
    assert "Starting Prefect's temporary server" in seen.text
    assert [line.split("  ")[0] for line in seen.lines[:3]] == ["list-pending", "catalog", "report"]
    assert all(re.search(r" \d+\.\d s$", line) for line in seen.lines[:3])
    assert re.search(r"^list-pending +0 raw objects pending +\d", seen.lines[0])
    assert seen.lines[3] == "✓ nothing was pending"
    assert seen.lines[-1].startswith("Dashboard: ")
    assert "INFO" not in seen.text


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {
                "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "1",
                "SERVER_DOES": "time.sleep(30)",
            },
            "✗ Prefect's temporary server did not start within 1 s. Run it again when",
        ),
        ({"SERVER_DOES": "os._exit(3)"}, "✗ Prefect's temporary server ended 3 times while it started."),
    ],
)
def test_a_temporary_server_that_does_not_start_is_one_line(
    alone: dict[str, str], settings: dict[str, str], says: str
) -> None:
    ended = Command({**alone, **settings})("process_pending")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(says)
    assert "Traceback" not in ended.stderr
    assert "Stopping temporary server" not in ended.stderr


def test_settings_that_cannot_work_start_no_server(alone: dict[str, str], tmp_path: Path) -> None:
    marker = {"SERVER_DOES": f"open({str(tmp_path / 'started')!r}, 'w')"}
    ended = Command({**alone, **marker})("weekly_chart", "--source=playlist")
    assert ended.returncode == 1
    assert ended.stderr.startswith("✗ SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET are not both set")
    assert not (tmp_path / "started").exists()


def test_ctrl_c_while_prefect_starts_is_one_line(alone: dict[str, str]) -> None:
    with at_a_terminal({**alone, "SERVER_DOES": "time.sleep(30)"}, "flows.process_pending") as seen:
        seen.press_ctrl_c_at("Starting Prefect's temporary server")
        assert seen.ended() == 130
    assert seen.lines[-1] == INTERRUPTED
    assert len(seen.lines) <= 2, seen.text  # ^C itself is one


def test_ctrl_c_in_a_step_is_one_line(command: Command) -> None:
    with at_a_terminal({**command.environment, "TERM": "xterm"}, "flows.weekly_chart") as seen:
        seen.press_ctrl_c_at("fetch ")
        assert seen.ended() == 130
    assert seen.lines[-1] == INTERRUPTED
    assert "Traceback" not in seen.text


def test_verbose_shows_the_whole_log(command: Command, lake: Path) -> None:
    lake.mkdir()
    environment = {**command.environment, "TERM": "xterm"}
    with at_a_terminal(environment, "flows.process_pending", "--verbose") as seen:
        assert seen.ended() == 0
    assert "0 raw objects are pending" in seen.text
    assert "INFO" in seen.text


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    own = {
        PREFECT_API_URL: None,
        PREFECT_HOME: tmp_path,
        PREFECT_SERVER_EPHEMERAL_ENABLED: True,
        PREFECT_API_DATABASE_CONNECTION_URL: f"sqlite+aiosqlite:///{tmp_path}/prefect.db",
    }
    with temporary_settings(own):
        yield tmp_path


def test_a_home_without_a_database_is_fine(home: Path) -> None:
    check_temporary_server()
    assert not list(home.iterdir())


def test_a_damaged_database_is_named(home: Path) -> None:
    (home / "prefect.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(SettingsError, match=r"prefect.db: file is not a database. .* move prefect.db away"):
        check_temporary_server()


def test_a_locked_database_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary_server, "_LOCKED", 0.1)
    with closing(sqlite3.connect(home / "prefect.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SettingsError, match=r"database is locked\. End the other Prefect process"):
            check_temporary_server()
        other.execute("ROLLBACK")
    check_temporary_server()
