"""A lake of its own on the shared S3 server for each test, and its crawlers."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

import polars as pl
import pytest
from botocore.config import Config

from tests.servers.glue import GlueServer, create_crawlers
from tests.servers.seaweedfs import S3Server
from top50.aws import AwsSession
from top50.catalog.athena import Athena
from top50.catalog.aws import Polling
from top50.catalog.glue.crawlers import crawler_name, run_crawlers
from top50.lake.s3 import S3Lake
from top50.simulator import snapshot
from top50.tables.files import Published
from top50.tables.publish import publish
from top50.tables.schemas import TABLES
from top50.transform import build_tables

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_glue import GlueClient

DATABASE = "spotify_top50"
CRAWLERS = [crawler_name(table) for table in TABLES]
QUICK = Polling(first_wait=0.02, longest_wait=0.05, timeout=20)
FRIDAY = datetime(2026, 11, 20, 22, tzinfo=UTC)
A_YEAR_AGO = datetime(2025, 11, 21, 22, tzinfo=UTC)


@pytest.fixture
def lake(s3_server: S3Server, aws: AwsSession) -> S3Lake:
    return S3Lake(s3_server.bucket, f"lake-{uuid4().hex[:8]}", aws)


@pytest.fixture
def glue(glue_server: GlueServer, s3_server: S3Server, lake: S3Lake) -> GlueServer:
    glue_server.reset()
    glue_server.crawls_take(0.1, 0.05)
    create_crawlers(glue_server, s3_server.bucket, lake.address.rpartition("/")[2], DATABASE)
    glue_server.calls.clear()
    return glue_server


ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def client(glue: GlueServer, aws: AwsSession) -> Iterator["GlueClient"]:
    assert glue
    with closing(aws.client("glue", config=ONCE)) as client:
        yield client


@pytest.fixture
def boto_session(aws: AwsSession) -> AwsSession:
    return aws


@pytest.fixture
def athena_client(glue: GlueServer, aws: AwsSession) -> Iterator["AthenaClient"]:
    assert glue
    with closing(aws.client("athena", config=ONCE)) as client:
        yield client


@pytest.fixture
def athena(athena_client: "AthenaClient", lake: S3Lake) -> Athena:
    return Athena(athena_client, DATABASE, "primary", f"{lake.address}/athena_results/", QUICK)


@cache
def built(at: datetime) -> dict[str, pl.DataFrame]:
    """The tables of the week before a Friday."""
    return build_tables([(f"{at:%Y-%m-%d}.json", snapshot("global-weekly", at))]).tables


Publish = Callable[[datetime], dict[str, Published]]


@pytest.fixture
def publish_week(lake: S3Lake) -> Publish:
    """Publishes the week before a Friday; returns what a run would say it wrote."""

    return lambda at: {file.key: file for file in publish(lake, built(at))}


@pytest.fixture
def published(publish_week: Publish) -> dict[str, Published]:
    """What the second of two runs wrote, a year apart: two partitions, of which it wrote one."""
    publish_week(A_YEAR_AGO)
    return publish_week(FRIDAY)


@pytest.fixture
def crawled(published: dict[str, Published], client: "GlueClient") -> dict[str, Published]:
    """The same, crawled."""
    run_crawlers(client, CRAWLERS, polling=QUICK)
    return published
