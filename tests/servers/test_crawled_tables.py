from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from obstore.store import S3Store

from .crawling import ALBUM, ENTRIES, YEARS, crawled, put_album, put_table
from .seaweedfs import S3Server

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

pytestmark = pytest.mark.server


def test_a_crawl_makes_the_table(client: "GlueClient", store: S3Store, s3: S3Server) -> None:
    put_album(store)
    crawled(client, ALBUM)
    table = client.get_table(DatabaseName="charts", Name="album")["Table"]
    assert [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]] == [
        ("album_id", "string"),
        ("release_date", "date"),
        ("total_tracks", "int"),
        ("updated_at", "timestamp"),
    ]
    assert table["StorageDescriptor"]["Location"] == f"s3://{s3.bucket}/top50/transformed_data/album/"
    assert table["PartitionKeys"] == []
    assert table["Parameters"]["recordCount"] == "1"


def test_a_crawl_makes_the_partitions(client: "GlueClient", store: S3Store, s3: S3Server) -> None:
    for year in (2025, 2026):
        put_table(store, YEARS.format(year), {"rank": pa.array([1], pa.int32()), "streams": pa.array([9])})
    crawled(client, ENTRIES)
    table = client.get_table(DatabaseName="charts", Name="chart_entries")["Table"]
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [
        ("chart", "string"),
        ("year", "string"),
    ]
    partitions = client.get_partitions(DatabaseName="charts", TableName="chart_entries")["Partitions"]
    assert [partition["Values"] for partition in partitions] == [
        ["global-weekly", "2025"],
        ["global-weekly", "2026"],
    ]
    descriptor = partitions[1]["StorageDescriptor"]
    assert descriptor["Location"] == f"s3://{s3.bucket}/{YEARS.format(2026).rpartition('/')[0]}/"
    assert descriptor["Columns"] == table["StorageDescriptor"]["Columns"]


def test_the_next_crawl_adds_columns_and_partitions(client: "GlueClient", store: S3Store) -> None:
    put_table(store, YEARS.format(2025), {"rank": pa.array([1], pa.int32())})
    crawled(client, ENTRIES)
    put_table(
        store, YEARS.format(2026), {"rank": pa.array([1], pa.int32()), "source": pa.array(["playlist"])}
    )
    crawled(client, ENTRIES)
    table = client.get_table(DatabaseName="charts", Name="chart_entries")["Table"]
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == ["rank", "source"]
    partitions = client.get_partitions(DatabaseName="charts", TableName="chart_entries")["Partitions"]
    assert [len(partition["StorageDescriptor"]["Columns"]) for partition in partitions] == [2, 2]


@pytest.mark.parametrize(
    ("key", "columns", "message"),
    [
        ("album/total.parquet", {"total_tracks": pa.array(["12"])}, "total_tracks is string here and int"),
        ("album/year=2026/album.parquet", {"album_id": pa.array(["b"])}, "partition keys"),
        ("album/nested.parquet", {"artists": pa.array([["b"]])}, "no Hive type for artists"),
    ],
)
def test_a_table_that_would_be_split_fails(
    client: "GlueClient", store: S3Store, key: str, columns: dict[str, pa.Array], message: str
) -> None:
    put_album(store)
    put_table(store, f"top50/transformed_data/{key}", columns)
    last_crawl = crawled(client, ALBUM)["LastCrawl"]
    assert last_crawl["Status"] == "FAILED"
    assert message in last_crawl["ErrorMessage"]


def test_a_file_that_is_no_parquet_fails_unless_hidden(client: "GlueClient", store: S3Store) -> None:
    put_album(store)
    store.put("top50/transformed_data/album/_SUCCESS", b"")
    assert crawled(client, ALBUM)["LastCrawl"]["Status"] == "SUCCEEDED"
    store.put("top50/transformed_data/album/notes.txt", b"not a table")
    assert "notes.txt is no Parquet file" in crawled(client, ALBUM)["LastCrawl"]["ErrorMessage"]
