"""A small SQL prompt on the lake's catalog.duckdb, which it cannot change."""

import argparse
import cmd
import io
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import IO

import duckdb

from top50.catalog.duckdb import CATALOG
from top50.command import run_command
from top50.errors import CatalogError, SettingsError
from top50.settings import load_settings

_HELP = """SQL ends with a semicolon, or with an empty line.
SHOW TABLES;            tables and views
DESCRIBE top_50;        columns of one
quit, or Ctrl-D         the end
"""
_THE_END = {"quit", "exit", "quit()", "exit()", "\\q", ".quit", ".exit"}
_NOT_SQL = (
    "✗ {word} belongs to another prompt. SHOW TABLES; lists tables and views, DESCRIBE top_50; columns.\n"
)
# A view in a catalog that somebody mailed reads none of the user's files.
_SHUT: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "lock_configuration": "true",
}
_WIDTH_OF_A_PIPE = 160


class Prompt(cmd.Cmd):
    """Reads SQL line by line and shows each result as a table; an error is told, and the next line read."""

    intro = 'SQL on the catalog, read-only; "help" helps.'
    prompt = "top50> "

    def __init__(self, catalog: duckdb.DuckDBPyConnection, source: IO[str]) -> None:
        super().__init__(stdin=source)
        self.failed = False
        """Whether any statement was refused."""
        self._catalog = catalog
        self._pending: list[str] = []
        # readline serves a terminal; a pipe is read as it comes, without prompts in between.
        self.use_rawinput = source.isatty()
        if not self.use_rawinput:
            self.intro, self.prompt = "", ""

    def onecmd(self, line: str) -> bool:
        """Take a line: a word of the prompt's own, or SQL, which may go on over several; True is the end."""
        word = line.strip().rstrip(";").lower()
        if line == "EOF" or (word in _THE_END and (self.use_rawinput or not self._pending)):
            self._run()
            return True
        if not self._pending and word == "help":
            self.stdout.write(_HELP)
            return False
        if not self._pending and word.startswith(("\\", ".")):
            self.failed = True
            self.stdout.write(_harmless(_NOT_SQL.format(word=word.split()[0])))
            return False
        self._pending.append(line)
        if not word or line.rstrip().endswith(";"):
            self._run()
        return False

    def _run(self) -> None:
        text, self._pending = "\n".join(self._pending), []
        try:
            for statement in self._catalog.extract_statements(text):
                _show(self._catalog.sql(statement.query))
        except duckdb.Error as error:
            self.failed = True
            self.stdout.write(_harmless(f"✗ {error}\n"))


def _show(result: duckdb.DuckDBPyRelation | None) -> None:
    if result is not None:  # SET and the like return nothing
        width = shutil.get_terminal_size((_WIDTH_OF_A_PIPE, 24)).columns
        with redirect_stdout(io.StringIO()) as shown:
            result.show(max_rows=200, max_width=width)
        sys.stdout.write(_harmless(shown.getvalue()))


def _harmless(text: str) -> str:
    """Blot out what a terminal could act on and DuckDB lets pass: 8-bit controls, marks that turn text."""
    return "".join(mark if mark.isprintable() or mark == "\n" else "\ufffd" for mark in text)


def catalog_file() -> Path:
    """Return where the catalog of the settings is.

    Raises SettingsError for a lake on S3, CatalogError when there is no catalog yet.
    """
    settings = load_settings()
    if settings.is_s3:
        raise SettingsError(f"the lake {settings.lake} is on S3", "Ask Athena, or set TOP50_LAKE.")
    file = Path(settings.lake, CATALOG).expanduser()
    if not file.is_file():
        raise CatalogError(f"there is no {file}", "Run make run, or set TOP50_LAKE.")
    return file


def ask(file: Path) -> int:
    """Read SQL from standard input until it ends; return the exit code.

    It is 1 when a statement of a script was refused: somebody at a terminal has seen that, and corrected it.
    """
    cli = shutil.which("duckdb")
    with duckdb.connect(str(file), read_only=True, config=_SHUT) as catalog:
        if cli and sys.stdin.isatty():  # DuckDB's own, which knows more
            subprocess.call([cli, "-safe", "-readonly", str(file)])  # noqa: S603
            return 0
        if isinstance(sys.stdin, io.TextIOWrapper) and not sys.stdin.isatty():  # not what tests put there
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # SQL is UTF-8, whatever the output is
        prompt = Prompt(catalog, sys.stdin)
        prompt.cmdloop()
    return int(prompt.failed and not prompt.use_rawinput)


def main() -> int:
    """Do it from the command line, with the lake of the settings; raises Top50Error."""
    argparse.ArgumentParser(prog="python -m top50.catalog.prompt", description=__doc__).parse_args()
    file = catalog_file()
    try:
        return ask(file)
    except duckdb.Error as error:
        raise CatalogError(f"cannot open {file}: {error}", "Run make run, which makes it anew.") from None


if __name__ == "__main__":
    run_command(main, "Interrupted.")
