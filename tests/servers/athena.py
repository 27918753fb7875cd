"""Athena's API: queries that are queued, run and end, with DuckDB behind them. Work groups are moto's."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from .athena_sql import Engine, Result
from .aws_json import AwsError, Body, Moto
from .trino import RefusedError

STATES_BEFORE_THE_END = ("QUEUED", "RUNNING")
"""What GetQueryExecution says first, one state for each look."""

LONGEST_PAGE = 1000
LONGEST_QUERY = 262_144


@dataclass
class Query:
    """One execution. It has run when it is started; only what is told of it takes its time."""

    sql: str
    database: str
    work_group: str
    output: str
    result: Result = field(default_factory=Result)
    reason: str = ""
    end: str = "SUCCEEDED"
    to_come: list[str] = field(default_factory=lambda: list(STATES_BEFORE_THE_END))
    submitted: float = field(default_factory=time.time)

    @property
    def state(self) -> str:
        return self.to_come[0] if self.to_come else self.end

    def described(self, identity: str) -> Body:
        ended = {} if self.to_come else {"CompletionDateTime": time.time()}
        reason = {"StateChangeReason": self.reason} if self.reason and not self.to_come else {}
        return {
            "QueryExecutionId": identity,
            "Query": self.sql,
            "StatementType": "DML" if self.result.is_query else "DDL",
            "ResultConfiguration": {"OutputLocation": self.output},
            "QueryExecutionContext": {"Database": self.database},
            "Status": {"State": self.state, "SubmissionDateTime": self.submitted, **ended, **reason},
            "Statistics": {"DataScannedInBytes": 0, "EngineExecutionTimeInMillis": 1},
            "WorkGroup": self.work_group,
        }


class Athena:
    """Answers the Athena actions; `executed` lists the SQL that came, in order."""

    def __init__(self, moto: Moto, engine: Engine, s3: Any) -> None:
        self.executed: list[str] = []
        self.faults: list[AwsError] = []
        self._failures: list[str] = []
        self._moto, self._engine, self._s3 = moto, engine, s3
        self._queries: dict[str, Query] = {}
        self._tokens: dict[str, str] = {}
        self._lock = RLock()
        self._own: dict[str, Callable[[Body], Body]] = {
            "StartQueryExecution": self._start,
            "GetQueryExecution": self._get,
            "GetQueryResults": self._results,
            "StopQueryExecution": self._stop,
        }

    def answer(self, action: str, body: Body) -> Body:
        with self._lock:
            if self.faults:
                raise self.faults.pop(0)
            if own := self._own.get(action):
                return own(body)
            return self._moto.call(action, body)

    def fail_next_query(self, message: str) -> None:
        """The next query is not run: it ends FAILED for this reason."""
        self._failures.append(message)

    def throttle_next(self, count: int) -> None:
        """Answers the next Athena calls with ThrottlingException."""
        self.faults += [AwsError("ThrottlingException", "Rate exceeded")] * count

    def reset(self) -> None:
        """Forgets queries, faults and failures; moto's own state goes with Glue's."""
        with self._lock:
            for kept in (self.executed, self.faults, self._failures, self._queries, self._tokens):
                kept.clear()

    def _start(self, body: Body) -> Body:
        sql, token = body["QueryString"], body.get("ClientRequestToken") or str(uuid4())
        if len(sql.encode()) > LONGEST_QUERY:
            raise _invalid("QueryString is longer than the maximum allowed length 262144")
        if token not in self._tokens:
            identity = str(uuid4())
            query = self._new(sql, body, identity)
            self.executed.append(sql)
            self._run(query)
            self._queries[identity] = query
            self._tokens[token] = identity
        return {"QueryExecutionId": self._tokens[token]}

    def _new(self, sql: str, body: Body, identity: str) -> Query:
        name = body.get("WorkGroup", "primary")
        work_group = self._moto.call("GetWorkGroup", {"WorkGroup": name}).get("WorkGroup")
        if not work_group:
            raise _invalid(f"WorkGroup {name} is not found.")
        configured = work_group.get("Configuration", {}).get("ResultConfiguration", {}).get("OutputLocation")
        folder = body.get("ResultConfiguration", {}).get("OutputLocation") or configured
        if not folder:
            raise _invalid(
                "No output location provided. An output location is required either through the Workgroup "
                "result configuration setting or as an API input."
            )
        database = body.get("QueryExecutionContext", {}).get("Database", "default").lower()
        return Query(sql, database, name, f"{folder.rstrip('/')}/{identity}.csv")

    def _run(self, query: Query) -> None:
        try:
            if self._failures:
                raise RefusedError("GENERIC_INTERNAL_ERROR", self._failures.pop(0))
            query.result = self._engine.run(query.sql, query.database)
            self._write(query)
        except RefusedError as error:
            query.end, query.reason = "FAILED", str(error)
        except AwsError as error:  # Glue's
            query.end, query.reason = "FAILED", f"{error.code}: {error}"
        except ClientError as error:  # S3's
            query.end, query.reason = "FAILED", f"{query.output}: {error}"

    def _write(self, query: Query) -> None:
        bucket, _, key = query.output.removeprefix("s3://").partition("/")
        lines = [",".join(_in_csv(value) for value in row) + "\n" for row in _with_header(query.result)]
        self._s3.put_object(Bucket=bucket, Key=key, Body="".join(lines).encode())

    def _get(self, body: Body) -> Body:
        identity = body["QueryExecutionId"]
        query = self._query(identity)
        described = query.described(identity)
        del query.to_come[:1]
        return {"QueryExecution": described}

    def _stop(self, body: Body) -> Body:
        query = self._query(body["QueryExecutionId"])
        if query.to_come:
            query.to_come.clear()
            query.end, query.reason = "CANCELLED", "Query was cancelled by user"
        return {}

    def _results(self, body: Body) -> Body:
        query = self._query(body["QueryExecutionId"])
        if query.to_come:
            raise _invalid(f"Query has not yet finished. Current state: {query.state}")
        if query.end != "SUCCEEDED":
            raise _invalid(f"Query did not finish successfully. Final query state: {query.end}")
        longest, begin = body.get("MaxResults", LONGEST_PAGE), int(body.get("NextToken", 0))
        if not 1 <= longest <= LONGEST_PAGE:
            raise _invalid(f"MaxResults is more than maximum allowed length {LONGEST_PAGE}.")
        rows = _with_header(query.result)
        more = {"NextToken": str(begin + longest)} if begin + longest < len(rows) else {}
        page = [_row(row) for row in rows[begin : begin + longest]]
        return {
            "UpdateCount": 0,
            "ResultSet": {"Rows": page, "ResultSetMetadata": _metadata(query.result)},
        } | more

    def _query(self, identity: str) -> Query:
        if identity not in self._queries:
            raise _invalid(f"QueryExecution {identity} was not found")
        return self._queries[identity]


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)


def _with_header(result: Result) -> list[list[str | None]]:
    header: list[str | None] = [name for name, _ in result.columns]
    return [header, *result.rows] if result.is_query else []


def _in_csv(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def _row(values: list[str | None]) -> Body:
    return {"Data": [{} if value is None else {"VarCharValue": value} for value in values]}


def _metadata(result: Result) -> Body:
    known = {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Precision": 0, "Scale": 0}
    known |= {"Nullable": "UNKNOWN", "CaseSensitive": False}
    columns = [{**known, "Name": name, "Label": name, "Type": kind} for name, kind in result.columns]
    return {"ColumnInfo": columns}
