"""The stand-in for Glue's crawlers: what a crawl makes of files, and what it refuses."""

import io
import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from obstore.store import S3Store

from .seaweedfs import S3Server

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient
    from types_boto3_glue.type_defs import LastCrawlInfoTypeDef

pytestmark = pytest.mark.server

ALBUM, ENTRIES = "spotify_album_crawler", "spotify_chart_entries_crawler"
ALBUM_KEY = "top50/transformed_data/album/album.parquet"
YEARS = "top50/transformed_data/chart_entries/chart=global-weekly/year={}/chart_entries.parquet"


def put(store: S3Store, key: str, **columns: pa.Array) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    store.put(key, file.getvalue())


def crawled(client: "GlueClient", name: str) -> "LastCrawlInfoTypeDef":
    client.start_crawler(Name=name)
    deadline = time.monotonic() + 20
    while (crawler := client.get_crawler(Name=name)["Crawler"])["State"] != "READY":
        assert time.monotonic() < deadline, crawler["State"]
        time.sleep(0.01)
    return crawler["LastCrawl"]


def test_a_crawl_makes_the_table_and_the_next_one_adds_to_it(
    client: "GlueClient", store: S3Store, s3: S3Server
) -> None:
    put(store, YEARS.format(2025), rank=pa.array([1], pa.int32()))
    assert crawled(client, ENTRIES)["Status"] == "SUCCEEDED"
    put(store, YEARS.format(2026), rank=pa.array([1], pa.int32()), source=pa.array(["playlist"]))
    crawled(client, ENTRIES)
    table = client.get_table(DatabaseName="charts", Name="chart_entries")["Table"]
    columns = [(each["Name"], each.get("Type")) for each in table["StorageDescriptor"]["Columns"]]
    assert columns == [("rank", "int"), ("source", "string")]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["chart", "year"]
    partitions = client.get_partitions(DatabaseName="charts", TableName="chart_entries")["Partitions"]
    assert [partition["Values"] for partition in partitions] == [
        ["global-weekly", "2025"],
        ["global-weekly", "2026"],
    ]
    descriptor = partitions[1]["StorageDescriptor"]
    assert descriptor["Location"] == f"s3://{s3.bucket}/{YEARS.format(2026).rpartition('/')[0]}/"
    assert descriptor["Columns"] == table["StorageDescriptor"]["Columns"]


@pytest.mark.parametrize(
    ("key", "columns", "message"),
    [
        ("album/total.parquet", {"total_tracks": pa.array(["12"])}, "total_tracks is string here and int"),
        ("album/year=2026/album.parquet", {"album_id": pa.array(["b"])}, "partition keys"),
        ("album/nested.parquet", {"artists": pa.array([["b"]])}, "no Hive type for artists"),
        ("album/notes.txt", {}, "notes.txt is no Parquet file"),
    ],
)
def test_a_table_that_would_be_split_fails(
    client: "GlueClient", store: S3Store, key: str, columns: dict[str, pa.Array], message: str
) -> None:
    put(store, ALBUM_KEY, album_id=pa.array(["a"]), total_tracks=pa.array([12], pa.int32()))
    store.put("top50/transformed_data/album/_SUCCESS", b"")
    put(store, f"top50/transformed_data/{key}", **columns)
    if not columns:
        store.put(f"top50/transformed_data/{key}", b"not a table")
    last_crawl = crawled(client, ALBUM)
    assert last_crawl["Status"] == "FAILED"
    assert message in last_crawl["ErrorMessage"]
