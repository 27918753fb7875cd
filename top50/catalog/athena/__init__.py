"""Athena: start queries, wait for their end, read their rows.

https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from top50.catalog.aws import RUN_AGAIN, TEMPLATE, Polling, aws_errors
from top50.errors import CatalogError, CatalogUnavailable

if TYPE_CHECKING:
    from types_boto3_athena.client import AthenaClient
    from types_boto3_athena.type_defs import StartQueryExecutionInputTypeDef, WorkGroupTypeDef

_WITHOUT = "TOP50_ATHENA_WORKGROUP=none does without Athena"
_REMEDIES = {
    "": f"Give the role the rights on Athena and on its results that {TEMPLATE} lists; {_WITHOUT}.",
    "InvalidRequestException": "Correct TOP50_ATHENA_WORKGROUP, or create the workgroup and its output "
    f"location ({TEMPLATE}); {_WITHOUT}.",
}
_CHECK_QUERY = f"Look at the query in the Athena console, and run it again; {_WITHOUT}."

# The reason of a query that failed because another run has just done the same.
_ANOTHER_RUN = re.compile(r"already.?exists|ConcurrentModification", re.IGNORECASE)

Row = tuple[str | None, ...]


def get_workgroup(client: "AthenaClient", name: str) -> "WorkGroupTypeDef":
    """Return a workgroup's description; raises CatalogError, CatalogUnavailable."""
    with aws_errors("Athena", f"workgroup {name}", _REMEDIES):
        return client.get_work_group(WorkGroup=name)["WorkGroup"]


class Athena:
    """Runs SQL in one database and one workgroup.

    results: the output location, used only if the workgroup does not define or manage its own. Every method
    raises CatalogUnavailable for a passing fault, else CatalogError with Athena's own words.
    """

    def __init__(
        self,
        client: "AthenaClient",
        database: str,
        workgroup: str,
        results: str,
        polling: Polling = Polling(first_wait=0.2, longest_wait=5.0, timeout=600.0),  # noqa: B008 - it is frozen
    ) -> None:
        self._client, self._database, self._workgroup = client, database, workgroup
        self._polling = polling
        configuration = get_workgroup(client, workgroup).get("Configuration", {})
        has_location = configuration.get("ResultConfiguration", {}).get("OutputLocation")
        is_managed = configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled")
        self._results = "" if has_location or is_managed else results

    def ask(self, queries: Sequence[str]) -> list[list[Row]]:
        """Run queries side by side; return the rows of each one as text, without the header."""
        started = [self._start(sql) for sql in queries]
        for query in started:
            self._wait(query)
        return [self._rows(query) for query in started]

    def run(self, statement: str) -> None:
        """Run a statement without rows to its end."""
        self._wait(self._start(statement))

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
        with aws_errors("Athena", f"workgroup {self._workgroup}", _REMEDIES):
            return self._client.start_query_execution(**request)["QueryExecutionId"]

    def _wait(self, query: str) -> None:
        for time_is_up in self._polling.polls():
            with aws_errors("Athena", f"query {query}", _REMEDIES):
                answer = self._client.get_query_execution(QueryExecutionId=query)
            status = answer["QueryExecution"].get("Status", {})
            state = status.get("State", "unknown")
            if state == "SUCCEEDED":
                return
            if state in ("FAILED", "CANCELLED"):
                reason = status.get("StateChangeReason") or "no reason given"
                what = f"the Athena query {query} {state}: {reason}"
                if status.get("AthenaError", {}).get("Retryable") or _ANOTHER_RUN.search(reason):
                    raise CatalogUnavailable(what, RUN_AGAIN)
                raise CatalogError(what, _CHECK_QUERY)
            if time_is_up:
                raise CatalogError(
                    f"the Athena query {query} did not end in time: it is {state}", _CHECK_QUERY
                )

    def _rows(self, query: str) -> list[Row]:
        with aws_errors("Athena", f"results of query {query}", _REMEDIES):
            pages = self._client.get_paginator("get_query_results").paginate(QueryExecutionId=query)
            rows = [row for page in pages for row in page["ResultSet"]["Rows"]]
        return [tuple(datum.get("VarCharValue") for datum in row["Data"]) for row in rows[1:]]
