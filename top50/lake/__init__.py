"""One lake, on S3 or in a directory: list, read, replace if unchanged, move."""

from pathlib import Path
from urllib.parse import urlsplit

import boto3

from top50.errors import LakeError
from top50.lake.base import Item, Lake, Stored
from top50.lake.directory import DirectoryLake
from top50.lake.s3 import S3Lake
from top50.settings import Settings

__all__ = ["PROCESSED", "QUARANTINE", "TO_PROCESSED", "Credentials", "Item", "Lake", "Stored", "open_lake"]

TO_PROCESSED = "raw_data/to_processed/"
PROCESSED = "raw_data/processed/"
QUARANTINE = "raw_data/quarantine/"


def open_lake(settings: Settings, session: boto3.Session | None = None, *, create: bool = False) -> Lake:
    """Open the lake of the settings; with `create`, a directory that is not there yet is made.

    Raises LakeError when it is not there or cannot be written.
    """
    if not settings.is_s3:
        return DirectoryLake(Path(settings.lake).expanduser(), create=create)
    address = urlsplit(settings.lake)
    if not address.netloc:
        raise LakeError(
            f"{settings.lake} names no bucket", "Write TOP50_LAKE as s3://bucket or s3://bucket/prefix."
        )
    return S3Lake(address.netloc, address.path.strip("/"), session or boto3.Session())
