"""Athena: start queries, wait for their end, read their rows.

https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from top50.catalog.aws import TEMPLATE, explained
from top50.catalog.patience import Patience
from top50.errors import CatalogError, CatalogUnavailable

if TYPE_CHECKING:
    from types_boto3_athena.client import AthenaClient
    from types_boto3_athena.type_defs import (
        QueryExecutionStatusTypeDef,
        StartQueryExecutionInputTypeDef,
        WorkGroupTypeDef,
    )

PATIENCE = Patience(first_look=0.2, longest_between_looks=5.0, altogether=600.0)

_WITHOUT = "TOP50_ATHENA_WORKGROUP=none does without Athena"
_REMEDIES = {
    "": f"Give the role the rights on Athena and on its results that {TEMPLATE} lists; {_WITHOUT}.",
    "InvalidRequestException": "Correct TOP50_ATHENA_WORKGROUP, or make the workgroup and its output "
    f"location ({TEMPLATE}); {_WITHOUT}.",
}
_REMEDY_OF_A_QUERY = f"Look at the query in the Athena console, and run it again; {_WITHOUT}."

_ANOTHER_RUN = re.compile(r"already.?exists|ConcurrentModification", re.IGNORECASE)
"""What a query says when a run beside ours has just done the same."""

Row = tuple[str | None, ...]


def get_workgroup(client: "AthenaClient", name: str) -> "WorkGroupTypeDef":
    """Return a workgroup; raises CatalogError with the remedy when it is not there or may not be read."""
    with explained("Athena", f"workgroup {name}", _REMEDIES):
        return client.get_work_group(WorkGroup=name)["WorkGroup"]


class Athena:
    """Runs SQL in one database and one workgroup.

    `results` is where the answers are put when the workgroup has no place of its own for them: where it
    has, or keeps them itself, the place is not ours to name.
    """

    def __init__(
        self,
        client: "AthenaClient",
        database: str,
        workgroup: str,
        results: str,
        patience: Patience = PATIENCE,
    ) -> None:
        self._client, self._database, self._workgroup = client, database, workgroup
        self._patience = patience
        has_place = _has_place(get_workgroup(client, workgroup))
        self._results = "" if has_place else results

    def ask(self, queries: Sequence[str]) -> list[list[Row]]:
        """Run queries side by side; return the rows of each as text, without the header.

        Raises CatalogUnavailable for a passing fault, else CatalogError with Athena's own words.
        """
        return [self._rows(identity) for identity in self._run_all(queries)]

    def run(self, statement: str) -> None:
        """Run a statement that has no rows to its end; raises the same."""
        self._run_all([statement])

    def _run_all(self, queries: Sequence[str]) -> list[str]:
        started = [self._start(sql) for sql in queries]
        for identity in started:
            self._wait(identity)
        return started

    def _start(self, sql: str) -> str:
        # botocore gives each request a ClientRequestToken and repeats it when it tries again:
        # an answer that was lost starts no second query.
        request: StartQueryExecutionInputTypeDef = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": self._database},
            "WorkGroup": self._workgroup,
        }
        if self._results:
            request["ResultConfiguration"] = {"OutputLocation": self._results}
        with explained("Athena", f"workgroup {self._workgroup}", _REMEDIES):
            return self._client.start_query_execution(**request)["QueryExecutionId"]

    def _wait(self, identity: str) -> None:
        for time_is_up in self._patience.looks():
            status = self._status(identity)
            state = status.get("State", "unknown")
            if state == "SUCCEEDED":
                return
            if state in ("FAILED", "CANCELLED"):
                raise _failure(identity, status)
            if time_is_up:
                told = f"the Athena query {identity} was not done in time: it is {state}"
                raise CatalogError(told, _REMEDY_OF_A_QUERY)

    def _status(self, identity: str) -> "QueryExecutionStatusTypeDef":
        with explained("Athena", f"query {identity}", _REMEDIES):
            answer = self._client.get_query_execution(QueryExecutionId=identity)
        return answer["QueryExecution"].get("Status", {})

    def _rows(self, identity: str) -> list[Row]:
        with explained("Athena", f"results of query {identity}", _REMEDIES):
            pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=identity)
            rows = [row for page in pages for row in page["ResultSet"]["Rows"]]
        return [tuple(datum.get("VarCharValue") for datum in row["Data"]) for row in rows[1:]]


def _has_place(workgroup: "WorkGroupTypeDef") -> bool:
    configuration = workgroup.get("Configuration", {})
    return bool(
        configuration.get("ResultConfiguration", {}).get("OutputLocation")
        or configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled")
    )


def _failure(identity: str, status: "QueryExecutionStatusTypeDef") -> CatalogError:
    reason = status.get("StateChangeReason") or "no reason given"
    told = f"the Athena query {identity} {status.get('State')}: {reason}"
    if status.get("AthenaError", {}).get("Retryable") or _ANOTHER_RUN.search(reason):
        return CatalogUnavailable(told, "Run it again; the tables are published.")
    return CatalogError(told, _REMEDY_OF_A_QUERY)
