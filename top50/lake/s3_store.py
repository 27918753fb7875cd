"""The clients of a lake on S3: which endpoint, whose credentials, which certificates, how much patience."""

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config
from obstore.auth.boto3 import Boto3CredentialProvider
from obstore.store import S3Store

from top50.errors import LakeError, SettingsError
from top50.security import refuse_open_http

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

    from top50.aws import AwsSession

_CLIENT: "ClientConfig" = {"timeout": timedelta(seconds=60), "connect_timeout": timedelta(seconds=5)}
_RETRIES: "RetryConfig" = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
_BOTO3 = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5})


def open_store(bucket: str, prefix: str, session: "AwsSession") -> S3Store:
    """Open a bucket with obstore, by AWS's own settings.

    Raises LakeError without credentials, SettingsError for plain http or an unreadable AWS_CA_BUNDLE.
    """
    if session.get_credentials() is None:
        raise LakeError(
            "there are no AWS credentials",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or TOP50_AWS_CREDENTIALS_BLOCK.",
        )
    endpoint, client = own_endpoint(), _CLIENT.copy()
    # AWS's certificate is for *.s3.<region>.amazonaws.com, so a bucket with dots goes into the path.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    config: S3Config = {"region": session.region_name, "virtual_hosted_style_request": "." not in bucket}
    if endpoint:
        refuse_open_http("AWS_ENDPOINT_URL_S3", endpoint, allow_http=session.allow_http)
        client["allow_http"] = urlsplit(endpoint).scheme == "http"
        config = {**config, "endpoint": endpoint, "virtual_hosted_style_request": False}
    if session.ca_bundle:
        try:
            client["root_certificate"] = Path(session.ca_bundle).read_bytes()
        except OSError as error:
            what = f"cannot read the certificates {session.ca_bundle}: {error.strerror}"
            raise SettingsError(what, "Correct AWS_CA_BUNDLE.") from None
    return S3Store(
        bucket,
        prefix=prefix or None,
        config=config,
        # Its default, 30 minutes, may outlive them: boto3 promises 10 when it hands credentials out.
        credential_provider=Boto3CredentialProvider(session, ttl=timedelta(minutes=10)),
        client_options=client,
        retry_config=_RETRIES,
    )


def open_client(session: "AwsSession", endpoint: str | None) -> Any:
    """Return a client of boto3, for the few requests that obstore cannot send."""
    style = Config(s3={"addressing_style": "path" if endpoint else "auto"})
    return session.client("s3", endpoint_url=endpoint, config=style.merge(_BOTO3))


def own_endpoint() -> str | None:
    """Return the endpoint of S3 if it is not AWS's own, else None."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
