"""`catalog.duckdb`: does it agree with the files that it is a copy of?"""

import tempfile
from collections.abc import Iterator

import duckdb

from top50.catalog.duckdb import CATALOG, temporary_catalog
from top50.catalog.views import VIEWS
from top50.checks.finding import Finding, Problem, failures_or_ok
from top50.errors import Top50Error
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.printed_commands import module_command
from top50.settings import Settings
from top50.tables.files import TRANSFORMED
from top50.tables.schemas import TABLES

_RUN = f"Run {module_command('flows.process_pending')}: every run replaces it."


def check_catalog(lake: Lake, settings: Settings, *, readable: bool) -> Iterator[Finding]:
    """Yield whether the catalog of a directory lake agrees with the files, if these are `readable`."""
    if not isinstance(lake, DirectoryLake):
        yield Finding("catalog", "note", "make doctor checks the one in Glue and Athena", needed=False)
    elif not (lake.root / CATALOG).is_file():
        missing = settings.catalog_name == "duckdb" and any(lake.list(TRANSFORMED))
        problems = [Problem(f"{CATALOG} is missing, and there are tables", _RUN)] if missing else []
        yield from failures_or_ok("catalog", problems, "there is none to check")
    elif not readable:
        yield Finding("catalog", "note", "not compared: see types", needed=False)
    else:
        yield from failures_or_ok("catalog", _differences(lake), f"{CATALOG} agrees with the files")


def _differences(lake: DirectoryLake) -> Iterator[Problem]:
    try:
        with (
            temporary_catalog(lake, lake.list(TRANSFORMED)) as expected,
            tempfile.TemporaryDirectory(prefix="top50-") as folder,
            duckdb.connect(config={"threads": 1, "temp_directory": folder}) as connection,
        ):
            for name, file in (("actual", lake.root / CATALOG), ("expected", expected)):
                path = str(file).replace("'", "''")
                connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
            for name in TABLES:
                if _rows_differ(connection, name):
                    yield Problem(f"{CATALOG} has other rows of {name} than its files", _RUN)
            if _views(connection, "actual") != _views(connection, "expected"):
                yield Problem(f"{CATALOG} has other views than this release: {', '.join(VIEWS)}", _RUN)
    except Top50Error as error:
        yield Problem(error.what, error.remedy)
    except duckdb.Error as error:
        yield Problem(f"{CATALOG} cannot be read: {str(error).splitlines()[0]}", _RUN)


def _rows_differ(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    actual, expected = f"FROM actual.{table}", f"FROM expected.{table}"
    query = f"(({actual} EXCEPT ALL {expected}) UNION ALL ({expected} EXCEPT ALL {actual})) LIMIT 1"
    return connection.execute(query).fetchone() is not None


def _views(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    query = "SELECT view_name, sql FROM duckdb_views() WHERE database_name = ? AND NOT internal"
    return dict(connection.execute(query, [database]).fetchall())
