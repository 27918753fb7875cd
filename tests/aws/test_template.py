"""What the template makes, at work in the stand-ins for Glue and Athena."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.aws.conftest import CRAWLERS, DATABASE, QUICK
from tests.aws.made_from_template import make_stack
from tests.aws.template import Stack
from tests.servers.glue import GlueServer
from tests.servers.seaweedfs import S3Server
from top50.catalog.athena import Athena
from top50.catalog.glue import RESULTS
from top50.catalog.glue.crawlers import run_crawlers
from top50.catalog.views import VIEWS
from top50.lake.s3 import S3Lake
from top50.simulator import snapshot
from top50.tables.publish import publish
from top50.tables.schemas import CHART_ENTRIES, TABLES
from top50.transform import build_tables

NEWEST = datetime(2026, 1, 9, 22, tzinfo=UTC)
WEEKS_AGO = (4, 3, 1, 0)  # two weeks ago is missing


@pytest.fixture
def stack(lake: S3Lake, s3_server: S3Server, glue_server: GlueServer) -> Stack:
    """The template's crawlers and work group, over a lake with some weeks in it."""
    folder = lake.address.rpartition("/")[2]
    stack = Stack({"ExistingBucket": s3_server.bucket, "LakeFolder": f"{folder}/"})
    glue_server.reset()
    glue_server.crawls_take(0.1, 0.05)
    make_stack(glue_server, stack)
    weeks = [NEWEST - timedelta(weeks=ago) for ago in WEEKS_AGO]
    raws = [(f"chart=global-weekly/{at}.json", snapshot("global-weekly", at)) for at in weeks]
    publish(lake, build_tables(raws).tables)
    return stack


@pytest.fixture
def athena(stack: Stack, glue_server: GlueServer) -> Iterator[Athena]:
    with closing(glue_server.client()) as glue, closing(glue_server.athena_client()) as client:
        run_crawlers(glue, CRAWLERS, polling=QUICK)
        (workgroup,) = stack.of_type("AWS::Athena::WorkGroup").values()
        yield Athena(client, DATABASE, workgroup["Name"], "s3://nowhere/", QUICK)


def test_its_crawlers_make_the_tables(athena: Athena, glue_server: GlueServer) -> None:
    assert athena, "the crawlers have run"
    with closing(glue_server.client()) as glue:
        tables = {table["Name"]: table for table in glue.get_tables(DatabaseName=DATABASE)["TableList"]}
    assert set(tables) == set(TABLES)
    keys = [key["Name"] for key in tables["chart_entries"].get("PartitionKeys", [])]
    assert tuple(keys) == CHART_ENTRIES.partitions


def test_its_queries_run_and_leave_nothing_in_the_lake(athena: Athena, stack: Stack, lake: S3Lake) -> None:
    for view in VIEWS.values():
        athena.run(f"CREATE OR REPLACE VIEW {view.name} AS\n{view.sql}")
    queries = {
        query["Name"]: query["QueryString"] for query in stack.of_type("AWS::Athena::NamedQuery").values()
    }
    answers = dict(zip(queries, athena.ask(list(queries.values())), strict=True))
    assert len(answers["The newest chart"]) == 50
    assert len(answers["Number ones"]) == len(WEEKS_AGO)
    assert answers["Missing charts"] == [("global-weekly", "2025-12-25")]
    assert [rank for rank, *_ in answers["The newest chart"]] == [str(rank) for rank in range(1, 51)]
    assert all(
        rows for name, rows in answers.items() if name not in ("Songs with several ids", "Labels by points")
    )
    assert not list(lake.list(RESULTS))
