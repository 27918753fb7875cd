"""Lineage as Prefect assets: what each step reads and makes, from Spotify through raw to the catalog."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from prefect.assets import Asset, AssetProperties, add_asset_metadata

from tasks.run import Run
from top50.catalog.duckdb import CATALOG
from top50.charts import SIMULATOR, Chart
from top50.lake import Lake
from top50.settings import Settings
from top50.tables.files import TRANSFORMED, Published
from top50.tables.schemas import TABLES

# Prefect refuses these in an asset's key, and keys of more than 512 characters.
_REFUSED = re.compile(r"[\s\0#?&%\"'<>\[\]{}|\\^`]")
_LONGEST_ADDRESS = 400


class Lineage(NamedTuple):
    """What a step makes, and of what."""

    makes: list[Asset]
    reads: list[Asset | str]


def of_raw(run: Run) -> Lineage:
    """Return the lineage of landing: the source's charts → raw objects."""
    return Lineage([_raw(run.lake)], [_chart(run.settings, chart) for chart in run.settings.charts])


def _chart(settings: Settings, chart: Chart) -> Asset:
    if settings.source == SIMULATOR:
        return _asset(f"simulator://{chart.name}", f"Simulated {chart.name}")
    playlist = settings.playlist or chart.playlist_id
    if settings.source == "playlist" and playlist:
        return _asset(f"https://open.spotify.com/playlist/{playlist}", f"Spotify playlist {playlist}")
    return _asset(
        f"https://charts.spotify.com/{settings.source}/{chart.name}", f"Spotify Charts {chart.name}"
    )


def of_tables(run: Run) -> Lineage:
    """Return the lineage of publishing: raw objects → tables."""
    return Lineage(_tables(run.lake), [_raw(run.lake)])


def of_catalog(run: Run) -> Lineage:
    """Return the lineage of the catalog: tables → catalog."""
    kind = run.settings.catalog_name
    key = f"{_address(run.lake)}/{CATALOG}" if kind == "duckdb" else f"glue://{run.settings.glue_database}"
    return Lineage([_asset(key, f"Catalog ({kind})")], [*_tables(run.lake)])


def add_row_counts(lake: Lake, published: Iterable[Published]) -> None:
    """Add to each table's asset how many files and rows it has now, and how many rows are new."""
    rows: dict[str, dict[str, int]] = {}
    for file in published:
        counts = rows.setdefault(file.table, {"files": 0, "rows": 0, "new": 0})
        counts["files"] += 1
        counts["rows"] += file.rows
        counts["new"] += file.added
    for table, counts in rows.items():
        add_asset_metadata(_table_key(lake, table), counts)


def _raw(lake: Lake) -> Asset:
    return _asset(
        f"{_address(lake)}/raw_data", "Raw answers", "What the source answered, with nothing dropped."
    )


def _tables(lake: Lake) -> list[Asset]:
    return [
        _asset(_table_key(lake, name), name, (table.schema.__doc__ or "").strip())
        for name, table in TABLES.items()
    ]


def _table_key(lake: Lake, table: str) -> str:
    return f"{_address(lake)}/{TRANSFORMED}{table}"


def _address(lake: Lake) -> str:
    address = lake.address if "://" in lake.address else f"file://{lake.address}"
    return _REFUSED.sub("_", address)[:_LONGEST_ADDRESS]


def _asset(key: str, name: str, description: str | None = None) -> Asset:
    return Asset(key=_REFUSED.sub("_", key), properties=AssetProperties(name=name, description=description))
