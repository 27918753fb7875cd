"""deployments/aws.yaml: what it makes is what the code expects to find."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from botocore.session import Session

from tests.aws.combinations import CHOICES, every_stack, names_of
from tests.aws.template import ACCOUNT, BUCKET, TEMPLATE, Stack, source
from top50.catalog.glue.crawlers import crawler_name
from top50.catalog.views import VIEWS
from top50.lake import PROCESSED
from top50.settings import Settings, load_settings
from top50.tables.files import TRANSFORMED
from top50.tables.schemas import TABLES

ROOT = TEMPLATE.parents[1]
FOLDER = "charts/top50/"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"
ON_ECS = {"EcsWorker": "true", "TrustedService": "ecs-tasks.amazonaws.com"}


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


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"LandingUrl": "https://prefect.example.org/api/events"}, "LandingUrl needs a LandingHeaderValue."),
        ({"MonthlyBudget": "10"}, "MonthlyBudget needs an AlarmEmail."),
        (
            {"EcsWorker": "true", "TrustedService": "none"},
            "EcsWorker needs TrustedService=ecs-tasks.amazonaws.com.",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(parameters: dict[str, str], said: str) -> None:
    assert Stack(parameters).refusals == [said]


def test_nothing_is_refused_as_it_comes_nor_with_all_options() -> None:
    assert not Stack().refusals
    assert not Stack({name: choices[-1] for name, choices in CHOICES.items()} | ON_ECS).refusals


def test_every_parameter_that_decides_something_is_tried_in_every_way() -> None:
    written = source()
    deciding = names_of([written["Conditions"], written["Rules"]]) & set(written["Parameters"])
    assert deciding == set(CHOICES)


@pytest.mark.parametrize("section", ["Resources", "Outputs"])
def test_whatever_is_chosen_nothing_refers_to_what_is_not_made(section: str) -> None:
    for name in source()[section]:
        resolved = [
            stack.properties(name) if section == "Resources" else stack.output(name)
            for stack in every_stack(section, name)
        ]
        assert resolved, f"{name} is never made"


def test_every_default_fits_its_own_pattern() -> None:
    for name, parameter in source()["Parameters"].items():
        assert re.fullmatch(parameter.get("AllowedPattern", "(?s).*"), str(parameter["Default"])), name
        assert str(parameter["Default"]) in parameter.get("AllowedValues", [str(parameter["Default"])]), name


@pytest.mark.parametrize("folder", ["", "top50/", FOLDER, "/top50/", "top50", "a//", "chart=x/"])
def test_a_folder_is_empty_or_ends_with_a_slash(folder: str) -> None:
    pattern = source()["Parameters"]["LakeFolder"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, folder)) == (folder in ("", "top50/", FOLDER))


@pytest.mark.parametrize(
    ("name", "value", "is_right"),
    [
        ("LandingUrl", "https://prefect.example.org:4200/api/events?a=%20b&c=d", True),
        ("LandingUrl", "https://prefect.example.org/{event}", False),
        ("LandingUrl", "https://prefect.example.org/#top", False),
        ("LandingUrl", 'https://prefect.example.org/"', False),
        ("LandingUrl", "http://prefect.example.org/", False),
        ("LandingHeaderValue", "Bearer of-nothing", True),
        ("LandingHeaderValue", "Basic dXNlcjpwYXNzd29yZA==", True),
        ("LandingHeaderValue", "user:password", False),
        ("LandingHeaderValue", "Bearer of-nothing ", False),
        ("KmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:key/mrk-0a1b2c3d4e5f", True),
        ("KmsKeyArn", "arn:aws:kms:eu-central-1:123456789012:alias/lake", False),
        ("RolePath", "/teams/charts/", True),
        ("RolePath", "/teams/charts", False),
        ("QuickSightDataSets", "top-50,artists", True),
        ("QuickSightDataSets", "top-50, artists", False),
        ("QuickSightDataSets", ",".join("abcdefghi"), False),
    ],
)
def test_a_value_that_aws_would_refuse_late_is_refused_at_once(name: str, value: str, is_right: bool) -> None:
    parameter = source()["Parameters"][name]
    assert bool(re.fullmatch(parameter["AllowedPattern"], value)) is is_right


def test_the_patterns_for_events_are_at_least_as_strict_as_their_api() -> None:
    """EventBridge's own patterns are in its model, which boto3 brings."""
    shapes = Session().get_service_model("events")
    parameters = source()["Parameters"]
    for name, shape in [
        ("LandingUrl", "HttpsEndpoint"),
        ("LandingHeaderValue", "AuthHeaderParametersSensitive"),
    ]:
        limits = shapes.shape_for(shape).metadata
        assert parameters[name]["MaxLength"] <= limits["max"]
        for character in map(chr, range(128)):
            value = f"https://prefect.example.org/a{character}b"[8 * (name != "LandingUrl") :]
            if re.fullmatch(parameters[name]["AllowedPattern"], value):
                assert re.search(limits["pattern"], value), f"{name} {value!r}"


