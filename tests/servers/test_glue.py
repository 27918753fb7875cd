from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from .crawling import ALBUM, ENTRIES
from .glue import TABLES, GlueServer
from .seaweedfs import S3Server

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

pytestmark = pytest.mark.server


def test_there_are_five_crawlers(client: "GlueClient", s3: S3Server) -> None:
    crawlers = {crawler["Name"]: crawler for crawler in client.get_crawlers()["Crawlers"]}
    assert set(crawlers) == {f"spotify_{table}_crawler" for table in TABLES}
    path = crawlers[ENTRIES]["Targets"]["S3Targets"][0]["Path"]
    assert path == f"s3://{s3.bucket}/top50/transformed_data/chart_entries/"
    assert all(crawler["State"] == "READY" and "LastCrawl" not in crawler for crawler in crawlers.values())


def test_throttling_passes_after_its_number_of_calls(client: "GlueClient", glue: GlueServer) -> None:
    glue.throttle_next(2)
    for _ in range(2):
        with pytest.raises(ClientError, match="ThrottlingException"):
            client.get_crawler(Name=ALBUM)
    assert client.get_crawler(Name=ALBUM)["Crawler"]["State"] == "READY"
    assert glue.calls == ["GetCrawler"] * 3


def test_a_server_error_passes_after_its_number_of_calls(client: "GlueClient", glue: GlueServer) -> None:
    glue.answer_5xx_next(1)
    with pytest.raises(ClientError) as caught:
        client.start_crawler(Name=ALBUM)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    client.start_crawler(Name=ALBUM)


def test_a_reset_forgets_everything(client: "GlueClient", glue: GlueServer) -> None:
    client.start_crawler(Name=ALBUM)
    glue.throttle_next(1)
    glue.reset()
    assert client.get_crawlers()["Crawlers"] == []
    assert client.get_databases()["DatabaseList"] == []
    assert glue.calls == ["GetCrawlers", "GetDatabases"]
