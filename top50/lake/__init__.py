"""One lake, on S3 or in a directory: list, read, replace if unchanged, move."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from top50.errors import LakeError
from top50.lake.base import Item, Lake, Stored
from top50.lake.directory import DirectoryLake

if TYPE_CHECKING:
    from top50.aws import AwsSession
    from top50.settings import Settings

__all__ = ["PROCESSED", "QUARANTINE", "TO_PROCESSED", "Item", "Lake", "Stored", "open_lake"]

TO_PROCESSED = "raw_data/to_processed/"
PROCESSED = "raw_data/processed/"
QUARANTINE = "raw_data/quarantine/"


def open_lake(
    settings: "Settings",
    session: "AwsSession | None" = None,
    *,
    create: bool = False,
    read_only: bool = False,
) -> Lake:
    """Open the lake of the settings; with `create`, a directory that is not there yet is made.

    Raises LakeError when it is not there or, unless it is opened `read_only`, cannot be written.
    """
    if not settings.is_s3:
        return DirectoryLake(Path(settings.lake).expanduser(), create=create, read_only=read_only)
    address = urlsplit(settings.lake)
    if not address.netloc:
        raise LakeError(
            f"{settings.lake} names no bucket", "Write TOP50_LAKE as s3://bucket or s3://bucket/prefix."
        )
    from top50.aws import AwsSession  # noqa: PLC0415 - boto3 is 30 MB that a lake in a directory does not need
    from top50.lake.s3 import S3Lake  # noqa: PLC0415

    session = session or AwsSession(allow_http=settings.allow_http)
    return S3Lake(address.netloc, address.path.strip("/"), session)
