"""A Glue server that tells the truth: moto's, with crawls that end in the tables that really lie on S3.

Athena answers at the same address, over the same catalog and the same S3.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from .athena import Athena
from .athena_engine import Engine
from .aws_json import AwsApplication, AwsError, Moto
from .crawlers import Crawlers
from .seaweedfs import REGION, s3_client

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_glue import GlueClient

TABLES = ("album", "artist", "songs", "song_artists", "chart_entries")

SHORT = 0.2, 0.1
"""Seconds for which a crawl is RUNNING, then STOPPING, unless a test says otherwise."""

CONFIGURATION = {
    "Version": 1.0,
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
    },
    "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
}


_ONCE = Config(retries={"total_max_attempts": 1}, proxies={})


def _session() -> boto3.Session:
    return boto3.Session("top50-tests", "not-a-secret-top50-tests", region_name=REGION)


@dataclass(frozen=True)
class GlueServer:
    """Where Glue answers, what it was asked, and what goes wrong next."""

    endpoint_url: str
    calls: list[str]
    crawlers: Crawlers
    athena: Athena

    def client(self) -> "GlueClient":
        """A boto3 Glue client that tries once."""
        return _session().client("glue", endpoint_url=self.endpoint_url, config=_ONCE)

    def athena_client(self) -> "AthenaClient":
        """A boto3 Athena client that tries once."""
        return _session().client("athena", endpoint_url=self.endpoint_url, config=_ONCE)

    def start_foreign_crawl(self, name: str) -> None:
        """Starts a crawl that is not ours: it sees what lies there now, and is not among `calls`."""
        self.crawlers.start(name)

    def fail_next_crawl(self, name: str, message: str) -> None:
        self.crawlers.next_outcome[name] = ("FAILED", message)

    def cancel_next_crawl(self, name: str) -> None:
        self.crawlers.next_outcome[name] = ("CANCELLED", "")

    def throttle_next(self, count: int) -> None:
        """Answers the next Glue calls with ThrottlingException."""
        self.crawlers.faults += [AwsError("ThrottlingException", "Rate exceeded")] * count

    def answer_5xx_next(self, count: int) -> None:
        """Answers the next Glue calls with status 500."""
        self.crawlers.faults += [AwsError("InternalServiceException", "Internal failure", 500)] * count

    def crawls_take(self, running_seconds: float, stopping_seconds: float) -> None:
        """How long the crawls started from now on are RUNNING and STOPPING."""
        self.crawlers.running_seconds, self.crawlers.stopping_seconds = running_seconds, stopping_seconds

    def reset(self) -> None:
        """Forgets databases, tables, crawlers, crawls, queries, faults and calls; crawls are short again."""
        self.crawlers.reset()
        self.athena.reset()
        self.crawls_take(*SHORT)
        self.calls.clear()


@contextmanager
def running_glue(
    s3_environment: dict[str, str],
) -> Iterator[GlueServer]:
    """Glue over the S3 server of S3Server.endpoint_environment(); one at a time, as moto keeps one state."""
    moto = DomainDispatcherApplication(create_backend_app)
    with closing(s3_client(s3_environment)) as s3, TemporaryDirectory(prefix="top50-athena-") as folder:
        glue = Moto(moto, "AWSGlue", "glue")
        crawlers = Crawlers(glue, s3)
        engine = Engine(glue, s3, Path(folder))
        athena = Athena(Moto(moto, "AmazonAthena", "athena"), engine, s3)
        services = {"AWSGlue": crawlers.answer, "AmazonAthena": athena.answer}
        application = AwsApplication(moto, services)
        with _serving(application) as endpoint_url:
            server = GlueServer(endpoint_url, application.calls, crawlers, athena)
            server.reset()
            yield server


@contextmanager
def _serving(application: AwsApplication) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_QuietHandler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="glue")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _QuietHandler(MotoRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Leaves the tests' output to the tests."""


def create_crawlers(server: GlueServer, bucket: str, prefix: str, database: str) -> None:
    """The database, and a crawler `spotify_<table>_crawler` for each table of the lake s3://bucket/prefix."""
    root = "/".join(part for part in (bucket, prefix.strip("/"), "transformed_data") if part)
    with closing(server.client()) as glue:
        glue.create_database(DatabaseInput={"Name": database})
        for table in TABLES:
            glue.create_crawler(
                Name=f"spotify_{table}_crawler",
                Role="arn:aws:iam::123456789012:role/top50-crawler",
                DatabaseName=database,
                Targets={"S3Targets": [{"Path": f"s3://{root}/{table}/"}]},
                SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
                RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVERYTHING"},
                Configuration=json.dumps(CONFIGURATION),
            )
