"""The client of a lake on S3: which endpoint, whose credentials, which certificates, how much patience."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from obstore.auth.boto3 import Boto3CredentialProvider
from obstore.store import S3Store

from top50.errors import LakeError
from top50.security import refuse_open_http

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

    from top50.aws import AwsSession

_CLIENT: "ClientConfig" = {"timeout": timedelta(seconds=60), "connect_timeout": timedelta(seconds=5)}
_RETRIES: "RetryConfig" = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}


def open_store(bucket: str, prefix: str, session: "AwsSession") -> S3Store:
    """Open a bucket with AWS's own settings; LakeError without credentials, SettingsError for open http."""
    if session.get_credentials() is None:
        raise LakeError(
            "there are no AWS credentials",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or TOP50_AWS_CREDENTIALS_BLOCK.",
        )
    endpoint = own_endpoint()
    client = _CLIENT.copy()
    if endpoint:
        refuse_open_http("AWS_ENDPOINT_URL_S3", endpoint, allow_http=session.allow_http)
        client["allow_http"] = urlsplit(endpoint).scheme == "http"
    with _trusting_the_bundle_of(session):
        return S3Store(
            bucket,
            prefix=prefix or None,
            config=_config(bucket, session.region_name, endpoint),
            # Its default, 30 minutes, may outlive them: boto3 promises 10 when it hands credentials out.
            credential_provider=Boto3CredentialProvider(session, ttl=timedelta(minutes=10)),
            client_options=client,
            retry_config=_RETRIES,
        )


def _config(bucket: str, region: str, endpoint: str | None) -> "S3Config":
    """Return what the store is told of its place; obstore takes no None for an endpoint."""
    if endpoint:
        return {"region": region, "endpoint": endpoint, "virtual_hosted_style_request": False}
    # AWS's certificate is for *.s3.<region>.amazonaws.com, so a name with dots goes into the path.
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    return {"region": region, "virtual_hosted_style_request": "." not in bucket}


def own_endpoint() -> str | None:
    """Return where S3 is when it is not AWS's own."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")


@contextmanager
def _trusting_the_bundle_of(session: "AwsSession") -> Iterator[None]:
    """Let AWS_CA_BUNDLE count: obstore reads SSL_CERT_FILE alone, once, and other clients have their own."""
    bundle, before = session._session.get_config_variable("ca_bundle"), os.environ.get("SSL_CERT_FILE")
    if not bundle:
        yield
        return
    os.environ["SSL_CERT_FILE"] = str(bundle)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SSL_CERT_FILE"]
        else:
            os.environ["SSL_CERT_FILE"] = before
