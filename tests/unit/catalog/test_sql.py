"""`make sql`: DuckDB's program on the catalog, read-only."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deployments.sql import main
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.lake.directory import DirectoryLake

from ..builders import chart, published
from ..commands import run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> DirectoryLake:
    lake = DirectoryLake(tmp_path_factory.mktemp("sql") / "lake", create=True)
    published(lake, chart())
    refresh_duckdb(lake)
    return lake


def ask(sql: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "deployments.sql"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **environment},
        input=sql,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_an_answer_is_a_table_of_a_lake_below_the_home_whatever_the_encoding(lake: DirectoryLake) -> None:
    (lake.root.parent / ".duckdbrc").write_text("LOAD httpfs;\n")
    asked = ask(
        "SELECT count(*) AS é\nFROM top_50",
        HOME=str(lake.root.parent),
        TOP50_LAKE=f"~/{lake.root.name}",
        PYTHONIOENCODING="ascii",
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    assert [line.strip("│ ") for line in asked.stdout.splitlines() if "│" in line] == ["é", "int64", "50"]


def test_nothing_is_changed_and_no_other_file_is_read_and_the_next_statement_is_answered(
    lake: DirectoryLake, tmp_path: Path
) -> None:
    secret, before = tmp_path / "secret.csv", (lake.root / CATALOG).read_bytes()
    secret.write_text("hush\n")
    refused = [
        "DROP VIEW top_50;",
        f"FROM read_text('{secret}');",
        f"ATTACH '{tmp_path}/new.duckdb';",
        "SET lock_configuration = false;",
        f".read {secret}",
        f".shell cat {secret}",
    ]
    asked = ask("\n".join([*refused, "SELECT 'after';"]), TOP50_LAKE=str(lake.root))
    assert asked.returncode == 1
    assert asked.stderr.count("Error:") + asked.stderr.count("-safe mode") == len(refused)
    assert "after" in asked.stdout
    assert "hush" not in asked.stdout + asked.stderr
    assert (lake.root / CATALOG).read_bytes() == before
    assert list(tmp_path.iterdir()) == [secret]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_session_at_a_terminal_ends_well_after_a_mistake(
    lake: DirectoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOP50_LAKE", str(lake.root))
    monkeypatch.setattr(sys, "argv", ["sql"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # this process keeps its Ctrl-C
    monkeypatch.setattr(subprocess, "call", lambda _: 1)
    for source, code in ((Terminal(), 0), (io.StringIO(), 1)):
        monkeypatch.setattr(sys, "stdin", source)
        assert main() == code


@pytest.mark.parametrize(
    ("lake_of_settings", "words"),
    [
        ("missing", "there is no missing/catalog.duckdb. Run make run"),
        ("s3://bucket", "is on S3. Query it with Athena"),
    ],
)
def test_without_a_catalog_one_line_says_what_to_do(lake_of_settings: str, words: str) -> None:
    asked = run(main, {"TOP50_LAKE": lake_of_settings})
    assert (asked.returncode, asked.stdout) == (1, "")
    assert words in asked.stderr
    assert len(asked.stderr.splitlines()) == 1


def test_make_sql_runs_it() -> None:
    command = ["make", "--dry-run", "--old-file", ".env", "--old-file", ".venv/installed", "sql"]
    dry = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "deployments.sql" in dry.stdout
