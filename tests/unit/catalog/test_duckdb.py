"""catalog.duckdb: the tables in one file for any DuckDB client."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from top50.catalog import duckdb as catalog
from top50.catalog.duckdb import CATALOG, refresh_duckdb
from top50.errors import CatalogError, Top50Error
from top50.lake.directory import DirectoryLake
from top50.tables.schemas import TABLES

from ..builders import chart, csv_name, new_csv, published

BEFORE = chart(added_at="2025-12-26T12:00:00Z", key="chart=global-weekly/before.json")
COUNTS = {"artist": 50, "album": 26, "song_artists": 50, "songs": 50, "chart_entries": 100}
READ_OLD_AND_NEW = """
import duckdb, sys
old = duckdb.connect(sys.argv[1], read_only=True)
print(old.sql("SELECT count(*) FROM chart_entries").fetchone()[0], flush=True)
sys.stdin.readline()
print(old.sql("SELECT count(*) FROM chart_entries").fetchone()[0], flush=True)
old.close()
print(duckdb.connect(sys.argv[1], read_only=True).sql("SELECT count(*) FROM chart_entries").fetchone()[0])
"""


def query(lake: DirectoryLake, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(lake.root / CATALOG), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_it_holds_the_rows_types_keys_and_comments_of_every_table(lake: DirectoryLake) -> None:
    published(lake, BEFORE, chart(), (csv_name(), new_csv()))
    assert refresh_duckdb(lake) == COUNTS
    for name, rows in COUNTS.items():
        assert query(lake, f"SELECT count(*) FROM {name}") == [(rows,)]
    types = dict(query(lake, "SELECT DISTINCT column_name, data_type FROM duckdb_columns()"))
    expected = {"chart_date": "DATE", "rank": "INTEGER", "streams": "BIGINT", "explicit": "BOOLEAN"}
    expected |= {"updated_at": "TIMESTAMP", "observed_at": "TIMESTAMP", "chart": "VARCHAR", "year": "VARCHAR"}
    assert {name: types[name] for name in expected} == expected
    for table in TABLES.values():
        comments = query(
            lake, f"SELECT column_name, comment FROM duckdb_columns() WHERE table_name = '{table.name}'"
        )
        assert dict(comments) == dict(table.comments)
    assert query(lake, "SELECT count(comment) FROM duckdb_tables()") == [(5,)]


def test_values_are_those_of_the_files_in_utc(lake: DirectoryLake) -> None:
    published(lake, BEFORE, chart())
    refresh_duckdb(lake)
    sql = """SELECT chart, year, chart_date::VARCHAR, observed_at::VARCHAR, song_name
             FROM chart_entries JOIN songs USING (song_id) WHERE rank = 3 ORDER BY chart_date"""
    assert query(lake, sql) == [
        ("global-weekly", "2025", "2025-12-25", "2025-12-26 12:00:00", "Song 3"),
        ("global-weekly", "2026", "2026-11-19", "2026-11-20 12:00:00", "Song 3"),
    ]


def without(lake: DirectoryLake, **columns: str) -> None:
    """Leave files as a release wrote them that did not have these columns yet: table → column."""
    for table, column in columns.items():
        for file in (lake.root / "transformed_data" / table).rglob("*.parquet"):
            pq.write_table(pq.read_table(file, partitioning=None).drop_columns([column]), file)


def test_a_column_that_is_younger_than_a_file_is_null_there(lake: DirectoryLake) -> None:
    published(lake, BEFORE, chart())
    without(lake, songs="image_url", chart_entries="label")
    assert refresh_duckdb(lake) == COUNTS
    assert query(lake, "SELECT count(label) FROM chart_entries") == [(0,)]
    published(lake, (csv_name(), new_csv()))
    assert refresh_duckdb(lake) == COUNTS
    assert query(lake, "SELECT count(label), count(*) FROM chart_entries") == [(50, 100)]
    assert query(lake, "SELECT count(image_url) FROM songs") == [(0,)], (
        "the file has it from now on, and no more"
    )
    assert query(lake, "SELECT count(image_url) FROM top_50") == [(100,)]


def test_tables_without_a_file_are_there_and_empty(lake: DirectoryLake) -> None:
    assert refresh_duckdb(lake) == dict.fromkeys(COUNTS, 0)
    published(lake, (csv_name(), new_csv()))
    assert refresh_duckdb(lake) == {**dict.fromkeys(COUNTS, 0), "songs": 50, "chart_entries": 50}
    assert query(lake, "SELECT * FROM album") == []


def test_it_is_replaced_as_a_whole_while_somebody_reads_the_old_one(lake: DirectoryLake) -> None:
    published(lake, chart())
    refresh_duckdb(lake)
    command = [sys.executable, "-c", READ_OLD_AND_NEW, str(lake.root / CATALOG)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "50\n"
        published(lake, BEFORE)
        refresh_duckdb(lake)
        assert reader.communicate("go on\n", timeout=20)[0] == "50\n100\n"
    assert sorted(path.name for path in lake.root.iterdir() if path.is_file()) == [CATALOG]


def test_a_lake_may_be_called_anything_beside_any_other(tmp_path: Path) -> None:
    lake, other = (
        DirectoryLake(tmp_path / name, create=True) for name in ("it's a st*r? 🎵", "it's a star1 🎵")
    )
    published(lake, chart())
    published(other, BEFORE, chart())
    assert refresh_duckdb(lake)["chart_entries"] == 50


def test_a_file_that_cannot_be_read_is_named_and_the_old_catalog_stays(lake: DirectoryLake) -> None:
    published(lake, chart())
    refresh_duckdb(lake)
    lake.write("transformed_data/songs/songs.parquet", b"PAR1 but no more")
    with pytest.raises(Top50Error, match=r"songs.*rebuild"):
        refresh_duckdb(lake)
    assert query(lake, "SELECT count(*) FROM songs") == [(50,)]


def test_a_duckdb_that_does_not_end_is_one_clear_line(
    lake: DirectoryLake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "LONGEST", 0.01)
    with pytest.raises(CatalogError, match=r"DuckDB did not make catalog\.duckdb within .* and run it again"):
        refresh_duckdb(lake)
