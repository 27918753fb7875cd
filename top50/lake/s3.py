"""A lake on S3, or on anything that speaks S3 and honours If-Match and If-None-Match on put.

What honours them on copy and delete, too, loses nothing that somebody writes at that moment.
"""

import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

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
from top50.lake.s3_conditions import ConditionalRequests
from top50.lake.s3_names import is_bad_name, list_any_name, refuse_bad_name
from top50.lake.s3_store import open_store, own_endpoint

if TYPE_CHECKING:
    from obstore import PutMode

_FROZEN = "InvalidObjectState"
"""S3's code for an object in an archive's storage class."""
_REFUSED = (PermissionDeniedError, UnauthenticatedError, BotoCoreError)
_UNANSWERED = (NoConnectionError, HTTPClientError)
"""What boto3 raises when nobody answers."""
_REFUSALS = {"AccessDenied", "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"}
"""S3's codes for them: a refused listing comes as an error of no particular kind."""


class S3Lake:
    """A lake in a bucket, below a prefix that may be empty."""

    near = False

    def __init__(self, bucket: str, prefix: str, session: AwsSession) -> None:
        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        self._bucket, self._prefix, self._session = bucket, prefix, session
        with self._explained("open"):
            self._store = open_store(bucket, prefix, session)
        self._is_aws = own_endpoint() is None
        self._conditional = ConditionalRequests(session, bucket, own_endpoint())

    def __reduce__(self) -> "tuple[type[S3Lake], tuple[str, str, AwsSession]]":
        """Travel to another process with the means to open it there."""
        return S3Lake, (self._bucket, self._prefix, self._session)

    def list(self, folder: str) -> Iterator[Item]:
        """Yield the objects below a folder, without the markers that consoles make for folders."""
        listed = set()
        with self._explained("list", folder):
            try:
                for item in self._list_quickly(folder):
                    listed.add(item.key)
                    yield item
            except BaseError as error:
                if not is_bad_name(error):
                    raise
                yield from (item for item in self._list_any_name(folder) if item.key not in listed)

    def _list_quickly(self, folder: str) -> Iterator[Item]:
        for chunk in obstore.list(self._store, folder.rstrip("/"), chunk_size=1000):
            for meta in chunk:
                key = meta["path"]
                # obstore drops the / at the end of a marker's name: there is no object of that name
                if meta["size"] or (key and key.startswith(folder) and self.version(key) is not None):
                    written = meta["last_modified"].timestamp()
                    yield Item(key, meta["size"], written, meta["e_tag"] or "")

    def _list_any_name(self, folder: str) -> Iterator[Item]:
        for item in list_any_name(self._session, self._bucket, self._in_full(folder), own_endpoint()):
            yield item._replace(key=item.key.removeprefix(self._in_full("")))

    def _in_full(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    def version(self, key: str) -> str | None:
        """Return an object's ETag; None when there is no such object."""
        refuse_bad_name(key, self.address)
        with self._explained("look for", key):
            try:
                return obstore.head(self._store, key)["e_tag"] or ""
            except FileNotFoundError:
                return None

    def read(self, key: str) -> Stored | None:
        """Return an object; None when there is none."""
        refuse_bad_name(key, self.address)
        with self._explained("read", key):
            try:
                answer = obstore.get(self._store, key)
                return Stored(bytes(answer.bytes()), answer.meta["e_tag"] or "")
            except FileNotFoundError:
                return None

    def write(self, key: str, content: bytes) -> None:
        """Write an object over whatever is there, as what its name says: a browser shows no other page."""
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
                    raise  # what is not there is the bucket
                return self._written_after_all(key, content)

    def _written_after_all(self, key: str, content: bytes) -> str:
        """Tell a conflict from our own write whose acknowledgement was lost, which the client repeated."""
        now = self.read(key)
        if now and now.content == content:
            return now.version
        raise LakeConflict(f"{self.address}/{key} was written by somebody else meanwhile", "Run it again.")

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
        refuse_bad_name(source, self.address)
        if not self.copy(source, target, version):
            if self.version(source) != version:
                return False
            copy, original = self.read(target), self.read(source)  # our own, repeated by the client?
            if not copy or not original or copy.content != original.content:
                raise LakeConflict(f"{self.address}/{target} holds something else already", "Run it again.")
        self.remove(source, version)
        return True

    def copy(self, source: str, target: str, version: str) -> bool:
        """Copy an object of this version to where nothing lies; return whether both was so."""
        if not self._is_aws and self.version(target) is not None:
            return False
        with self._explained("copy", source):
            return self._conditional.copy(self._in_full(source), self._in_full(target), version)

    def remove(self, key: str, version: str | None = None, content: bytes | None = None) -> bool:
        """Delete an object; its ETag stands for its content."""
        del content
        if version is None:
            with self._explained("remove", key):
                obstore.delete(self._store, key)
            return True
        if not self._is_aws and self.version(key) != version:
            return self.version(key) is None
        with self._explained("remove", key):
            deleted = self._conditional.delete(self._in_full(key), version)
        return deleted or self.version(key) is None

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
        if cause == _FROZEN:
            return OutOfReach(what, "Restore it from its storage class, then run it again.")
        is_refused = isinstance(error, _REFUSED) and not isinstance(error, _UNANSWERED)
        if is_refused or cause in _REFUSALS:
            rights = f"the right to list, read, write and delete in {self._bucket}"
            return LakeError(what, f"Check the AWS credentials, and give them {rights}.")
        return LakeUnavailable(
            what, "Check the network, the region and AWS_ENDPOINT_URL_S3, and run it again; nothing is lost."
        )


def _cause(error: Exception) -> str:
    """Return S3's own code, or else the first line: obstore appends a dump of its own structures."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    text = str(error)
    code = re.search(r"<Code>(\w+)</Code>", text)
    return code[1] if code else text.partition("\n\nDebug source")[0]
