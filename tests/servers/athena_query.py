"""One execution of a query, and its result as Athena writes it."""

import time
from dataclasses import dataclass, field

from .athena_sql import Result
from .aws_json import Body

STATES_BEFORE_THE_END = ("QUEUED", "RUNNING")
"""What GetQueryExecution says first, one state for each look."""


@dataclass
class Query:
    """One execution. It has run when it is started; only what is told of it takes its time."""

    sql: str
    database: str
    work_group: str
    output: str = ""
    """The S3 address of the answer; empty where Athena keeps it itself."""
    result: Result = field(default_factory=Result)
    reason: str = ""
    is_retryable: bool = False
    end: str = "SUCCEEDED"
    to_come: list[str] = field(default_factory=list)
    """The states it is in first, one for each look."""
    submitted: float = field(default_factory=time.time)

    @property
    def state(self) -> str:
        return self.to_come[0] if self.to_come else self.end

    def described(self, identity: str) -> Body:
        ended = {} if self.to_come else {"CompletionDateTime": time.time()}
        reason: Body = {"StateChangeReason": self.reason} if self.reason and not self.to_come else {}
        if reason and self.end == "FAILED":
            reason["AthenaError"] = {"ErrorMessage": self.reason, "Retryable": self.is_retryable}
        return {
            "QueryExecutionId": identity,
            "Query": self.sql,
            "StatementType": "DML" if self.result.is_query else "DDL",
            **({"ResultConfiguration": {"OutputLocation": self.output}} if self.output else {}),
            "QueryExecutionContext": {"Database": self.database},
            "Status": {"State": self.state, "SubmissionDateTime": self.submitted, **ended, **reason},
            "Statistics": {"DataScannedInBytes": 0, "EngineExecutionTimeInMillis": 1},
            "WorkGroup": self.work_group,
        }


def with_header(result: Result) -> list[list[str | None]]:
    header: list[str | None] = [name for name, _ in result.columns]
    return [header, *result.rows] if result.is_query else []


def in_csv(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def as_row(values: list[str | None]) -> Body:
    return {"Data": [{} if value is None else {"VarCharValue": value} for value in values]}


def metadata(result: Result) -> Body:
    known = {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Precision": 0, "Scale": 0}
    known |= {"Nullable": "UNKNOWN", "CaseSensitive": False}
    columns = [{**known, "Name": name, "Label": name, "Type": kind} for name, kind in result.columns]
    return {"ColumnInfo": columns}
