"""QuickSight: let the data sets that are kept in SPICE read the new week.

https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateIngestion.html
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from top50.catalog.aws import refuse_cut_answers
from top50.errors import CatalogError, CatalogUnavailable

if TYPE_CHECKING:
    import boto3

_PATIENT = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})

_PASSING = {"ThrottlingException", "Throttling", "InternalFailureException", "ResourceUnavailableException"}

_REMEDIES = {
    "ResourceNotFoundException": "Correct TOP50_QUICKSIGHT_DATASETS and AWS_REGION; "
    "the ids are those of `aws quicksight list-data-sets`.",
    "InvalidParameterValueException": "Only a data set that is kept in SPICE can be refreshed; "
    "take the others out of TOP50_QUICKSIGHT_DATASETS.",
    "LimitExceededException": "QuickSight refreshes a data set 32 times in 24 hours (Standard edition: 8); "
    "run it again later.",
}
_RIGHTS = "Check the role's right quicksight:CreateIngestion on the data set."


class QuickSight(Protocol):
    """What is asked of boto3's QuickSight client."""

    def create_ingestion(self, **request: str) -> Mapping[str, Any]:
        """Start reading a data set anew."""
        ...


def quicksight_client(session: "boto3.Session") -> tuple[QuickSight, str]:
    """Make a client for `start_ingestions`, and tell the account that it is of.

    Raises CatalogError when AWS is not set up for it, CatalogUnavailable when it does not answer.
    """
    try:
        sts, quicksight = (session.client(service, config=_PATIENT) for service in ("sts", "quicksight"))
    except BotoCoreError as error:
        raise CatalogError(f"no QuickSight client: {error}", "Set AWS_REGION and AWS credentials.") from None
    for client in (sts, quicksight):
        refuse_cut_answers(client)
    with _explained("account"):
        return quicksight, sts.get_caller_identity()["Account"]


def start_ingestions(quicksight: QuickSight, account: str, datasets: Sequence[str], run: str) -> list[str]:
    """Start reading each data set anew, without waiting for it; return a line for each.

    The ids of the ingestions are made from `run`: the same run never reads a data set twice.
    Raises CatalogError for a data set that is refused, CatalogUnavailable for a passing fault.
    """
    return [_start(quicksight, account, dataset, f"top50-{run}") for dataset in datasets]


def _start(quicksight: QuickSight, account: str, dataset: str, ingestion: str) -> str:
    try:
        with _explained(f"data set {dataset}"):
            quicksight.create_ingestion(
                AwsAccountId=account, DataSetId=dataset, IngestionId=ingestion, IngestionType="FULL_REFRESH"
            )
    except _StartedBefore:
        return f"QuickSight data set {dataset}: {ingestion} was started before"
    return f"QuickSight data set {dataset}: started {ingestion}"


class _StartedBefore(Exception):
    pass


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _cause(error, f"QuickSight {what}") from None
    except BotoCoreError as error:
        raise CatalogUnavailable(
            f"QuickSight {what}: {error}", "Check the network, AWS_REGION and AWS credentials."
        ) from None


def _cause(error: ClientError, what: str) -> Exception:
    code = error.response["Error"]["Code"]
    told = f"{what}: {code} {error.response['Error'].get('Message', '')}"
    if code == "ResourceExistsException":
        return _StartedBefore()
    if code in _PASSING or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return CatalogUnavailable(told, "Run it again; the tables are published.")
    return CatalogError(told, _REMEDIES.get(code, _RIGHTS))
