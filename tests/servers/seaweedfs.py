"""A real S3 server: SeaweedFS, which checks signatures, checksums and conditions as AWS does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .processes import free_ports, running_process, wait_until_ready

ACCESS_KEY = "top50-tests"
SECRET_KEY = "not-a-secret-top50-tests"

# Not us-east-1, which is what clients fall back on.
REGION = "eu-central-1"
S3_HOST = f"s3.{REGION}.amazonaws.com"

_PORT_OPTIONS = ["s3.port", "master.port", "volume.port", "filer.port", "admin.port"]

_OPTIONS = [
    "-bucket=lake",
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-master.telemetry=false",
    "-webdav=false",
    "-admin.ui=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-s3.allowDeleteBucketNotEmpty=false",
    "-s3.autoCreateBucket=false",
    f"-s3.domainName={S3_HOST}",  # so that bucket.s3.… is understood
    "-volume.preStopSeconds=0",
    # Each bucket takes seven volumes; by default free disk space / 128 MB is all there is.
    "-volume.max=5000",
    # Relative to the server's folder: the defaults stay behind in /tmp, and a long path is no socket's name.
    "-s3.localSocket=s3.sock",
    "-filer.localSocket=filer.sock",
]


@dataclass(frozen=True)
class S3Server:
    """Where an S3 server answers, and who may ask it; `bucket` is there already."""

    endpoint_url: str
    process: subprocess.Popen[bytes]
    bucket: str = "lake"
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    region: str = REGION

    def environment(self) -> dict[str, str]:
        """What a user sets."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
        }

    def endpoint_environment(self) -> dict[str, str]:
        """The same for what does not go through the front door."""
        return {**self.environment(), "AWS_ENDPOINT_URL_S3": self.endpoint_url}

    def client(self) -> Any:
        """A boto3 S3 client that tries once."""
        return s3_client(self.endpoint_environment())


def s3_client(environment: dict[str, str]) -> Any:
    """A boto3 S3 client that tries once, made from S3Server.endpoint_environment()."""
    return boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, proxies={}),
    )


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """A server that keeps its data in `folder` and its log in `folder`/weed.log."""
    ports = free_ports(2 * len(_PORT_OPTIONS))
    data, log = folder / "data", folder / "weed.log"
    data.mkdir(parents=True, exist_ok=True)
    try:
        with running_process(_command(ports, data), _environment(), data, log) as process:
            server = S3Server(f"http://127.0.0.1:{ports[0]}", process)
            wait_until_ready(process, lambda: _answers(server), log)
            yield server
    finally:
        _remove_sockets(ports)


def _command(ports: list[int], data: Path) -> list[str]:
    # Beside the interpreter first: a virtual environment need not be activated.
    weed = Path(sys.executable).with_name("weed")
    names = [name for option in _PORT_OPTIONS for name in (option, f"{option}.grpc")]
    numbered = [f"-{name}={port}" for name, port in zip(names, ports, strict=True)]
    return [
        str(weed) if weed.exists() else "weed",
        "mini",
        f"-dir={data.resolve()}",
        *_OPTIONS,
        *numbered,
    ]


def _environment() -> dict[str, str]:
    # The user's own AWS and SeaweedFS settings are none of this server's business.
    outer = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "WEED_"))
    }
    return outer | {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}


def _answers(server: S3Server) -> bool:
    with closing(server.client()) as client:
        try:
            client.head_bucket(Bucket=server.bucket)
        except (BotoCoreError, ClientError):
            return False
    return True


def _remove_sockets(ports: list[int]) -> None:
    # A killed server leaves them; where they are cannot be chosen.
    for port in ports:
        for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
            path.unlink(missing_ok=True)


def new_bucket(server: S3Server, name: str) -> S3Server:
    """The same server with an empty bucket of its own."""
    with closing(server.client()) as client:
        client.create_bucket(Bucket=name)
    return replace(server, bucket=name)
