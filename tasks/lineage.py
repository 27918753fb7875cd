"""Lineage as Prefect assets: what each step reads and makes, from Spotify through raw to the catalog."""

import re
from collections.abc import Iterable
from typing import TypedDict

from prefect.assets import Asset, AssetProperties, add_asset_metadata

from top50.catalog.duckdb import CATALOG
from top50.charts import CHARTS, SIMULATOR
from top50.lake import Lake
from top50.settings import Settings
from top50.tables import TABLES
from top50.tables.files import TRANSFORMED, Published

# Prefect refuses these in an asset's key, and keys of more than 512 characters.
_REFUSED = re.compile(r"[\s\0#?&%\"'<>\[\]{}|\\^`]")
_LONGEST_ADDRESS = 400


class Lineage(TypedDict):
    """Options of a step."""

    assets: list[Asset]
    asset_deps: list[Asset | str]


def of_raw(lake: Lake, settings: Settings) -> Lineage:
    """Return the lineage of landing: the source's chart → raw objects."""
    return Lineage(assets=[_raw(lake)], asset_deps=[_source(settings)])


def of_tables(lake: Lake) -> Lineage:
    """Return the lineage of publishing: raw objects → tables."""
    return Lineage(assets=_tables(lake), asset_deps=[_raw(lake)])


def of_catalog(lake: Lake, settings: Settings) -> Lineage:
    """Return the lineage of the catalog: tables → catalog; none where there is no catalog."""
    kind = settings.catalog_name
    if kind == "none":
        return Lineage(assets=[], asset_deps=[])
    key = f"{_address(lake)}/{CATALOG}" if kind == "duckdb" else f"glue://{settings.glue_database}"
    return Lineage(assets=[_asset(key, f"Catalog ({kind})")], asset_deps=[*_tables(lake)])


def tell_rows(lake: Lake, published: Iterable[Published]) -> None:
    """Add to each table's asset how many rows its files have now, and how many are new."""
    rows: dict[str, dict[str, int]] = {}
    for file in published:
        counts = rows.setdefault(file.table, {"files": 0, "rows": 0, "new": 0})
        counts["files"] += 1
        counts["rows"] += file.rows
        counts["new"] += file.added
    for table, counts in rows.items():
        add_asset_metadata(_table_key(lake, table), counts)


def _source(settings: Settings) -> Asset:
    chart = settings.chosen_chart
    if settings.source == SIMULATOR:
        return _asset(f"simulator://{chart.name}", f"Simulated {chart.name}")
    playlist = settings.playlist or CHARTS[chart.name].playlist_id
    if settings.source == "playlist":
        return _asset(f"https://open.spotify.com/playlist/{playlist}", f"Spotify playlist {playlist}")
    return _asset(
        f"https://charts.spotify.com/{settings.source}/{chart.name}", f"Spotify Charts {chart.name}"
    )


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
