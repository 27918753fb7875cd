"""`catalog.duckdb` beside the files that it is a copy of: one made anew must say the same."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from top50.catalog.duckdb import CATALOG, temporary_catalog
from top50.catalog.views import VIEWS
from top50.checks.finding import Finding
from top50.checks.verify.told import Problem, told
from top50.errors import Top50Error
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.printed_commands import module_command
from top50.settings import Settings
from top50.tables import TABLES
from top50.tables.files import TRANSFORMED

_NAME = "catalog"
_RUN = f"Run {module_command('flows.process_pending')}: every run makes it anew."


def check_catalog(lake: Lake, settings: Settings, *, readable: bool) -> Iterator[Finding]:
    """Yield whether the catalog in a directory lake agrees with the files, where they are `readable`."""
    if not isinstance(lake, DirectoryLake):
        told_by = "of Glue and Athena is looked at by make doctor"
        yield Finding(_NAME, "note", f"the catalog {told_by}", needed=False)
    elif not (lake.root / CATALOG).is_file():
        missing = settings.catalog_name == "duckdb" and any(lake.list("transformed_data/"))
        found = [Problem(f"there is no {CATALOG}, and there are tables", _RUN)] if missing else []
        yield from told(_NAME, found, "there is none")
    elif not readable:
        yield Finding(_NAME, "note", "not compared: see types", needed=False)
    else:
        yield from told(_NAME, _compared(lake), f"{CATALOG} says what the files say")


def _compared(lake: DirectoryLake) -> Iterator[Problem]:
    try:
        with temporary_catalog(lake, lake.list(TRANSFORMED)) as anew:
            yield from _differences(lake.root / CATALOG, anew)
    except Top50Error as error:
        yield Problem(error.what, error.remedy)
    except duckdb.Error as error:
        yield Problem(f"{CATALOG} cannot be read: {str(error).splitlines()[0]}", _RUN)


def _differences(there: Path, anew: Path) -> Iterator[Problem]:
    with (
        tempfile.TemporaryDirectory(prefix="top50-") as folder,
        duckdb.connect(config={"threads": 1, "temp_directory": folder}) as connection,
    ):
        for name, file in (("there", there), ("anew", anew)):
            path = str(file).replace("'", "''")
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        for name in TABLES:
            if _other_rows(connection, name):
                yield Problem(f"{CATALOG} has other rows of {name} than its files", _RUN)
        if _views(connection, "there") != _views(connection, "anew"):
            yield Problem(f"{CATALOG} has other views than this release: {', '.join(VIEWS)}", _RUN)


def _other_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    one, other = f"FROM there.{table}", f"FROM anew.{table}"
    query = f"(({one} EXCEPT ALL {other}) UNION ALL ({other} EXCEPT ALL {one})) LIMIT 1"
    return connection.execute(query).fetchone() is not None


def _views(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    query = "SELECT view_name, sql FROM duckdb_views() WHERE database_name = ? AND NOT internal"
    return dict(connection.execute(query, [database]).fetchall())