def test_the_crawlers_are_those_that_the_flow_starts() -> None:
    crawlers = Stack({"LakeFolder": FOLDER}).of_type("AWS::Glue::Crawler").values()
    assert {crawler["Name"] for crawler in crawlers} == {crawler_name(table) for table in TABLES}
    targets = {crawler["Name"]: crawler["Targets"] for crawler in crawlers}
    for table in TABLES:
        path = f"s3://{BUCKET}/{FOLDER}{TRANSFORMED}{table}/"
        assert targets[crawler_name(table)] == {"S3Targets": [{"Path": path}]}


def test_the_crawlers_of_another_prefix_are_those_that_the_flow_may_start() -> None:
    stack = Stack({"CrawlerPrefix": "try_"})
    names = {crawler["Name"] for crawler in stack.of_type("AWS::Glue::Crawler").values()}
    assert names == {f"try_{table}_crawler" for table in TABLES}
    (may_run,) = [
        each
        for each in stack.properties("FlowPolicy")["PolicyDocument"]["Statement"]
        if each["Sid"] == "RunCrawlers"
    ]
    assert {resource.rpartition("/")[2] for resource in may_run["Resource"]} == names
    assert stack.output("EnvCrawlerPrefix") == "TOP50_CRAWLER_PREFIX=try_"


def test_a_crawler_never_splits_a_table_and_looks_at_everything_again() -> None:
    for crawler in Stack().of_type("AWS::Glue::Crawler").values():
        said = json.loads(crawler["Configuration"])
        assert said["Grouping"] == {"TableGroupingPolicy": "CombineCompatibleSchemas"}
        assert said["CrawlerOutput"]["Partitions"] == {"AddOrUpdateBehavior": "InheritFromTable"}
        assert said["CrawlerOutput"]["Tables"] == {"AddOrUpdateBehavior": "MergeNewColumns"}
        assert said["CreatePartitionIndex"] is False
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
    assert os.environ["AWS_REGION"] == os.environ["AWS_DEFAULT_REGION"] == "eu-central-1"


