"""How long a BI tool waits: each view restricted to one chart and year, on ten years of weekly charts.

Beside it the same query on `catalog.duckdb`. The views read the lake's Parquet files where they lie, as
Athena does. A song's identity and history are those of all years, so these views read all partitions.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from tests.bench.figures import Duel, Figure, alternate, timed
from tests.bench.scale import Scale
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.catalog.views import VIEWS, View
from top50.lake.directory import DirectoryLake
from top50.simulator import snapshot
from top50.tables.publish import publish
from top50.tables.schemas import CHART_ENTRIES, TABLES
from top50.transform import build_tables

NEWEST = datetime(2026, 11, 20, 22, tzinfo=UTC)
YEAR = "chart_date BETWEEN DATE '2026-01-01' AND DATE '2026-12-31'"
CHART = "chart = 'global-weekly'"


def measure(scale: Scale, folder: Path) -> list[Figure]:
    """Ask each view both ways, in turn."""
    lake = DirectoryLake(folder / "lake", create=True)
    weeks = range(scale.history)
    raws = ((f"{week}.json", snapshot("global-weekly", NEWEST - timedelta(weeks=week))) for week in weeks)
    publish(lake, build_tables(raws).tables)
    refresh_duckdb(lake)
    with duckdb.connect() as files, duckdb.connect(str(lake.root / CATALOG), read_only=True) as catalog:
        _look_at_files(files, lake.root)
        return [_ask(view, files, catalog, scale.rounds) for view in VIEWS.values()]


def _look_at_files(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    for table in TABLES:
        path = f"{root}/transformed_data/{table}/**/*.parquet"
        hive = (
            ", hive_partitioning = true, hive_types_autocast = false" if table == CHART_ENTRIES.name else ""
        )
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}'{hive})")
    for view in VIEWS.values():
        connection.execute(f"CREATE VIEW {view.name} AS {view.duckdb_sql}")


def _ask(
    view: View, files: duckdb.DuckDBPyConnection, catalog: duckdb.DuckDBPyConnection, rounds: int
) -> Figure:
    restrictions = [
        each for each, column in ((CHART, "chart"), (YEAR, "chart_date")) if column in view.columns
    ]
    sql = f"SELECT * FROM {view.name}" + (f" WHERE {' AND '.join(restrictions)}" if restrictions else "")

    def of(connection: duckdb.DuckDBPyConnection) -> Callable[[], float]:
        seconds = timed(lambda: connection.execute(sql).fetchall())
        return lambda: 1000 * seconds()

    contenders = {"parquet": of(files), "catalog.duckdb": of(catalog)}
    alternate(contenders, 1)  # the first look is for the disk
    runs = alternate(contenders, rounds)
    duel = Duel(runs, "parquet", "catalog.duckdb", unit="ms")
    return duel.more(f"view {view.name}", "ours < 100 ms", {"sql": sql})
