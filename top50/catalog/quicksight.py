"""QuickSight: refresh the data sets that it stores in SPICE.

https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateIngestion.html
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from top50.catalog.aws import aws_errors, make_client

if TYPE_CHECKING:
    import boto3

_REMEDIES = {
    "": "Check the role's right quicksight:CreateIngestion on the data set.",
    "ResourceNotFoundException": "Correct TOP50_QUICKSIGHT_DATASETS and AWS_REGION; "
    "the ids are those of `aws quicksight list-data-sets`.",
    "InvalidParameterValueException": "QuickSight refreshes only data sets in SPICE; "
    "remove the others from TOP50_QUICKSIGHT_DATASETS.",
    "LimitExceededException": "QuickSight refreshes a data set 32 times in 24 hours (Standard edition: 8); "
    "run it again later.",
}


class QuickSight(Protocol):
    """The part of boto3's QuickSight client that is used."""

    def create_ingestion(self, **request: str) -> Mapping[str, Any]:
        """Start to refresh a data set."""
        ...


def quicksight_client(session: "boto3.Session") -> tuple[QuickSight, str]:
    """Return a client for QuickSight, and the account's number.

    Raises CatalogError without a region or credentials, CatalogUnavailable when AWS does not answer.
    """
    quicksight, sts = make_client(session, "QuickSight"), make_client(session, "STS")
    with aws_errors("STS", "the account", {"": "Check the AWS credentials."}):
        return quicksight, sts.get_caller_identity()["Account"]


def start_ingestions(quicksight: QuickSight, account: str, datasets: Sequence[str], run: str) -> list[str]:
    """Start to refresh data sets, without waiting for the end; return a line about each one.

    run: the ids of the ingestions are made from it, so that a retry of a run refreshes nothing twice.
    Raises CatalogError for a data set that is refused, CatalogUnavailable for a passing fault.
    """
    ingestion, lines = f"top50-{run}", []
    for dataset in datasets:
        with aws_errors("QuickSight", f"data set {dataset}", _REMEDIES):
            try:
                quicksight.create_ingestion(
                    AwsAccountId=account,
                    DataSetId=dataset,
                    IngestionId=ingestion,
                    IngestionType="FULL_REFRESH",
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceExistsException":
                    raise
                lines.append(f"QuickSight data set {dataset}: {ingestion} was started before")
            else:
                lines.append(f"QuickSight data set {dataset}: started {ingestion}")
    return lines
