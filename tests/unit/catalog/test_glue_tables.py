"""What Glue is to say of our tables, and which files it is said of."""

from pathlib import Path

from top50.catalog.glue.tables import (
    column_definitions,
    hive_columns,
    list_table_files,
    partition_values,
    storage_descriptor,
)
from top50.lake.directory import DirectoryLake
from top50.tables.files import chart_file, songs_file
from top50.tables.schemas import CHART_ENTRIES, SONGS, TABLES


def test_every_column_has_a_hive_type_and_a_comment_that_glue_takes() -> None:
    for table in TABLES.values():
        columns = column_definitions(table, table.types)
        assert [column["Name"] for column in columns] == list(table.types)
        assert {column["Type"] for column in columns} <= {
            "string",
            "int",
            "bigint",
            "boolean",
            "date",
            "timestamp",
        }
        assert all(column["Comment"] == table.comments[column["Name"]] for column in columns)


def test_partitions_are_no_columns_of_the_files() -> None:
    assert list(hive_columns(CHART_ENTRIES)) == CHART_ENTRIES.columns
    columns = storage_descriptor(CHART_ENTRIES, "s3://lake/")["Columns"]
    assert not {"chart", "year"} & {column["Name"] for column in columns}


def test_strays_are_listed_apart_from_our_files(tmp_path: Path) -> None:
    lake = DirectoryLake(tmp_path, create=True)
    ours = [chart_file("global-weekly", 2026), songs_file()]
    strays = [
        "transformed_data/chart_entries/chart=global-weekly/chart_entries.parquet",
        "transformed_data/chart_entries/chart=global-weekly/year=2026/more.parquet",
        "transformed_data/songs/deep/songs.parquet",
    ]
    unread = [
        "transformed_data/songs/_SUCCESS",
        "transformed_data/songs/.crc",
        "transformed_data/else/a",
        "transformed_data/stray.parquet",
        "transformed_data/album",
    ]
    for key in [*(file.key for file in ours), *strays, *unread]:
        lake.write(key, b"content")
    found = list_table_files(lake)
    assert found.files == ours
    assert found.strays == sorted(strays)
    assert found.tables == [SONGS, CHART_ENTRIES]
    assert [partition_values(file) for file in found.files] == [("global-weekly", "2026"), ()]
