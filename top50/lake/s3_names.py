"""Names that S3 allows and obstore cannot take: one of them would end the listing of all others.

obstore's paths have no empty parts, no `.` or `..`, and no control characters:
https://docs.rs/object_store/latest/object_store/path/struct.Path.html
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from top50.errors import LakeUnavailable, OutOfReach
from top50.lake.base import Item

if TYPE_CHECKING:
    from top50.aws import AwsSession

_NO_PATH = re.compile(r"(?:^|/)\.{0,2}(?:/|$)|[\x00-\x1f\x7f\ufffe\uffff]")
_REFUSED = "invalid path"
"""obstore's words when a listing holds such a name."""


def is_bad_name(error: Exception) -> bool:
    """Whether a listing failed because of one name in it."""
    return _REFUSED in str(error)


def refuse_bad_name(key: str, address: str) -> None:
    """Raise OutOfReach for a key that cannot be asked for."""
    if _NO_PATH.search(key):
        shown = key.encode("unicode_escape").decode()
        raise OutOfReach(
            f"{address}/{shown} has a name with a control character or an empty, . or .. part",
            "Rename it in its bucket, or remove it from there.",
        )


def list_any_name(session: "AwsSession", bucket: str, prefix: str, endpoint: str | None) -> Iterator[Item]:
    """Yield the objects below a prefix, keys in full, with boto3: slower, but it takes any name."""
    config = Config(s3={"addressing_style": "path" if endpoint else "auto"})
    try:
        client = session.client("s3", endpoint_url=endpoint, config=config)
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", ()):
                if item["Size"] or not item["Key"].endswith("/"):  # else it is the marker of a folder
                    written = item["LastModified"].timestamp()
                    yield Item(item["Key"], item["Size"], written, item["ETag"])
    except (BotoCoreError, ClientError) as error:
        raise LakeUnavailable(f"cannot list s3://{bucket}/{prefix}: {error}", "Run it again.") from None
