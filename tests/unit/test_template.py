"""deployments/aws.yaml: what it makes is what the code expects to find."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

from tests.aws.template import BUCKET, TEMPLATE, Stack, source
from top50.catalog.crawlers import crawler_name
from top50.catalog.glue import RESULTS
from top50.catalog.views import VIEWS
from top50.files import TRANSFORMED
from top50.lake import PROCESSED
from top50.settings import Settings, load_settings
from top50.tables import TABLES

FOLDER = "charts/top50/"


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """An empty environment, and afterwards the one that was: reading .env changes it."""
    with mock.patch.dict(os.environ, clear=True):
        yield


def read_env(stack: Stack, folder: Path) -> Settings:
    file = folder / ".env"
    lines = [line for name, line in stack.outputs.items() if name.startswith("Env")]
    file.write_text("".join(f"{line}\n" for line in lines))
    return load_settings(file)


def test_one_command_can_deploy_it() -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
    assert len(TEMPLATE.read_bytes()) < 51_200
    written = source()
    assert all("Default" in parameter for parameter in written["Parameters"].values())
    assert all(len(parameter["Description"]) > 25 for parameter in written["Parameters"].values())
    groups = written["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(written["Parameters"])
    # CAPABILITY_IAM alone does not let a role or policy have a name of its own.
    named = {"RoleName", "ManagedPolicyName", "PolicyName"}
    roles = [each["Properties"] for each in written["Resources"].values() if "::IAM::" in each["Type"]]
    assert not [properties for properties in roles if named & set(properties)]


def test_every_default_fits_its_own_pattern() -> None:
    for name, parameter in source()["Parameters"].items():
        assert re.fullmatch(parameter.get("AllowedPattern", "(?s).*"), str(parameter["Default"])), name
        assert str(parameter["Default"]) in parameter.get("AllowedValues", [str(parameter["Default"])]), name


@pytest.mark.parametrize("folder", ["", "top50/", FOLDER, "/top50/", "top50", "a//", "chart=x/"])
def test_a_folder_is_empty_or_ends_with_a_slash(folder: str) -> None:
    pattern = source()["Parameters"]["LakeFolder"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, folder)) == (folder in ("", "top50/", FOLDER))


def test_the_crawlers_are_those_that_the_flow_starts() -> None:
    crawlers = Stack({"LakeFolder": FOLDER}).of_type("AWS::Glue::Crawler").values()
    assert {crawler["Name"] for crawler in crawlers} == {crawler_name(table) for table in TABLES}
    targets = {crawler["Name"]: crawler["Targets"] for crawler in crawlers}
    for table in TABLES:
        path = f"s3://{BUCKET}/{FOLDER}{TRANSFORMED}{table}/"
        assert targets[crawler_name(table)] == {"S3Targets": [{"Path": path}]}


def test_a_crawler_never_splits_a_table_and_looks_at_everything_again() -> None:
    for crawler in Stack().of_type("AWS::Glue::Crawler").values():
        said = json.loads(crawler["Configuration"])
        assert said["Grouping"] == {"TableGroupingPolicy": "CombineCompatibleSchemas"}
        assert said["CrawlerOutput"]["Partitions"] == {"AddOrUpdateBehavior": "InheritFromTable"}
        assert said["CrawlerOutput"]["Tables"] == {"AddOrUpdateBehavior": "MergeNewColumns"}
        assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
        assert "Schedule" not in crawler


def test_without_crawlers_there_is_no_role_for_them() -> None:
    direct = Stack({"Catalog": "glue-direct"})
    assert not direct.of_type("AWS::Glue::Crawler")
    assert "CrawlerRole" not in direct.resources


def test_the_lines_for_env_are_settings(tmp_path: Path) -> None:
    settings = read_env(Stack({"LakeFolder": FOLDER, "QuickSightDataSets": "a,b"}), tmp_path)
    assert settings.lake.rstrip("/") == f"s3://{BUCKET}/{FOLDER}".rstrip("/")
    assert (settings.catalog_name, settings.glue_database) == ("glue", "spotify_top50")
    assert (settings.athena_workgroup, settings.quicksight_datasets) == ("top50", ("a", "b"))
    assert os.environ["AWS_REGION"] == "us-east-1"


def test_what_is_there_already_is_used_and_not_made(tmp_path: Path) -> None:
    stack = Stack({"ExistingBucket": "mine", "ExistingDatabase": "true", "Database": "charts"})
    kinds = {each["Type"] for each in stack.resources.values()}
    assert not kinds & {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::Glue::Database"}
    assert BUCKET not in json.dumps(stack.resources)
    settings = read_env(stack, tmp_path)
    assert (settings.lake, settings.glue_database) == ("s3://mine/", "charts")
    assert {crawler["DatabaseName"] for crawler in stack.of_type("AWS::Glue::Crawler").values()} == {"charts"}


def test_the_bucket_outlives_the_stack_and_keeps_the_lake_apart() -> None:
    written = source()["Resources"]
    assert written["Lake"]["DeletionPolicy"] == written["LakePolicy"]["DeletionPolicy"] == "Retain"
    rules = Stack({"LakeFolder": FOLDER}).properties("Lake")["LifecycleConfiguration"]["Rules"]
    by_folder = {rule["Prefix"]: rule for rule in rules if "Prefix" in rule}
    assert set(by_folder) == {FOLDER + PROCESSED, FOLDER + RESULTS}
    # Nothing of the lake itself ever expires.
    assert [prefix for prefix, rule in by_folder.items() if "ExpirationInDays" in rule] == [FOLDER + RESULTS]


def test_only_tls_is_spoken_with_the_bucket() -> None:
    (statement,) = Stack().properties("LakePolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_work_group_cannot_be_gone_round_and_keeps_results_out_of_the_tables() -> None:
    (workgroup,) = Stack({"LakeFolder": FOLDER}).of_type("AWS::Athena::WorkGroup").values()
    configuration = workgroup["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == 2**30
    place = configuration["ResultConfiguration"]["OutputLocation"]
    assert place == f"s3://{BUCKET}/{FOLDER}{RESULTS}"
    assert not place.startswith(f"s3://{BUCKET}/{FOLDER}{TRANSFORMED}")


def test_there_is_a_named_query_for_each_view() -> None:
    queries = Stack().of_type("AWS::Athena::NamedQuery").values()
    asked = [re.findall(r"FROM (\w+)", query["QueryString"]) for query in queries]
    assert sorted(asked) == sorted([name] for name in VIEWS)
    assert {(query["WorkGroup"], query["Database"]) for query in queries} == {("top50", "spotify_top50")}
    assert len({query["Name"] for query in queries}) == len(VIEWS)
