"""Athena: queries that are queued, run in DuckDB over Glue's tables, and end. Work groups are moto's."""

from threading import RLock
from typing import Any, NamedTuple
from uuid import uuid4

import duckdb
from botocore.exceptions import ClientError
from sqlglot.errors import SqlglotError

from .athena_engine import Engine, Rows
from .aws_json import AwsError, Body, Moto

LONGEST_PAGE = 1000
LONGEST_QUERY = 262_144


class Query(NamedTuple):
    """One execution: how it ends, and the states it is in first, one for each look."""

    database: str
    output: str
    rows: Rows
    failure: Body
    states: list[str]


class Athena:
    """Answers the Athena actions; `executed` lists the SQL that came, in order."""

    def __init__(self, moto: Moto, engine: Engine, s3: Any) -> None:
        self._moto, self._engine, self._s3 = moto, engine, s3
        self._lock = RLock()
        self.reset()

    def reset(self) -> None:
        """Forgets queries, faults and failures; moto's own state goes with Glue's."""
        self.executed: list[str] = []
        self.be_in()  # at an end when they are looked at first: nobody waits for them
        self._failures: list[Body] = []
        self._queries: dict[str, Query] = {}
        self._disabled: set[str] = set()
        self._engine.hidden.clear()

    def answer(self, action: str, body: Body) -> Body:
        with self._lock:
            match action:
                case "StartQueryExecution":
                    return {"QueryExecutionId": self._start(body)}
                case "GetQueryExecution":
                    return {"QueryExecution": self._look(body["QueryExecutionId"])}
                case "GetQueryResults":
                    return self._page(body)
                case "GetWorkGroup":
                    return {"WorkGroup": self._work_group(body["WorkGroup"])}
            return self._moto.call(action, body)

    def fail_next_query(self, message: str, *, is_retryable: bool = False) -> None:
        """The next query is not run: it ends FAILED for this reason."""
        self._failures.append({"ErrorMessage": message, "Retryable": is_retryable})

    def filter_rows(self, table: str, condition: str) -> None:
        """From now on only these rows of a table are seen: a row filter of Lake Formation's."""
        self._engine.hidden[table] = condition

    def disable(self, work_group: str) -> None:
        """From now on the workgroup says that it is disabled."""
        self._disabled.add(work_group)

    def be_in(self, *states: str) -> None:
        """The queries from now on are in these states, one for each look, before they have ended."""
        self._states = states

    def _start(self, body: Body) -> str:
        identity = body.get("ClientRequestToken") or str(uuid4())
        if identity in self._queries:  # whose answer was lost
            return identity
        sql, database = body["QueryString"], body["QueryExecutionContext"]["Database"]
        if len(sql.encode()) > LONGEST_QUERY:
            raise AwsError("InvalidRequestException", "QueryString is longer than 262144")
        output = self._output(body)
        self.executed.append(sql)
        rows, failure = Rows([], []), self._failures.pop(0) if self._failures else {}
        try:
            rows = rows if failure else self._engine.run(sql, database)
            if output and not failure:
                bucket, _, folder = output.removeprefix("s3://").partition("/")
                self._s3.put_object(Bucket=bucket, Key=f"{folder}{identity}.csv", Body=repr(rows).encode())
        except (duckdb.Error, SqlglotError, AwsError, ClientError) as error:
            failure = {"ErrorMessage": f"{type(error).__name__}: {error}", "Retryable": False}
        self._queries[identity] = Query(database, output, rows, failure, list(self._states))
        return identity

    def _output(self, body: Body) -> str:
        """Where on S3 the answer goes; empty where Athena keeps it itself."""
        configuration = self._work_group(body["WorkGroup"]).get("Configuration", {})
        if configuration.get("ManagedQueryResultsConfiguration", {}).get("Enabled"):
            return ""
        own = configuration.get("ResultConfiguration", {}).get("OutputLocation", "")
        output = str(body.get("ResultConfiguration", {}).get("OutputLocation") or own)
        if not output:
            raise AwsError("InvalidRequestException", "No output location provided.")
        return output

    def _work_group(self, name: str) -> Body:
        found: Body | None = self._moto.call("GetWorkGroup", {"WorkGroup": name}).get("WorkGroup")
        if not found:
            raise AwsError("InvalidRequestException", f"WorkGroup {name} is not found.")
        return found | ({"State": "DISABLED"} if name in self._disabled else {})

    def _look(self, identity: str) -> Body:
        query = self._queries[identity]
        status: Body = {"State": "FAILED" if query.failure else "SUCCEEDED"}
        if query.states:
            status = {"State": query.states.pop(0)}
        elif query.failure:
            status |= {"StateChangeReason": query.failure["ErrorMessage"], "AthenaError": query.failure}
        return {"QueryExecutionId": identity, "Status": status}

    def _page(self, body: Body) -> Body:
        query, begin = self._queries[body["QueryExecutionId"]], int(body.get("NextToken", 0))
        rows = [query.rows.names, *query.rows.values]
        page = [
            {"Data": [{} if value is None else {"VarCharValue": str(value)} for value in row]}
            for row in rows[begin : begin + LONGEST_PAGE]
        ]
        more = {"NextToken": str(begin + LONGEST_PAGE)} if begin + LONGEST_PAGE < len(rows) else {}
        return {"ResultSet": {"Rows": page}, **more}
