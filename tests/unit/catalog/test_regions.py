"""The views over the charts of several regions, beside the same in plain Python."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import polars as pl
import pytest

from top50.simulator import chart_csv, snapshot
from top50.transform import build_tables

from .in_duckdb import Rows, rows_of, small, views_on

NEWEST = datetime(2026, 11, 20, 22, tzinfo=UTC)
CHARTS = ("global-weekly", "us-weekly", "br-weekly", "jp-weekly", "global-daily", "us-daily")
WEEKS = 5


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    """Five weeks of six charts; those of the world and of Brazil from CSVs, which have plays and labels."""
    raws = []
    for week in range(WEEKS):
        now = NEWEST - timedelta(weeks=week)
        for chart in CHARTS:
            if chart in ("global-weekly", "br-weekly"):
                raws.append(chart_csv(chart, now))
            else:
                raws.append((f"chart={chart}/{week}.json", snapshot(chart, now)))
    return build_tables(raws).tables


@pytest.fixture(scope="module")
def catalog(tables: dict[str, pl.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    with views_on(tables) as connection:
        yield connection


@pytest.fixture(scope="module")
def entries(catalog: duckdb.DuckDBPyConnection) -> Rows:
    return rows_of(
        catalog,
        "SELECT top_50.*, label FROM top_50 INNER JOIN chart_entries USING (chart, chart_date, rank)",
    )


def test_a_song_reaches_as_many_charts_as_python_counts(
    catalog: duckdb.DuckDBPyConnection, entries: Rows
) -> None:
    places: dict[tuple[Any, ...], Rows] = defaultdict(list)
    for entry in entries:
        region, period = entry["chart"].split("-")
        places[period, entry["chart_date"], entry["song_key"]].append({**entry, "region": region})
    expected = {}
    for song, found in places.items():
        best = min(found, key=lambda entry: (entry["rank"], entry["region"]))
        regions = sorted({entry["region"] for entry in found})
        in_world = sorted(
            (entry for entry in found if entry["region"] == "global"), key=lambda entry: entry["rank"]
        )
        expected[song] = {
            "song_name": best["song_name"],
            "artist_names": best["artist_names"],
            "charts": len(regions),
            "regions": ",".join(regions),
            "best_rank": best["rank"],
            "best_region": best["region"],
            "in_global": bool(in_world),
            "streams": in_world[0]["streams"] if in_world else None,
        }
    reach = {
        tuple(row.pop(name) for name in ("period", "chart_date", "song_key")): row
        for row in rows_of(catalog, "SELECT * FROM song_reach")
    }
    assert reach == expected
    assert max(row["charts"] for row in reach.values()) == 4
    assert {row["in_global"] for row in reach.values()} == {True, False}


def test_labels_are_ranked_by_their_text_and_only_where_the_source_has_one(
    catalog: duckdb.DuckDBPyConnection, entries: Rows
) -> None:
    of_label: dict[tuple[str, str], Rows] = defaultdict(list)
    for entry in entries:
        if entry["label"] is not None:
            of_label[entry["chart"], entry["label"]].append(entry)
    expected = {
        label: {
            "songs": len({entry["song_key"] for entry in found}),
            "weeks": len({entry["chart_date"] for entry in found}),
            "entries": len(found),
            "best_rank": min(entry["rank"] for entry in found),
            "points": sum(51 - entry["rank"] for entry in found),
            "streams": sum(entry["streams"] for entry in found),
        }
        for label, found in of_label.items()
    }
    found = {
        (row.pop("chart"), row.pop("label")): row for row in rows_of(catalog, "SELECT * FROM label_ranking")
    }
    assert found == expected
    assert {chart for chart, _ in found} == {"global-weekly", "br-weekly"}


def test_each_chart_has_a_history_of_its_own(
    tables: dict[str, pl.DataFrame], catalog: duckdb.DuckDBPyConnection
) -> None:
    for name in CHARTS:
        alone = {**tables, "chart_entries": tables["chart_entries"].filter(pl.col("chart") == name)}
        columns = "chart_date, rank, previous_rank, status, peak_rank, weeks_on_chart, streak_weeks"
        with views_on(alone) as only_one:
            expected = sorted(map(repr, rows_of(only_one, f"SELECT {columns} FROM chart_movement")))
        sql = f"SELECT {columns} FROM chart_movement WHERE chart = '{name}'"
        assert sorted(map(repr, rows_of(catalog, sql))) == expected


def test_points_beyond_rank_50_are_0() -> None:
    songs = [f"song{number:03}" for number in range(1, 61)]
    tables = small({"2026-11-19": songs})
    label = pl.when(pl.col("rank") > 50).then(pl.lit("Small")).otherwise(pl.lit("Large")).alias("label")
    tables["chart_entries"] = tables["chart_entries"].with_columns(label)
    with views_on(tables) as connection:
        points = rows_of(connection, "SELECT label, entries, points FROM label_ranking ORDER BY label")
    assert points == [
        {"label": "Large", "entries": 50, "points": 1275},
        {"label": "Small", "entries": 10, "points": 0},
    ]
