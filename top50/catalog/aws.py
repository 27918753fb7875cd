"""What the clients of Glue, Athena and QuickSight have in common: retries, errors, and polling."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, IncompleteReadError

from top50.errors import CatalogError, CatalogUnavailable

if TYPE_CHECKING:
    import boto3
    from types_boto3_athena.client import AthenaClient
    from types_boto3_glue.client import GlueClient

# The CloudFormation template that creates crawlers, workgroup and rights.
TEMPLATE = "deployments/aws.yaml"

RUN_AGAIN = "Run it again; the tables are published."

# Takes a line for the log.
Log = Callable[[str], None]

_RETRIES = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})

_PASSING = {
    "ConcurrentModificationException",
    "FederationSourceRetryableException",
    "InternalFailureException",
    "InternalServerException",
    "InternalServiceException",
    "OperationTimeoutException",
    "ResourceNotReadyException",
    "ResourceUnavailableException",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


@dataclass(frozen=True)
class Polling:
    """How often to ask AWS whether something is done, and for how long; seconds."""

    first_wait: float = 0.5
    longest_wait: float = 10.0
    timeout: float = 1800.0

    def polls(self) -> Iterator[bool]:
        """Yield for every poll whether the time is up, and wait longer and longer between two polls."""
        deadline, wait = time.monotonic() + self.timeout, self.first_wait
        while True:
            yield time.monotonic() > deadline
            time.sleep(wait)
            wait = min(wait * 1.5, self.longest_wait)


def glue_client(session: "boto3.Session") -> "GlueClient":
    """Return a client for Glue; raises CatalogError without a region or credentials."""
    return cast("GlueClient", make_client(session, "Glue"))


def athena_client(session: "boto3.Session") -> "AthenaClient":
    """Return a client for Athena; raises CatalogError without a region or credentials."""
    return cast("AthenaClient", make_client(session, "Athena"))


def make_client(session: "boto3.Session", service: str) -> Any:
    """Return a client that retries, and raises BotoCoreError for a truncated answer.

    service: its name for people, whose lower case is boto3's. Raises CatalogError without a region or
    credentials.
    """
    try:
        client: Any = session.client(service.lower(), config=_RETRIES)  # type: ignore[call-overload]
    except BotoCoreError as error:
        remedy = "Set AWS_REGION and AWS credentials."
        raise CatalogError(f"cannot create a client for {service}: {error}", remedy) from None
    client.meta.events.register("after-call", _refuse_truncated)
    return client


def _refuse_truncated(http_response: AWSResponse, **_: object) -> None:
    # botocore takes half a JSON text for an answer without fields; it compares the length of streamed bodies
    # only (https://github.com/boto/botocore/pull/210, enforce_content_length=False in its httpsession.py).
    announced, received = http_response.headers.get("Content-Length", ""), len(http_response.content)
    if announced.isdecimal() and received < int(announced):
        raise IncompleteReadError(actual_bytes=received, expected_bytes=int(announced))


@contextmanager
def aws_errors(service: str, what: str, remedies: Mapping[str, str]) -> Iterator[None]:
    """Translate AWS's errors into ours.

    what: the thing that is asked for, as the message names it. remedies: error code → what to do; `""` is
    for all other codes. Raises CatalogUnavailable for throttling, 5xx and no answer, else CatalogError.
    """
    try:
        yield
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        happened = f"{service}, {what}: {code} {message}"
        if code in _PASSING or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
            raise CatalogUnavailable(happened, RUN_AGAIN) from None
        raise CatalogError(happened, remedies.get(code, remedies[""])) from None
    except BotoCoreError as error:
        raise CatalogUnavailable(
            f"{service} does not answer for {what}: {error}",
            f"Check the network, AWS_REGION and AWS_ENDPOINT_URL_{service.upper()}.",
        ) from None
