"""DuckDB's own program on the lake's catalog.duckdb: read-only, and without access to any other file."""

import argparse
import signal
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from top50.catalog.duckdb import CATALOG
from top50.command import run_command
from top50.errors import CatalogError, SettingsError
from top50.settings import load_settings

# The `duckdb` script of the package changes a setting first, which -safe forbids: it would end at once.
DUCKDB = files("duckdb_cli") / "duckdb"


def catalog_file() -> Path:
    """Return where the catalog of the settings is.

    Raises SettingsError for a lake on S3, CatalogError when there is no catalog yet.
    """
    settings = load_settings()
    if settings.is_s3:
        raise SettingsError(f"the lake {settings.lake} is on S3", "Query it with Athena, or set TOP50_LAKE.")
    file = Path(settings.lake, CATALOG).expanduser()
    if not file.is_file():
        raise CatalogError(f"there is no {file}", "Run make run, or set TOP50_LAKE.")
    return file


def main() -> int:
    """Run SQL from standard input, or a prompt on a terminal; return the exit code. Raises Top50Error.

    It is 1 when a statement of a script failed: at a terminal the user has seen that, and went on.
    """
    argparse.ArgumentParser(prog="python -m deployments.sql", description=__doc__).parse_args()
    # -no-init: the first line of ~/.duckdbrc that -safe forbids would end the program.
    command = [str(DUCKDB), "-safe", "-readonly", "-no-init", str(catalog_file())]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is DuckDB's: it stops a query, not the prompt
    code = subprocess.call(command)  # noqa: S603 - a program of our own environment
    return 0 if sys.stdin.isatty() else code


if __name__ == "__main__":
    run_command(main, "Interrupted.")
