"""The tables of charts and songs as others make them of official CSVs: all files, every week again.

`python -m tests.bench.in_csvs duckdb|polars <folder of the CSVs> <folder of the tables>`
"""

import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

_NAME = r"regional-(\w+-\w+)-(\d{4}-\d\d-\d\d)"


def in_duckdb(folder: Path, out: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            CREATE TABLE rows AS SELECT
                regexp_extract(filename, '{_NAME}', 1) AS chart,
                regexp_extract(filename, '{_NAME}', 2)::DATE AS chart_date,
                split_part(uri, ':', 3) AS song_id, * EXCLUDE (filename, uri)
            FROM read_csv('{folder}/**/*.csv', filename = true, header = true);
            COPY (SELECT * EXCLUDE (track_name, artist_names), year(chart_date) AS year FROM rows
                ORDER BY chart, chart_date, rank)
                TO '{out}/chart_entries' (FORMAT parquet, PARTITION_BY (chart, year));
            COPY (SELECT song_id, arg_max(track_name, chart_date) AS song_name,
                arg_max(artist_names, chart_date) AS artist_names FROM rows GROUP BY song_id ORDER BY song_id)
                TO '{out}/songs.parquet' (FORMAT parquet);
            """
        )


def in_polars(folder: Path, out: Path) -> None:
    name = pl.col("file").str.extract_groups(_NAME)
    rows = (
        pl.scan_csv(f"{folder}/**/*.csv", include_file_paths="file")
        .with_columns(
            chart=name.struct[0], chart_date=name.struct[1].str.to_date(), song_id=pl.col("uri").str.slice(14)
        )
        .drop("file", "uri")
        .collect()
    )
    entries = rows.drop("track_name", "artist_names").sort("chart", "chart_date", "rank")
    entries = entries.with_columns(year=pl.col("chart_date").dt.year())
    entries.write_parquet(out / "chart_entries", partition_by=["chart", "year"])
    songs = rows.sort("chart_date").group_by("song_id").last()
    songs.select("song_id", "track_name", "artist_names").sort("song_id").write_parquet(out / "songs.parquet")


WAYS: dict[str, Callable[[Path, Path], None]] = {"duckdb": in_duckdb, "polars": in_polars}

if __name__ == "__main__":
    WAYS[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