def test_the_handbook_names_every_parameter_and_the_example_every_line_for_env() -> None:
    handbook = (ROOT / "docs" / "aws.md").read_text(encoding="utf-8")
    assert not [name for name in source()["Parameters"] if f"`{name}`" not in handbook]
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    lines = {
        name: line for name, line in Stack({"QuickSightDataSets": "a"}).outputs.items() if name[:3] == "Env"
    }
    assert len(lines) == len([name for name in source()["Outputs"] if name.startswith("Env")])
    assert not [line for line in lines.values() if f"# {line.partition('=')[0]}=" not in example]


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
    for name in ("Lake", "LakePolicy"):
        # A stack that could not be created takes its empty bucket away again.
        assert written[name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert written[name]["UpdateReplacePolicy"] == "Retain"
    rules = Stack({"LakeFolder": FOLDER}).properties("Lake")["LifecycleConfiguration"]["Rules"]
    assert [rule["Prefix"] for rule in rules if "Prefix" in rule] == [FOLDER + PROCESSED]
    assert not [rule for rule in rules if "ExpirationInDays" in rule]


@pytest.mark.parametrize(("key", "algorithm"), [("", "AES256"), (KEY, "aws:kms")])
def test_a_new_bucket_and_its_results_are_encrypted_by_s3_or_with_the_key(key: str, algorithm: str) -> None:
    stack = Stack({"KmsKeyArn": key})
    (rule,) = stack.properties("Lake")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    by_default = rule["ServerSideEncryptionByDefault"]
    assert by_default["SSEAlgorithm"] == algorithm
    assert by_default.get("KMSMasterKeyID", "") == key
    assert rule.get("BucketKeyEnabled", False) is bool(key)
    configuration = stack.properties("QueryWorkgroup")["WorkGroupConfiguration"]
    encryption = configuration["ManagedQueryResultsConfiguration"].get("EncryptionConfiguration", {})
    assert encryption.get("KmsKey", "") == key


def test_only_tls_is_spoken_with_the_bucket() -> None:
    (statement,) = Stack().properties("LakePolicy")["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_work_group_cannot_be_gone_round_and_keeps_results_out_of_the_lake() -> None:
    (workgroup,) = Stack({"LakeFolder": FOLDER}).of_type("AWS::Athena::WorkGroup").values()
    configuration = workgroup["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == 2**30
    assert configuration["ManagedQueryResultsConfiguration"] == {"Enabled": True}
    assert "ResultConfiguration" not in configuration


@pytest.mark.parametrize("budget", ["0", "10"])
def test_mail_goes_out_when_an_event_fails_and_when_the_budget_is_spent(budget: str) -> None:
    address, landing = (
        "ops@example.org",
        {"LandingUrl": "https://prefect.example.org", "LandingHeaderValue": "x"},
    )
    stack = Stack({"AlarmEmail": address, "MonthlyBudget": budget, **landing})
    assert stack.properties("AlarmTopic")["Subscription"] == [{"Protocol": "email", "Endpoint": address}]
    alarm = stack.properties("LandingAlarm")
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "LandingFailures"}]
    assert alarm["AlarmActions"] == [f"arn:aws:sns:eu-central-1:{ACCOUNT}:AlarmTopic"]
    budgets = list(stack.of_type("AWS::Budgets::Budget").values())
    assert [each["Budget"]["BudgetLimit"] for each in budgets] == [{"Amount": 10, "Unit": "USD"}][
        : int(budget)
    ]
    addresses = [
        subscriber["Address"]
        for each in budgets
        for notification in each["NotificationsWithSubscribers"]
        for subscriber in notification["Subscribers"]
    ]
    assert set(addresses) == ({address} if budgets else set())


def test_without_an_address_or_a_queue_there_is_no_alarm() -> None:
    alarms = {"AlarmTopic", "LandingAlarm", "Budget"}
    assert not alarms & set(Stack().resources)
    assert not alarms & set(Stack({"AlarmEmail": "ops@example.org"}).resources)


def test_on_ecs_is_nothing_that_was_not_asked_for() -> None:
    assert not Stack().of_type("AWS::Logs::LogGroup")
    assert not {"TaskExecutionRole", "WorkerPolicy"} & set(Stack().resources)
    assert not [name for name in Stack().outputs if name.startswith("Variable")]


def test_there_is_a_named_query_for_each_view() -> None:
    queries = Stack().of_type("AWS::Athena::NamedQuery").values()
    asked = [re.findall(r"FROM (\w+)", query["QueryString"]) for query in queries]
    assert sorted(asked) == sorted([name] for name in VIEWS)
    assert {(query["WorkGroup"], query["Database"]) for query in queries} == {("top50", "spotify_top50")}
    assert len({query["Name"] for query in queries}) == len(VIEWS)
