"""The stand-in for Athena: what it runs, what it refuses, and in which words."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from obstore.store import S3Store

from .crawling import ALBUM, ALBUM_KEY, ENTRIES, YEARS, crawled, put_album, put_table
from .glue import GlueServer
from .querying import Answer, QueryFailedError, ask, start, wait
from .seaweedfs import S3Server

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_glue import GlueClient

pytestmark = pytest.mark.server

Ask = Callable[[str], Answer]


@pytest.fixture
def athena(glue: GlueServer) -> Iterator["AthenaClient"]:
    with closing(glue.athena_client()) as client:
        yield client


@pytest.fixture
def output(s3: S3Server) -> str:
    return f"s3://{s3.bucket}/athena-results/"


@pytest.fixture
def asked(client: "GlueClient", athena: "AthenaClient", store: S3Store, output: str) -> Ask:
    put_album(store)
    for year in (2025, 2026):
        put_table(store, YEARS.format(year), {"rank": pa.array([1, 2], pa.int32())})
    for crawler in (ALBUM, ENTRIES):
        crawled(client, crawler)
    return lambda sql: ask(athena, sql, output, "charts")


def test_rows_come_as_text_with_their_types(asked: Ask, store: S3Store) -> None:
    late = datetime(2026, 1, 1, 1, 2, 3, 4999, tzinfo=UTC)
    put_album(store, updated_at=pa.array([late], pa.timestamp("us", "UTC")))
    answer = asked(
        'SELECT album.*, total_tracks / 5 AS whole, 1.5e0 * total_tracks AS "Part", total_tracks > 1, '
        "CAST(NULL AS bigint) AS n FROM album"
    )
    assert answer.columns == {
        "album_id": "varchar",
        "release_date": "date",
        "total_tracks": "integer",
        "updated_at": "timestamp",
        "whole": "integer",
        "part": "double",
        "_col6": "boolean",
        "n": "bigint",
    }
    assert answer.rows == [("a", "2026-01-01", "12", "2026-01-01 01:02:03.004", "2", "18.0", "true", None)]


def test_partitions_are_those_that_glue_knows(asked: Ask, client: "GlueClient") -> None:
    counted = 'SELECT chart, "year", count(*) AS c FROM chart_entries GROUP BY chart, "year" ORDER BY 2'
    weekly = "global-weekly"
    assert asked(counted).rows == [(weekly, "2025", "2"), (weekly, "2026", "2")]
    client.delete_partition(
        DatabaseName="charts", TableName="chart_entries", PartitionValues=[weekly, "2025"]
    )
    assert asked(counted).rows == [(weekly, "2026", "2")]


def test_what_athena_refuses_fails_and_says_why(asked: Ask) -> None:
    for sql, reason in {
        "SELECT nme FROM album": "COLUMN_NOT_FOUND: .*nme",
        "SELECT 1 AS one FROM albums": "TABLE_NOT_FOUND: .*charts.albums",
        "SELECT * FROM album WHERE release_date > '2026-01-01'": "TYPE_MISMATCH: .*text, time",
        "SELECT CAST(album_id AS integer) AS number FROM album": "INVALID_CAST_ARGUMENT",
    }.items():
        with pytest.raises(QueryFailedError, match=reason):
            asked(sql)


def test_a_file_that_is_not_as_glue_says_is_bad_data(asked: Ask, store: S3Store) -> None:
    put_table(store, ALBUM_KEY, {"album_id": pa.array(["a"])})
    assert asked("SELECT total_tracks FROM album").rows == [(None,)]
    put_album(store, total_tracks=pa.array(["twelve"]))
    with pytest.raises(QueryFailedError, match="HIVE_BAD_DATA: Field total_tracks's type VARCHAR in parquet"):
        asked("SELECT album_id FROM album")
    store.put(ALBUM_KEY, b"no Parquet")
    with pytest.raises(QueryFailedError, match="HIVE_BAD_DATA: Not valid Parquet file"):
        asked("SELECT album_id FROM album")


def test_views_are_tables_of_glue_and_can_be_asked(asked: Ask, client: "GlueClient") -> None:
    asked("CREATE OR REPLACE VIEW best AS -- ours\nSELECT album_id AS id, 1 AS c FROM album")
    asked("CREATE VIEW charts.named AS SELECT id || '!' AS loud, c FROM best")
    assert asked("SELECT loud, c FROM named").rows == [("a!", "1")]
    tables = {table["Name"]: table for table in client.get_tables(DatabaseName="charts")["TableList"]}
    assert tables["best"]["TableType"] == "VIRTUAL_VIEW"
    columns = [(column["Name"], column["Type"]) for column in tables["best"]["StorageDescriptor"]["Columns"]]
    assert columns == [("id", "string"), ("c", "int")]
    asked("CREATE OR REPLACE VIEW best AS SELECT 'b' AS id, 2 AS c")
    assert asked("SELECT * FROM named").rows == [("b!", "2")]
    asked("DROP VIEW best")
    with pytest.raises(QueryFailedError, match="TABLE_NOT_FOUND"):
        asked("SELECT * FROM named")


def test_a_view_that_cannot_be(asked: Ask) -> None:
    asked("CREATE VIEW v AS SELECT 1 AS a")
    for sql, reason in {
        "CREATE VIEW v AS SELECT 1 AS a": "ALREADY_EXISTS",
        "CREATE OR REPLACE VIEW album AS SELECT 1 AS a": "ALREADY_EXISTS: Table",
        "CREATE OR REPLACE VIEW v AS SELECT a FROM v": "VIEW_IS_RECURSIVE",
        "CREATE VIEW w AS SELECT count(*) FROM v": "MISSING_COLUMN_NAME",
        "CREATE VIEW w AS SELECT a, a FROM v": "DUPLICATE_COLUMN_NAME",
        "CREATE VIEW w AS SELECT current_timestamp AS a": "Unsupported Hive type",
        "CREATE VIEW elsewhere.w AS SELECT 1 AS a": "EntityNotFoundException",
        "DROP VIEW w": "TABLE_NOT_FOUND",
        "DROP VIEW IF EXISTS album": "TABLE_NOT_FOUND",
        "CREATE TABLE w AS SELECT 1 AS a": "NOT_SUPPORTED",
    }.items():
        with pytest.raises(QueryFailedError, match=reason):
            asked(sql)


def test_results_come_in_pages_the_first_with_the_header(athena: "AthenaClient", output: str) -> None:
    identity = start(athena, "SELECT rank FROM (VALUES 1, 1, 2, 2) AS ranks (rank) ORDER BY rank", output)
    with pytest.raises(ClientError, match="has not yet finished"):
        athena.get_query_results(QueryExecutionId=identity)
    wait(athena, identity)
    pages = athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=identity, PaginationConfig={"PageSize": 2}
    )
    values = [[row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]] for page in pages]
    assert values == [["rank", "1"], ["1", "2"], ["2"]]


def test_a_query_goes_through_its_states_and_leaves_its_result_on_s3(
    athena: "AthenaClient", store: S3Store, output: str
) -> None:
    identity = start(athena, "SELECT 1 AS one, CAST(NULL AS varchar) AS none", output)
    looks = [athena.get_query_execution(QueryExecutionId=identity)["QueryExecution"] for _ in range(3)]
    assert [look["Status"]["State"] for look in looks] == ["QUEUED", "RUNNING", "SUCCEEDED"]
    assert looks[2]["ResultConfiguration"]["OutputLocation"] == f"{output}{identity}.csv"
    assert bytes(store.get(f"athena-results/{identity}.csv").bytes()) == b'"one","none"\n"1",\n'


def test_a_stopped_query_is_cancelled(athena: "AthenaClient", output: str) -> None:
    identity = start(athena, "SELECT 1 AS one", output)
    athena.stop_query_execution(QueryExecutionId=identity)
    assert wait(athena, identity) == "CANCELLED"
    with pytest.raises(ClientError, match="CANCELLED"):
        athena.get_query_results(QueryExecutionId=identity)


def test_a_request_that_is_not_right_is_no_query(athena: "AthenaClient", glue: GlueServer) -> None:
    with pytest.raises(ClientError, match="No output location provided"):
        athena.start_query_execution(QueryString="SELECT 1")
    with pytest.raises(ClientError, match="nobodys"):
        athena.start_query_execution(QueryString="SELECT 1", WorkGroup="nobodys")
    assert glue.athena.executed == []


def test_queries_fail_and_calls_are_throttled_on_demand(
    athena: "AthenaClient", glue: GlueServer, output: str
) -> None:
    glue.athena.fail_next_query("Query exhausted resources")
    with pytest.raises(QueryFailedError, match="Query exhausted resources"):
        ask(athena, "SELECT 1 AS one", output)
    glue.athena.throttle_next(1)
    with pytest.raises(ClientError, match="ThrottlingException"):
        ask(athena, "SELECT 1 AS one", output)
    assert ask(athena, "SELECT 1 AS one", output).rows == [("1",)]
    assert glue.athena.executed == ["SELECT 1 AS one"] * 2
