"""What a user has on AWS: a bucket, its crawlers, keys and a region. All of it is behind the front door."""

import io
from contextlib import closing
from dataclasses import dataclass
from uuid import uuid4

import polars as pl

from .front_door import Door
from .glue import GlueServer, create_crawlers
from .seaweedfs import S3_HOST, S3Server, new_bucket


@dataclass(frozen=True)
class Cloud:
    """A lake of its own on S3, with its crawlers."""

    door: Door
    s3: S3Server
    glue: GlueServer
    prefix: str = "top50"
    database: str = "spotify_top50"

    @property
    def lake(self) -> str:
        return f"s3://{self.s3.bucket}/{self.prefix}"

    @property
    def host(self) -> str:
        """Where the bucket is."""
        return f"{self.s3.bucket}.{S3_HOST}"

    @property
    def settings(self) -> dict[str, str]:
        return {**self.door.environment(), "TOP50_LAKE": self.lake}

    @property
    def requests(self) -> list[str]:
        """What the bucket was asked."""
        return [str(request) for request in self.door.requests if request.host == self.host]

    def put(self, key: str, content: bytes, **more: str) -> None:
        """Put an object into the lake as somebody else does, by S3's own client."""
        with closing(self.s3.client()) as client:
            client.put_object(Bucket=self.s3.bucket, Key=f"{self.prefix}/{key}", Body=content, **more)

    def objects(self, folder: str) -> dict[str, tuple[str, bytes]]:
        """Return key → (version, content) of the objects below a folder of the lake."""
        prefix = f"{self.prefix}/{folder}"
        with closing(self.s3.client()) as client:
            listed = client.list_objects_v2(Bucket=self.s3.bucket, Prefix=prefix).get("Contents", [])
            return {
                item["Key"].removeprefix(prefix): (
                    item["ETag"],
                    client.get_object(Bucket=self.s3.bucket, Key=item["Key"])["Body"].read(),
                )
                for item in listed
            }

    def rows(self, table: str) -> pl.DataFrame:
        files = self.objects(f"transformed_data/{table}/")
        return pl.concat([pl.read_parquet(io.BytesIO(content)) for _, content in files.values()])


def make_cloud(door: Door, s3: S3Server, glue: GlueServer, bucket: str = "charts-{}") -> Cloud:
    """Make a bucket, of a name that nobody has yet, and crawlers that nobody else has beside them."""
    cloud = Cloud(door, new_bucket(s3, bucket.format(uuid4().hex[:12])), glue)
    glue.reset()
    create_crawlers(glue, cloud.s3.bucket, cloud.prefix, cloud.database)
    glue.calls.clear()
    return cloud
