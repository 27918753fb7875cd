"""The lake, on S3 or in a directory: list, read, replace if unchanged, move."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from top50.errors import LakeError
from top50.lake.base import Item, Lake, Stored
from top50.lake.directory import DirectoryLake
from top50.text import one_line

if TYPE_CHECKING:
    from top50.aws import AwsSession
    from top50.settings import Settings

__all__ = [
    "PROCESSED",
    "QUARANTINE",
    "TO_PROCESSED",
    "Item",
    "Lake",
    "Stored",
    "directory_of",
    "open_lake",
    "place_on_s3",
]

TO_PROCESSED = "raw_data/to_processed/"
PROCESSED = "raw_data/processed/"
QUARANTINE = "raw_data/quarantine/"

_WRITE = "Write TOP50_LAKE as a directory, s3://bucket or s3://bucket/prefix."


def open_lake(
    settings: "Settings",
    session: "AwsSession | None" = None,
    *,
    create: bool = False,
    read_only: bool = False,
) -> Lake:
    """Open the lake of the settings. create: create a directory that does not exist.

    Raises LakeError when the lake does not exist, or cannot be written (unless `read_only`).
    """
    if not settings.is_s3:
        return DirectoryLake(directory_of(settings.lake), create=create, read_only=read_only)
    bucket, prefix = place_on_s3(settings.lake)
    from top50.aws import AwsSession  # noqa: PLC0415 - boto3 is 30 MB that a lake in a directory does not need
    from top50.lake.s3 import S3Lake  # noqa: PLC0415

    session = session or AwsSession(allow_http=settings.allow_http)
    return S3Lake(bucket, prefix, session)


def directory_of(address: str) -> Path:
    """Return the directory that TOP50_LAKE names, existing or not; raises LakeError for any other address."""
    if re.match(r"[a-z][a-z0-9+.-]+:", address, re.IGNORECASE):  # gs://…, s3:bucket; C: is a disk
        raise LakeError(f"{address} is neither a directory nor s3://…", _WRITE)
    try:
        address.encode()
        return Path(address).expanduser()
    except UnicodeEncodeError:
        printable = address.encode(errors="surrogateescape").decode(errors="replace")
        raise LakeError(
            f"the name {printable} is not UTF-8", "Rename it, or choose another TOP50_LAKE."
        ) from None
    except RuntimeError:  # ~nobody
        raise LakeError(
            f"{address} names the home of an unknown user", "Write the whole path as TOP50_LAKE."
        ) from None


def place_on_s3(address: str) -> tuple[str, str]:
    """Return the bucket and the prefix of an s3:// address; raises LakeError for an invalid one."""
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    prefix = prefix.strip("/")
    if not bucket:
        raise LakeError(f"{address} does not name a bucket", _WRITE)
    if not re.fullmatch(r"[A-Za-z0-9._-]+", bucket):
        raise LakeError(f"{one_line(bucket)} is not a valid bucket name", _WRITE)
    if prefix and {"", ".", ".."} & set(prefix.split("/")):
        raise LakeError(f"{address} has an empty part, . or .. in its prefix", _WRITE)
    return bucket, prefix
