"""Whether what people look at, the catalog and the pages, shows what the tables hold."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from top50.catalog.duckdb import CATALOG, temporary_catalog
from top50.lake import Lake
from top50.lake.directory import DirectoryLake
from top50.report.page.pages import make_pages
from top50.tables.files import TRANSFORMED
from top50.tables.schemas import TABLES

_PAGES = "reports/"


def out_of_date(lake: Lake) -> str:
    """Name the first thing that shows another state of the tables; empty when there is none."""
    with temporary_catalog(lake, lake.list(TRANSFORMED)) as now:
        found = [f"{CATALOG} is of another state of {name}" for name in _differing(lake, now)]
        found += [f"{key} is of another state" for key in _other_pages(lake, now)]
    return "; ".join(found)


def _differing(lake: Lake, now: Path) -> list[str]:
    stored = lake.read(CATALOG)
    if stored is None:
        return []
    with TemporaryDirectory() as folder:
        file = Path(folder, CATALOG)
        file.write_bytes(stored.content)
        return [name for name in TABLES if _rows(file, name) != _rows(now, name)]


def _rows(file: Path, table: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as catalog:
        return catalog.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()


def _other_pages(lake: Lake, now: Path) -> list[str]:
    stored = _pages(lake)
    with TemporaryDirectory() as folder:
        fresh = DirectoryLake(Path(folder))
        charts = {Path(key).stem for key in stored if key.count("/") == 1}
        make_pages(fresh, now, dict.fromkeys(charts, ""))
        made = _pages(fresh)
    return [key for key in stored.keys() | made.keys() if stored.get(key) != made.get(key)]


def _pages(lake: Lake) -> dict[str, bytes]:
    found = {item.key: lake.read(item.key) for item in lake.list(_PAGES)}
    return {key: stored.content for key, stored in found.items() if stored}
