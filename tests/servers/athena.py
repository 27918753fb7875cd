"""Athena's API: queries that are queued, run and end, with DuckDB behind them. Work groups are moto's."""

from collections.abc import Callable
from threading import RLock
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from .athena_query import STATES_BEFORE_THE_END, Query, as_row, in_csv, metadata, with_header
from .athena_sql import Engine
from .aws_json import AwsError, Body, Moto
from .trino import RefusedError

LONGEST_PAGE = 1000
LONGEST_QUERY = 262_144


class Athena:
    """Answers the Athena actions; `executed` lists the SQL that came, in order."""

    def __init__(self, moto: Moto, engine: Engine, s3: Any) -> None:
        self.executed: list[str] = []
        self.faults: list[AwsError] = []
        self._failures: list[tuple[str, bool]] = []
        self._lost_answers = 0
        self._moto, self._engine, self._s3 = moto, engine, s3
        self._queries: dict[str, Query] = {}
        self._tokens: dict[str, str] = {}
        self._states: tuple[str, ...] = STATES_BEFORE_THE_END
        self._disabled: set[str] = set()
        self._lock = RLock()
        self._own: dict[str, Callable[[Body], Body]] = {
            "StartQueryExecution": self._start,
            "GetQueryExecution": self._get,
            "GetQueryResults": self._results,
            "StopQueryExecution": self._stop,
            "GetWorkGroup": lambda body: {"WorkGroup": self._work_group(body["WorkGroup"])},
        }

    def answer(self, action: str, body: Body) -> Body:
        with self._lock:
            if self.faults:
                raise self.faults.pop(0)
            if own := self._own.get(action):
                return own(body)
            return self._moto.call(action, body)

    def fail_next_query(self, message: str, *, is_retryable: bool = False) -> None:
        """The next query is not run: it ends FAILED for this reason."""
        self._failures.append((message, is_retryable))

    def lose_next_answer(self) -> None:
        """The next query is started, and whoever asked for it is answered with status 500."""
        self._lost_answers += 1

    def filter_rows(self, database: str, table: str, condition: str) -> None:
        """From now on only these rows of a table are seen: a row filter of Lake Formation's."""
        self._engine.row_filters[database, table] = condition

    def disable(self, work_group: str) -> None:
        """From now on the workgroup says that it is disabled, and runs nothing."""
        self._disabled.add(work_group)

    def be_slow(self) -> None:
        """The queries from now on stay in the queue."""
        self.be_in(*["QUEUED"] * 1_000)

    def be_in(self, *states: str) -> None:
        """The queries from now on are in these states, one for each look, before they have ended."""
        self._states = states

    def throttle_next(self, count: int) -> None:
        """Answers the next Athena calls with ThrottlingException."""
        self.faults += [AwsError("ThrottlingException", "Rate exceeded")] * count

    def reset(self) -> None:
        """Forgets queries, faults and failures; moto's own state goes with Glue's."""
        with self._lock:
            for kept in (self.executed, self.faults, self._failures, self._queries, self._tokens):
                kept.clear()
            self._engine.row_filters.clear()
            self._disabled.clear()
            self._lost_answers, self._states = 0, STATES_BEFORE_THE_END

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
        if self._lost_answers:
            self._lost_answers -= 1
            raise AwsError("InternalServerException", "Internal failure", 500)
        return {"QueryExecutionId": self._tokens[token]}

    def _new(self, sql: str, body: Body, identity: str) -> Query:
        name = body.get("WorkGroup", "primary")
        if name in self._disabled:
            raise _invalid(f"WorkGroup {name} is disabled.")
        configuration = self._work_group(name).get("Configuration", {})
        database = body.get("QueryExecutionContext", {}).get("Database", "default").lower()
        if configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled"):
            if "ResultConfiguration" in body:
                raise _invalid(
                    "ManagedQueryResultsConfiguration and ResultConfiguration cannot be set together"
                )
            return Query(sql, database, name, to_come=list(self._states))
        configured = configuration.get("ResultConfiguration", {}).get("OutputLocation")
        asked_for = body.get("ResultConfiguration", {}).get("OutputLocation")
        # https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
        is_enforced = configuration.get("EnforceWorkGroupConfiguration", False)
        folder = configured if is_enforced else asked_for or configured
        if not folder:
            raise _invalid(
                "No output location provided. An output location is required either through the Workgroup "
                "result configuration setting or as an API input."
            )
        output = f"{folder.rstrip('/')}/{identity}.csv"
        return Query(sql, database, name, output, to_come=list(self._states))

    def _work_group(self, name: str) -> Body:
        found: Body | None = self._moto.call("GetWorkGroup", {"WorkGroup": name}).get("WorkGroup")
        if not found:
            raise _invalid(f"WorkGroup {name} is not found.")
        return found | ({"State": "DISABLED"} if name in self._disabled else {})

    def _run(self, query: Query) -> None:
        try:
            if self._failures:
                message, query.is_retryable = self._failures.pop(0)
                raise RefusedError("GENERIC_INTERNAL_ERROR", message)
            query.result = self._engine.run(query.sql, query.database)
            if query.output:
                self._write(query)
        except RefusedError as error:
            query.end, query.reason = "FAILED", str(error)
        except AwsError as error:  # Glue's
            query.end, query.reason = "FAILED", f"{error.code}: {error}"
        except ClientError as error:  # S3's
            query.end, query.reason = "FAILED", f"{query.output}: {error}"

    def _write(self, query: Query) -> None:
        bucket, _, key = query.output.removeprefix("s3://").partition("/")
        lines = [",".join(in_csv(value) for value in row) + "\n" for row in with_header(query.result)]
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
        rows = with_header(query.result)
        more = {"NextToken": str(begin + longest)} if begin + longest < len(rows) else {}
        page = [as_row(row) for row in rows[begin : begin + longest]]
        return {
            "UpdateCount": 0,
            "ResultSet": {"Rows": page, "ResultSetMetadata": metadata(query.result)},
        } | more

    def _query(self, identity: str) -> Query:
        if identity not in self._queries:
            raise _invalid(f"QueryExecution {identity} was not found")
        return self._queries[identity]


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
