"""A lake of its own on the shared S3 server for each test, and its crawlers."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest

from tests.servers.glue import GlueServer, create_crawlers
from tests.servers.seaweedfs import S3Server
from top50.lake.s3 import S3Lake

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient


@pytest.fixture
def lake(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Lake:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    return S3Lake(s3_server.bucket, f"lake-{uuid4().hex[:8]}", boto3.Session())


@pytest.fixture
def glue(glue_server: GlueServer, s3_server: S3Server, lake: S3Lake) -> GlueServer:
    glue_server.reset()
    glue_server.crawls_take(0.1, 0.05)
    create_crawlers(glue_server, s3_server.bucket, lake.address.rpartition("/")[2], "spotify_top50")
    glue_server.calls.clear()
    return glue_server


@pytest.fixture
def client(glue: GlueServer) -> Iterator["GlueClient"]:
    with closing(glue.client()) as client:
        yield client
