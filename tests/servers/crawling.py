"""What the tests of Glue have in common: files to crawl, and waiting for a crawl's end."""

import io
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from obstore.store import S3Store

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient
    from types_boto3_glue.type_defs import CrawlerTypeDef

ALBUM = "spotify_album_crawler"
ENTRIES = "spotify_chart_entries_crawler"
ALBUM_KEY = "top50/transformed_data/album/album.parquet"
YEARS = "top50/transformed_data/chart_entries/chart=global-weekly/year={}/chart_entries.parquet"


def put_table(store: S3Store, key: str, columns: dict[str, pa.Array]) -> None:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    store.put(key, file.getvalue())


def put_album(store: S3Store, **more: pa.Array) -> None:
    columns = {
        "album_id": pa.array(["a"]),
        "release_date": pa.array([date(2026, 1, 1)]),
        "total_tracks": pa.array([12], pa.int32()),
        "updated_at": pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")),
    }
    put_table(store, ALBUM_KEY, {**columns, **more})


def crawled(client: "GlueClient", name: str) -> "CrawlerTypeDef":
    client.start_crawler(Name=name)
    return ready(client, name)


def ready(client: "GlueClient", name: str) -> "CrawlerTypeDef":
    return when(client, name, lambda crawler: crawler["State"] == "READY")


def when(client: "GlueClient", name: str, is_so: Callable[["CrawlerTypeDef"], bool]) -> "CrawlerTypeDef":
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        crawler = client.get_crawler(Name=name)["Crawler"]
        if is_so(crawler):
            return crawler
        time.sleep(0.02)
    raise TimeoutError(name)
