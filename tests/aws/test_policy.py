"""The flow's policy against what runs really call: nothing is missing, and nothing is there for nothing."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.aws.conftest import DATABASE
from tests.aws.made_from_template import make_stack
from tests.aws.policy import Call, Statement, refused, statements, unused
from tests.aws.recorded_calls import aws_calls, s3_calls
from tests.aws.template import Stack
from tests.flows.conftest import Command
from tests.servers.forks import running_forks
from tests.servers.front_door import Door
from tests.servers.glue import GlueServer
from tests.servers.prefect import running_prefect_server
from tests.servers.seaweedfs import S3_HOST, S3Server
from top50.simulator import running
from top50.tables.schemas import TABLES

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

KINDS = ("glue", "glue-direct")
KEY = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"


def spoil(glue: "GlueClient", elsewhere: str) -> None:
    """Change in Glue what a run then has to put right, and add a partition that has no file."""
    for name in TABLES:
        table = glue.get_table(DatabaseName=DATABASE, Name=name)["Table"]
        wrong: Any = {**_input(table), "Description": "changed by hand"}
        glue.update_table(DatabaseName=DATABASE, TableInput=wrong)
    entries = glue.get_partitions(DatabaseName=DATABASE, TableName="chart_entries")["Partitions"]
    stored: Any = {**entries[0]["StorageDescriptor"], "Location": elsewhere}
    for values in (entries[0]["Values"], ["global-weekly", "1999"]):
        partition: Any = {"Values": values, "StorageDescriptor": stored}
        if values == entries[0]["Values"]:
            glue.update_partition(
                DatabaseName=DATABASE,
                TableName="chart_entries",
                PartitionValueList=values,
                PartitionInput=partition,
            )
        else:
            glue.create_partition(DatabaseName=DATABASE, TableName="chart_entries", PartitionInput=partition)


def _input(table: Any) -> Any:
    taken = ("Name", "TableType", "PartitionKeys", "Parameters", "StorageDescriptor")
    return {name: table[name] for name in taken if name in table}


class Recorded:
    """One lake in the stand-ins with a stack of each kind over it, and all that the flows ask of AWS."""

    def __init__(self, command: Command, door: Door, s3: S3Server, glue: GlueServer) -> None:
        self.folder = f"lake-{uuid4().hex[:8]}/"
        given = {
            "ExistingBucket": s3.bucket,
            "LakeFolder": self.folder,
            "QuickSightDataSets": "top-50,artists",
            "KmsKeyArn": KEY,
            "CrawlerPrefix": "charts_",
        }
        self.stacks = {kind: Stack({"Catalog": kind, **given}) for kind in KINDS}
        self.calls: dict[str, set[Call]] = {kind: set() for kind in KINDS}
        self.s3, self.glue, self._command, self._door = s3, glue, command, door

    def policy(self, kind: str) -> list[Statement]:
        return statements(self.stacks[kind].properties("FlowPolicy")["PolicyDocument"])

    def make(self, kind: str) -> None:
        self.glue.reset()
        make_stack(self.glue, self.stacks[kind])

    def run(self, kind: str, flow: str, *options: str) -> None:
        """Run a flow with the stack's own lines of .env."""
        outputs = self.stacks[kind].outputs
        settings = dict(line.split("=", 1) for name, line in outputs.items() if name.startswith("Env"))
        self._door.forget()
        self._door.lead_to_aws(self.s3, self.glue)
        ended = self._command(flow, *options, **{**self._door.environment(), **settings})
        requests = self._door.requests
        of_s3 = [request for request in requests if request.host.endswith(S3_HOST)]
        self.calls[kind] |= set(s3_calls(of_s3, KEY))
        others = [request for request in requests if not request.host.endswith(S3_HOST)]
        self.calls[kind] |= set(aws_calls(others, f"{self.s3.bucket}/{self.folder}", KEY))
        assert (ended.returncode, self._door.refused) == (0, []), ended.stderr

    def newest(self) -> tuple[str, bytes]:
        """Key below raw_data/processed/, and content, of the newest raw object."""
        client, bucket, prefix = self.s3.client(), self.s3.bucket, f"{self.folder}raw_data/processed/"
        key = client.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"][-1]["Key"]
        return key.removeprefix(prefix), client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def quarantine_newest(self) -> None:
        """As a person would: the next run then takes it back."""
        key, content = self.newest()
        self.put(f"raw_data/quarantine/{key}", content)
        self.s3.client().delete_object(Bucket=self.s3.bucket, Key=f"{self.folder}raw_data/processed/{key}")

    def put(self, key: str, content: bytes) -> None:
        self.s3.client().put_object(Bucket=self.s3.bucket, Key=self.folder + key, Body=content)


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    home = tmp_path_factory.mktemp("home")
    with running_prefect_server(tmp_path_factory.mktemp("prefect")) as server, running() as spotify:
        prefect = {**server.environment(), "PREFECT_TASKS_DEFAULT_RETRY_DELAY_SECONDS": "0.1"}
        own = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TOP50_SOURCE": "simulator",
            "TOP50_SPOTIFY_API_URL": spotify.api_url,
            "TOP50_SPOTIFY_ACCOUNTS_URL": spotify.accounts_url,
        }
        with running_forks(prefect) as forks:
            yield Command({**prefect, **own}, forks=forks)


@pytest.fixture(scope="module")
def recorded(
    command: Command,
    front_door: Door,
    s3_server: S3Server,
    glue_server: GlueServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Recorded:
    """What people do with a lake in its first weeks."""
    place = Recorded(command, front_door, s3_server, glue_server)
    old = tmp_path_factory.mktemp("history") / "old.json"
    place.make("glue")
    place.run("glue", "weekly_chart")
    old.write_bytes(place.newest()[1])
    place.run("glue", "import_history", str(old))
    place.run("glue", "doctor")
    place.make("glue-direct")
    place.quarantine_newest()
    place.put("raw_data/to_processed/strange.json", b"{}")
    place.run("glue-direct", "weekly_chart")
    with closing(glue_server.client()) as glue:
        spoil(glue, f"s3://{s3_server.bucket}/{place.folder}elsewhere/")
    place.run("glue-direct", "rebuild")
    return place


@pytest.mark.parametrize("kind", KINDS)
def test_the_flows_may_do_all_that_they_do(kind: str, recorded: Recorded) -> None:
    assert not refused(recorded.policy(kind), recorded.calls[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_the_flows_need_all_that_they_may_do(kind: str, recorded: Recorded) -> None:
    assert not unused(recorded.policy(kind), set().union(*recorded.calls.values()))


@pytest.mark.parametrize("kind", KINDS)
def test_without_any_one_statement_something_would_be_refused(kind: str, recorded: Recorded) -> None:
    policy, calls = recorded.policy(kind), set().union(*recorded.calls.values())
    own = [call for call in calls if not refused(policy, [call])]
    for left_out in policy:
        assert refused([each for each in policy if each != left_out], own), left_out.sid
