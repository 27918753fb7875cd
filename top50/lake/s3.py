"""A lake on S3, or on anything that speaks S3 and honours If-Match and If-None-Match on put.

Most requests go through obstore, which takes an eighth of boto3's time for a read. Two kinds go through
boto3, because obstore cannot send them:
- Listings with a name that obstore's paths cannot have: an empty part, `.` or `..`, a control character
  (https://docs.rs/object_store/latest/object_store/path/struct.Path.html).
- Copies and removals of one version (If-Match). AWS honours that
  (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html), and so does SeaweedFS;
  MinIO removes whatever is there (https://github.com/minio/minio/issues/21677). So where the endpoint is not
  AWS's own, the version is compared first, and a change is missed only within the time of one request.
"""

import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import obstore
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnectionError
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from top50.aws import AwsSession
from top50.errors import LakeConflict, LakeError, LakeUnavailable, OutOfReach
from top50.lake.base import Item, Stored
from top50.lake.s3_store import open_client, open_store, own_endpoint

if TYPE_CHECKING:
    from obstore import PutMode

_NO_PATH = re.compile(r"(?:^|/)\.{0,2}(?:/|$)|[\x00-\x1f\x7f\ufffe\uffff]")

# S3's codes for an object that is missing, has another version, or is being written at this moment.
_OTHER_VERSION = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "409", "412"}

# S3's codes for a lack of rights: obstore raises no error of its own for a refused listing.
_REFUSALS = {"AccessDenied", "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"}


