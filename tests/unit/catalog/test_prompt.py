"""The SQL prompt, through standard input as `make sql` has it."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from top50.catalog import prompt
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.prompt import main
from top50.command import run_command
from top50.lake.directory import DirectoryLake

from ..builders import chart, published
from ..commands import Ended, run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> DirectoryLake:
    lake = DirectoryLake(tmp_path_factory.mktemp("prompt") / "lake", create=True)
    published(lake, chart())
    refresh_duckdb(lake)
    return lake


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def ask(lake: str, sql: str) -> Ended:
    return run(lambda: run_command(main), {"TOP50_LAKE": lake}, stdin=sql)


def in_a_shell(lake: str, sql: str, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "TOP50_LAKE": lake}
    return subprocess.run(
        command, cwd=ROOT, env=environment, input=sql, capture_output=True, text=True, timeout=60, check=False
    )


def test_an_answer_is_a_table_and_needs_no_semicolon_at_the_end(lake: DirectoryLake) -> None:
    program = [sys.executable, "-m", "top50.catalog.prompt"]
    asked = in_a_shell(str(lake.root), "SELECT count(*) AS entries\nFROM top_50", *program)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert [line.strip("│ ") for line in asked.stdout.splitlines() if "│" in line] == [
        "entries",
        "int64",
        "50",
    ]


def test_sql_is_utf_8_whatever_the_encoding_of_the_output_is(lake: DirectoryLake) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "top50.catalog.prompt"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TOP50_LAKE": str(lake.root), "PYTHONIOENCODING": "ascii"},
        input="SELECT length('é') AS characters, 'é' AS é".encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (asked.returncode, asked.stderr) == (0, b"")
    assert b" 1 " in asked.stdout


def test_statements_are_answered_in_turn_until_quit(lake: DirectoryLake) -> None:
    asked = ask(str(lake.root), "help\nSELECT 'one'; SELECT 'two';\n\nUSE catalog;\nquit\nSELECT 'three';\n")
    assert asked.returncode == 0
    assert "SHOW TABLES" in asked.stdout
    assert asked.stdout.index(" one ") < asked.stdout.index(" two ")
    assert "three" not in asked.stdout


def test_an_error_is_told_and_the_next_statement_answered(lake: DirectoryLake) -> None:
    asked = ask(str(lake.root), "SELECT nothing;\nSELECT 'after';\n")
    assert asked.returncode == 1
    assert "✗ Binder Error" in asked.stdout
    assert " after " in asked.stdout


def test_no_file_can_be_read_and_that_cannot_be_changed(lake: DirectoryLake, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("hush\n")
    for sql in (f"FROM read_text('{secret}')", "SET lock_configuration = false", f"ATTACH '{secret}'"):
        asked = ask(str(lake.root), f"{sql};\n")
        assert asked.returncode == 1
        assert "✗ " in asked.stdout
        assert "hush" not in asked.stdout


@pytest.mark.parametrize("typed", ["\\d", "\\dt album", ".tables"])
def test_what_other_prompts_know_gets_a_hint(lake: DirectoryLake, typed: str) -> None:
    asked = ask(str(lake.root), f"{typed}\nSELECT 'after';\n")
    assert asked.stdout.startswith(f"✗ {typed.split(maxsplit=1)[0]} belongs to another prompt. SHOW TABLES;")
    assert " after " in asked.stdout


@pytest.mark.parametrize("end", ["exit", "quit()", "\\q", ".exit"])
def test_a_session_at_a_terminal_ends_well_after_a_mistake(
    lake: DirectoryLake, end: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    typed = iter(["SELECT nothing;", "SELECT 'unfinished'", end])
    monkeypatch.setattr("builtins.input", lambda _: next(typed))
    monkeypatch.setattr(sys, "stdin", Terminal())
    assert prompt.ask(lake.root / CATALOG) == 0
    shown = capsys.readouterr().out
    assert "✗ Binder Error" in shown
    assert " unfinished " in shown


def test_a_lake_may_be_below_the_home(lake: DirectoryLake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(lake.root.parent))
    assert ask(f"~/{lake.root.name}", "SELECT 'found';").returncode == 0


def test_nothing_can_be_changed(lake: DirectoryLake) -> None:
    before = (lake.root / CATALOG).read_bytes()
    asked = ask(str(lake.root), "DROP VIEW top_50;\nDELETE FROM album;\n")
    assert asked.returncode == 1
    assert asked.stdout.count("read-only") == 2
    assert (lake.root / CATALOG).read_bytes() == before


@pytest.mark.parametrize(
    ("lake_of_settings", "words"),
    [
        ("missing", "there is no missing/catalog.duckdb. Run make run"),
        ("s3://bucket", "is on S3. Ask Athena"),
    ],
)
def test_without_a_catalog_it_says_what_to_do(lake_of_settings: str, words: str) -> None:
    asked = ask(lake_of_settings, "SELECT 1")
    assert (asked.returncode, asked.stdout) == (1, "")
    assert words in asked.stderr
    assert len(asked.stderr.splitlines()) == 1


def test_make_sql_asks_the_prompt() -> None:
    dry = in_a_shell(
        "any", "", "make", "--dry-run", "--old-file", ".env", "--old-file", ".venv/installed", "sql"
    )
    assert "top50.catalog.prompt" in dry.stdout
