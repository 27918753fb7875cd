"""What the clients of Glue and Athena have in common: patience, and refusals told from passing faults."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, IncompleteReadError

from top50.errors import CatalogError, CatalogUnavailable

if TYPE_CHECKING:
    import boto3
    from types_boto3_athena.client import AthenaClient
    from types_boto3_glue.client import GlueClient

TEMPLATE = "deployments/aws.yaml"
"""What makes crawlers, workgroup and rights: a template for CloudFormation."""

_PATIENT = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})

_PASSING = {
    "ConcurrentModificationException",
    "FederationSourceRetryableException",
    "InternalServerException",
    "InternalServiceException",
    "OperationTimeoutException",
    "ResourceNotReadyException",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


def glue_client(session: "boto3.Session") -> "GlueClient":
    """Make a client for Glue; raises CatalogError when AWS is not set up for it."""
    with _made("Glue"):
        client = session.client("glue", config=_PATIENT)
        refuse_cut_answers(client)
        return client


def athena_client(session: "boto3.Session") -> "AthenaClient":
    """Make a client for Athena; raises CatalogError when AWS is not set up for it."""
    with _made("Athena"):
        client = session.client("athena", config=_PATIENT)
        refuse_cut_answers(client)
        return client


def refuse_cut_answers(client: Any) -> None:
    """Let a client raise BotoCoreError for an answer that was cut short.

    botocore takes half a JSON text for an answer without any of its fields
    (https://github.com/boto/botocore/blob/develop/botocore/parsers.py, `_parse_body_as_json`).
    """
    client.meta.events.register("before-parse", _check_length)


def _check_length(response_dict: Mapping[str, Any], **_: object) -> None:
    body, announced = response_dict["body"], response_dict["headers"].get("Content-Length", "")
    if isinstance(body, bytes) and announced.isdecimal() and len(body) < int(announced):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(announced))


@contextmanager
def _made(service: str) -> Iterator[None]:
    try:
        yield
    except BotoCoreError as error:
        raise CatalogError(f"no {service} client: {error}", "Set AWS_REGION and AWS credentials.") from None


@contextmanager
def explained(service: str, what: str, remedies: Mapping[str, str]) -> Iterator[None]:
    """Turn AWS's errors into ours, with the remedy of their code; `remedies[""]` is that of all other codes.

    Raises CatalogUnavailable for throttling, 5xx and no answer, else CatalogError.
    """
    try:
        yield
    except ClientError as error:
        raise _cause(error, f"{service}, {what}", remedies) from None
    except BotoCoreError as error:
        raise CatalogUnavailable(
            f"{service} does not answer for {what}: {error}",
            f"Check the network, AWS_REGION and AWS_ENDPOINT_URL_{service.upper()}.",
        ) from None


def _cause(error: ClientError, what: str, remedies: Mapping[str, str]) -> CatalogError:
    code = error.response["Error"]["Code"]
    told = f"{what}: {code} {error.response['Error'].get('Message', '')}"
    if code in _PASSING or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return CatalogUnavailable(told, "Run it again; the tables are published.")
    return CatalogError(told, remedies.get(code, remedies[""]))
