"""All other commands beside a lake on AWS, and what is told when AWS cannot be reached."""

from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.flows.conftest import Command
from tests.servers.cloud import Cloud, make_cloud
from tests.servers.front_door import Door
from tests.servers.glue import GlueServer
from tests.servers.seaweedfs import S3_HOST, S3Server, new_bucket
from top50.simulator import snapshot

from .conftest import APP, FRIDAY
from .hosts import CATALOG, PLAYLIST

PENDING = "raw_data/to_processed/"


def test_a_backlog_of_tagged_objects_is_processed_rebuilt_verified_and_its_refusals_listed(
    command: Command, cloud: Cloud
) -> None:
    command.environment["TOP50_CATALOG"] = "none"
    cloud.put(f"{PENDING}a friend's.json", snapshot("global-weekly", FRIDAY), Tagging="scanned=clean")
    cloud.put(f"{PENDING}login.csv", b"<!DOCTYPE html>", Tagging="scanned=clean")
    processed = command("process_pending")
    assert processed.returncode == 0, processed.stderr
    assert set(cloud.objects("raw_data/processed/")) == {"a friend's.json"}
    with closing(cloud.s3.client()) as client:
        archived = f"{cloud.prefix}/raw_data/processed/a friend's.json"
        tags = client.get_object_tagging(Bucket=cloud.s3.bucket, Key=archived)["TagSet"]
    assert tags == [{"Key": "scanned", "Value": "clean"}]
    listed = command.run("deployments.quarantine")
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.startswith("login.csv\n  why:   an HTML or XML page")

    for options in (("--check",), (), ("--check",)):
        rebuilt = command("rebuild", *options)
        assert rebuilt.returncode == 0, rebuilt.stderr
        assert "5 table files from 1 raw object" in rebuilt.stdout
    verified = command.run("deployments.verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "The lake is whole" in verified.stdout
    assert cloud.door.hosts == {cloud.host}


def test_history_of_another_bucket_is_brought_in(command: Command, cloud: Cloud) -> None:
    other = new_bucket(cloud.s3, f"old-{uuid4().hex[:12]}")
    with closing(other.client()) as client:
        for weeks in range(3):
            content = snapshot("global-weekly", FRIDAY - timedelta(weeks=weeks))
            client.put_object(Bucket=other.bucket, Key=f"old/{weeks}.json", Body=content)
    imported = command("import_history", f"s3://{other.bucket}/old/", TOP50_CATALOG="none")
    assert imported.returncode == 0, imported.stderr
    assert cloud.rows("chart_entries").height == 150
    again = command("import_history", f"s3://{other.bucket}/old/*.json", TOP50_CATALOG="none")
    assert "3 files: 3 in the lake already" in again.stdout
    ended = command("import_history", f"s3://{other.bucket}/nowhere", TOP50_CATALOG="none")
    assert ended.returncode == 1
    assert f"there is nothing at s3://{other.bucket}/nowhere" in ended.stderr
    assert cloud.door.hosts == {cloud.host, f"{other.bucket}.{S3_HOST}"}


@pytest.mark.usefixtures("spotify")
def test_both_doctors_find_everything_well_and_the_lake_is_deployed(command: Command, cloud: Cloud) -> None:
    for doctor in ("deployments.doctor", "flows.doctor"):
        cloud.door.hosts.clear()
        examined = command.run(doctor, **APP)
        assert examined.returncode == 0, examined.stdout + examined.stderr
        assert f"✓ lake: {cloud.lake}" in examined.stdout
        assert cloud.door.hosts == {cloud.host, *CATALOG, *PLAYLIST}
    cloud.door.hosts.clear()
    deployed = command.run("deployments.deploy", **APP)
    assert deployed.returncode == 0, deployed.stderr
    assert cloud.door.hosts == set(), "it asks Prefect alone"


def test_a_bucket_with_dots_in_its_name_is_asked_by_its_path(
    command: Command, door: Door, s3_server: S3Server, glue_server: GlueServer
) -> None:
    """AWS's certificate is for *.s3.eu-central-1.amazonaws.com: one label, not three."""
    cloud = make_cloud(door, s3_server, glue_server, "my.charts.{}")
    cloud.put(f"{PENDING}week.json", snapshot("global-weekly", FRIDAY))
    ended = command("process_pending", TOP50_LAKE=cloud.lake)
    assert ended.returncode == 0, ended.stderr
    assert "5 tables as published" in ended.stdout
    assert door.hosts == {S3_HOST, *CATALOG}


@pytest.mark.parametrize("module", ["flows.weekly_chart", "deployments.verify"])
def test_without_a_region_one_clear_line_says_so(command: Command, cloud: Cloud, module: str) -> None:
    del command.environment["AWS_REGION"]
    ended = command.run(module, TOP50_SOURCE="simulator")
    assert ended.returncode == 1
    assert "no AWS region is set. Set AWS_REGION" in ended.stderr.strip().splitlines()[-1]
    assert "Traceback" not in ended.stderr
    assert cloud.door.hosts == set()
