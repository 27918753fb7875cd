"""A bucket and a clean Glue for each test."""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from obstore.store import S3Store

from top50.aws import AwsSession

from .glue import GlueServer, create_crawlers
from .seaweedfs import S3Server, new_bucket

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient


@pytest.fixture
def s3(s3_server: S3Server) -> S3Server:
    return new_bucket(s3_server, f"lake-{uuid4().hex[:12]}")


@pytest.fixture
def store(s3: S3Server, aws: AwsSession) -> S3Store:
    return S3Store(s3.bucket, region=aws.region_name, virtual_hosted_style_request=True)


def store_at(s3: S3Server, endpoint_url: str) -> S3Store:
    return S3Store(
        s3.bucket,
        endpoint=endpoint_url,
        access_key_id=s3.access_key,
        secret_access_key=s3.secret_key,
        region=s3.region,
        client_options={"allow_http": True},
    )


@pytest.fixture
def glue(glue_server: GlueServer) -> GlueServer:
    glue_server.reset()
    return glue_server


@pytest.fixture
def client(glue: GlueServer, s3: S3Server) -> Iterator["GlueClient"]:
    create_crawlers(glue, s3.bucket, "top50", "charts")
    glue.calls.clear()
    with closing(glue.client()) as client:
        yield client
