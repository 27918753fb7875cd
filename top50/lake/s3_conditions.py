"""Requests that name the version they mean, which obstore cannot send: delete and copy with If-Match.

AWS honours them (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html), and so
does SeaweedFS; MinIO deletes whatever is there (https://github.com/minio/minio/issues/21677). So where the
endpoint is not AWS's own, the version is looked at first: what is left there is the time of one request.
"""

from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from top50.aws import AwsSession

_REFUSED = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "409", "412"}
"""S3's codes for an object that is gone, that has another version, or that is just being written."""

_PATIENCE = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5})


class ConditionalRequests:
    """One bucket's; the client is made when the first is sent. Raises what boto3 raises."""

    def __init__(self, session: "AwsSession", bucket: str, endpoint: str | None) -> None:
        self._session, self._bucket, self._endpoint = session, bucket, endpoint
        self._made: Any = None
        self._lock = Lock()

    def delete(self, key: str, version: str) -> bool:
        """Delete an object of this version; return whether it was there."""
        return self._done(self._client().delete_object, Key=key, IfMatch=version)

    def copy(self, source: str, target: str, version: str) -> bool:
        """Copy an object of this version to where nothing lies; return whether both was so."""
        return self._done(
            self._client().copy_object,
            Key=target,
            CopySource={"Bucket": self._bucket, "Key": source},
            CopySourceIfMatch=version,
            IfNoneMatch="*",
        )

    def _done(self, call: Any, **request: Any) -> bool:
        try:
            call(Bucket=self._bucket, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _REFUSED:
                raise
            return False
        return True

    def _client(self) -> Any:
        with self._lock:  # boto3 makes one client at a time; a client serves any number of threads
            if self._made is None:
                style = Config(s3={"addressing_style": "path" if self._endpoint else "auto"})
                self._made = self._session.client(
                    "s3", endpoint_url=self._endpoint, config=style.merge(_PATIENCE)
                )
            return self._made
