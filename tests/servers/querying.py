"""What the tests of Athena have in common: asking it, and waiting for the answer."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient

DATABASE = "spotify_top50"


class QueryFailedError(Exception):
    """Athena's StateChangeReason."""


@dataclass(frozen=True)
class Answer:
    """Types by column, and rows as text."""

    columns: dict[str, str]
    rows: list[tuple[str | None, ...]]


def start(athena: "AthenaClient", sql: str, output: str, database: str = DATABASE) -> str:
    return athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": database},
        ResultConfiguration={"OutputLocation": output},
    )["QueryExecutionId"]


def wait(athena: "AthenaClient", identity: str) -> str:
    """The state in which the query ends; raises QueryFailedError when that is FAILED."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        status = athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"]["Status"]
        if status["State"] == "FAILED":
            raise QueryFailedError(status["StateChangeReason"])
        if status["State"] not in ("QUEUED", "RUNNING"):
            return status["State"]
        time.sleep(0.01)
    raise TimeoutError(identity)


def ask(athena: "AthenaClient", sql: str, output: str, database: str = DATABASE) -> Answer:
    """Run a statement to its end, and read all pages of its result."""
    identity = start(athena, sql, output, database)
    wait(athena, identity)
    pages = list(athena.get_paginator("get_query_results").paginate(QueryExecutionId=identity))
    info = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    rows = [row for page in pages for row in page["ResultSet"]["Rows"]]
    values = [tuple(datum.get("VarCharValue") for datum in row["Data"]) for row in rows]
    return Answer({column["Name"]: column["Type"] for column in info}, values[1:])