class S3Lake:
    """A lake in a bucket, below a prefix that may be empty."""

    near = False

    def __init__(self, bucket: str, prefix: str, session: AwsSession) -> None:
        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        self._bucket, self._prefix, self._session = bucket, prefix, session
        with self._explained("open"):
            self._store = open_store(bucket, prefix, session)
        self._endpoint = own_endpoint()
        self._client: Any = None  # of boto3, opened with the first request that needs it
        self._opening = Lock()  # boto3 opens one client at a time; a client serves any number of threads

    def __reduce__(self) -> "tuple[type[S3Lake], tuple[str, str, AwsSession]]":
        """Be sent to another process as what opens it there."""
        return S3Lake, (self._bucket, self._prefix, self._session)

    def list(self, folder: str) -> Iterator[Item]:
        """Yield the objects below a folder, without the markers that consoles create for folders."""
        listed = set()
        with self._explained("list", folder):
            try:
                for item in self._list_quickly(folder):
                    listed.add(item.key)
                    yield item
            except BaseError as error:
                # One name that obstore cannot take ends the listing of all others, with an error of no class
                # of its own: https://github.com/apache/arrow-rs-object-store/issues/384
                if "invalid path" not in str(error):
                    raise
                yield from (item for item in self._list_any_name(folder) if item.key not in listed)

    def _list_quickly(self, folder: str) -> Iterator[Item]:
        for chunk in obstore.list(self._store, folder.rstrip("/"), chunk_size=1000):
            for meta in chunk:
                key = meta["path"]
                # obstore drops the / at the end of a marker's name: no object has the name that is left
                if meta["size"] or (key and key.startswith(folder) and self.version(key) is not None):
                    written = meta["last_modified"].timestamp()
                    yield Item(key, meta["size"], written, meta["e_tag"] or "")

    def _list_any_name(self, folder: str) -> Iterator[Item]:
        pages = self._boto3().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=self._in_full(folder)):
            for item in page.get("Contents", ()):
                if item["Size"] or not item["Key"].endswith("/"):  # else it is the marker of a folder
                    key = item["Key"].removeprefix(self._in_full(""))
                    yield Item(key, item["Size"], item["LastModified"].timestamp(), item["ETag"])

    def _boto3(self) -> Any:
        with self._opening:
            if self._client is None:
                self._client = open_client(self._session, self._endpoint)
            return self._client

    def _in_full(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    def version(self, key: str) -> str | None:
        """Return an object's ETag; None when there is no such object."""
        self._check_name(key)
        with self._explained("look for", key):
            try:
                return obstore.head(self._store, key)["e_tag"] or ""
            except FileNotFoundError:
                return None

    def read(self, key: str) -> Stored | None:
        """Return an object; None when there is none."""
        self._check_name(key)
        with self._explained("read", key):
            try:
                answer = obstore.get(self._store, key)
                return Stored(bytes(answer.bytes()), answer.meta["e_tag"] or "")
            except FileNotFoundError:
                return None

    def _check_name(self, key: str) -> None:
        """Raise OutOfReach for a name that obstore cannot take."""
        if _NO_PATH.search(key):
            printable = key.encode("unicode_escape").decode()
            raise OutOfReach(
                f"{self.address}/{printable} has a name with a control character or an empty, . or .. part",
                "Rename it in its bucket, or remove it from there.",
            )

    def write(self, key: str, content: bytes) -> None:
        """Write an object over whatever is there, with the content type of its name, for browsers."""
        kind, _ = mimetypes.guess_type(key)
        with self._explained("write", key):
            obstore.put(
                self._store,
                key,
                content,
                use_multipart=False,
                attributes={"Content-Type": kind or "application/octet-stream"},
            )

    def replace(self, key: str, content: bytes, old: Stored | None) -> str:
        """Write an object if it is still `old`, by If-Match or If-None-Match."""
        with self._explained("write", key):
            try:
                mode: PutMode = {"e_tag": old.version} if old else "create"
                put = obstore.put(self._store, key, content, mode=mode, use_multipart=False)
                return put["e_tag"] or ""
            except (AlreadyExistsError, PreconditionError, FileNotFoundError) as error:
                if old is None and isinstance(error, FileNotFoundError):
                    raise  # the bucket is missing
                # Our own write may have arrived: its acknowledgement was lost, and the client repeated it.
                now = self.read(key)
                if now and now.content == content:
                    return now.version
                what = f"{self.address}/{key} was written by somebody else meanwhile"
                raise LakeConflict(what, "Run it again.") from None

    def tail(self, key: str, version: str, count: int) -> bytes | None:
        """Return an object's last bytes; None when it has another version."""
        with self._explained("read", key):
            try:
                answer = obstore.get(
                    self._store, key, options={"if_match": version, "range": {"suffix": count}}
                )
                return bytes(answer.bytes())
            except (PreconditionError, FileNotFoundError):
                return None

    def move(self, source: str, target: str, version: str) -> bool:
        """Copy an object of this version, then delete it."""
        self._check_name(source)
        if not self.copy(source, target, version):
            if self.version(source) != version:
                return False
            copy, original = self.read(target), self.read(source)  # our own, repeated by the client?
            if not copy or not original or copy.content != original.content:
                raise LakeConflict(f"{self.address}/{target} exists with other content", "Run it again.")
        self.remove(source, version)
        return True

    def copy(self, source: str, target: str, version: str) -> bool:
        """Copy an object of this version to a key without an object; return False if either is not so."""
        if self._endpoint and self.version(target) is not None:
            return False
        with self._explained("copy", source):
            return self._if_unchanged(
                "copy_object",
                Key=self._in_full(target),
                CopySource={"Bucket": self._bucket, "Key": self._in_full(source)},
                CopySourceIfMatch=version,
                IfNoneMatch="*",
            )

    def remove(self, key: str, version: str | None = None, content: bytes | None = None) -> bool:
        """Delete an object; its ETag stands for its content."""
        del content
        if version is None:
            with self._explained("remove", key):
                obstore.delete(self._store, key)
            return True
        if self._endpoint and self.version(key) != version:
            return self.version(key) is None
        with self._explained("remove", key):
            removed = self._if_unchanged("delete_object", Key=self._in_full(key), IfMatch=version)
        return removed or self.version(key) is None

    def _if_unchanged(self, request: str, **parameters: Any) -> bool:
        """Send a request that names a version; return whether the object had it. Raises what boto3 raises."""
        try:
            getattr(self._boto3(), request)(Bucket=self._bucket, **parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _OTHER_VERSION:
                raise
            return False
        return True

    @contextmanager
    def _explained(self, doing: str, key: str = "") -> Iterator[None]:
        where = f"{self.address}/{key}"
        try:
            yield
        except (FileNotFoundError, BotoCoreError, ClientError, BaseError) as error:
            raise self._explain(error, f"cannot {doing} {where}") from None

    def _explain(self, error: Exception, what: str) -> LakeError:
        cause = _cause(error)
        what = f"{what}: {cause}"
        if isinstance(error, FileNotFoundError) or cause == "NoSuchBucket":
            return LakeError(what, f"Create the bucket {self._bucket}, or correct TOP50_LAKE.")
        if cause == "InvalidObjectState":  # in a storage class for archives
            return OutOfReach(what, "Restore it from its storage class, then run it again.")
        is_refused = isinstance(error, PermissionDeniedError | UnauthenticatedError | BotoCoreError)
        is_unanswered = isinstance(error, NoConnectionError | HTTPClientError)  # of boto3: nobody answered
        if (is_refused and not is_unanswered) or cause in _REFUSALS:
            rights = f"the right to list, read, write and delete in {self._bucket}"
            return LakeError(what, f"Check the AWS credentials, and give them {rights}.")
        return LakeUnavailable(
            what, "Check the network, the region and AWS_ENDPOINT_URL_S3, and run it again; nothing is lost."
        )


def _cause(error: Exception) -> str:
    """Return S3's own code, which obstore gives in its text alone; else that text without its dump."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    text = str(error)
    code = re.search(r"<Code>(\w+)</Code>", text)
    return code[1] if code else text.partition("\n\nDebug source")[0]
