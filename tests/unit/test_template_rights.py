"""The rights that deployments/aws.yaml gives: to whom, and what they do not let anybody do."""

import json
import re

import pytest
from botocore.session import Session

from tests.aws.policy import Call, refused, statements, unused
from tests.aws.template import ACCOUNT, BUCKET, REGION, Stack, source
from top50.lake import PROCESSED, TO_PROCESSED
from top50.tables.files import TRANSFORMED
from top50.tables.schemas import TABLES

FOLDER = "charts/top50/"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"


@pytest.mark.parametrize(
    ("parameters", "trusted"),
    [
        ({}, [{"Service": "ecs-tasks.amazonaws.com"}]),
        ({"TrustedService": "pods.eks.amazonaws.com"}, [{"Service": "pods.eks.amazonaws.com"}]),
        (
            {"TrustedService": "none", "TrustedPrincipal": "arn:aws:iam::123456789012:role/runner"},
            [{"AWS": "arn:aws:iam::123456789012:role/runner"}],
        ),
    ],
)
def test_only_who_is_named_may_take_the_flows_role(
    parameters: dict[str, str], trusted: list[dict[str, str]]
) -> None:
    stack = Stack(parameters)
    role = stack.properties("FlowRole")
    allowed = role["AssumeRolePolicyDocument"]["Statement"]
    assert [statement["Principal"] for statement in allowed] == trusted
    # https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
    tags = ["sts:TagSession" in statement["Action"] for statement in allowed]
    assert tags == ["pods.eks" in str(principal) for principal in trusted]
    assert role["ManagedPolicyArns"] == [stack.outputs["PolicyArn"]]


def test_with_nobody_trusted_there_is_the_policy_alone() -> None:
    stack = Stack({"TrustedService": "none"})
    assert "FlowRole" not in stack.resources
    assert "RoleArn" not in stack.outputs
    assert "PolicyArn" in stack.outputs


def test_the_crawlers_may_read_their_tables_and_write_only_those_into_the_catalog() -> None:
    stack = Stack({"LakeFolder": FOLDER})
    (inline,) = stack.properties("CrawlerRole")["Policies"]
    policy = statements(inline["PolicyDocument"])
    bucket, glue = f"arn:aws:s3:::{BUCKET}", f"arn:aws:glue:{REGION}:{ACCOUNT}"
    for table in TABLES:
        folder = f"{FOLDER}{TRANSFORMED}{table}/"
        needed = [
            Call("s3:ListBucket", bucket, (("s3:prefix", folder),)),
            Call("s3:ListBucket", bucket),  # a HEAD of what is missing names no prefix
            Call("s3:GetObject", f"{bucket}/{folder}{table}.parquet"),
            Call("glue:GetDatabases", f"{glue}:catalog"),
            Call("glue:CreateTable", f"{glue}:table/spotify_top50/{table}"),
            Call("glue:UpdateTable", f"{glue}:table/spotify_top50/{table}"),
        ]
        assert not refused(policy, needed)
    wrong = [
        Call("s3:ListBucket", bucket, (("s3:prefix", FOLDER + PROCESSED),)),
        Call("s3:GetObject", f"{bucket}/{FOLDER}{PROCESSED}one.json"),
        Call("s3:PutObject", f"{bucket}/{FOLDER}{TRANSFORMED}album/album.parquet"),
        Call("glue:CreateTable", f"{glue}:table/spotify_top50/album_1f2e"),
        Call("glue:UpdateTable", f"{glue}:table/another/album"),
    ]
    assert refused(policy, wrong) == sorted(wrong)


def test_the_flow_can_neither_delete_what_it_keeps_nor_leave_its_folder() -> None:
    policy = statements(Stack({"LakeFolder": FOLDER}).properties("FlowPolicy")["PolicyDocument"])
    bucket = f"arn:aws:s3:::{BUCKET}"
    wrong = [
        Call("s3:DeleteObject", f"{bucket}/{FOLDER}{PROCESSED}one.json"),
        Call("s3:DeleteObject", f"{bucket}/{FOLDER}{TRANSFORMED}album/album.parquet"),
        Call("s3:DeleteObject", f"{bucket}/{FOLDER}reports/global-weekly.html"),
        Call("s3:DeleteObjectVersion", f"{bucket}/{FOLDER}{TO_PROCESSED}one.json"),
        Call("s3:PutObject", f"{bucket}/{FOLDER}athena_results/1.csv"),
        Call("s3:PutObjectTagging", f"{bucket}/{FOLDER}{TRANSFORMED}album/album.parquet"),
        Call("s3:GetObject", f"{bucket}/another/one.json"),
        Call("s3:ListBucket", bucket, (("s3:prefix", "another/"),)),
        Call("glue:DeleteTable", f"arn:aws:glue:{REGION}:{ACCOUNT}:table/spotify_top50/album"),
        Call("athena:StartQueryExecution", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/primary"),
    ]
    assert refused(policy, wrong) == sorted(wrong)


def longest(catalog: str, partition: str, region: str) -> Stack:
    """A stack with all options on and every name as long as its parameter allows."""
    parameters = source()["Parameters"]
    ids = ",".join(["q" * 36] * 8)
    names = {
        "ExistingBucket": "b" * 63,
        "LakeFolder": "f" * (parameters["LakeFolder"]["MaxLength"] - 1) + "/",
        "Database": "d" * 48,
        "Workgroup": "w" * 64,
        "CrawlerPrefix": "p" * 32,
        "QuickSightDataSets": ids,
        "RolePath": "/" + "r" * (parameters["RolePath"]["MaxLength"] - 2) + "/",
        "KmsKeyArn": f"arn:{partition}:kms:{region}:{ACCOUNT}:key/{'k' * 40}",
    }
    for name, value in names.items():
        pattern = parameters[name]["AllowedPattern"]
        assert re.fullmatch(pattern, value), name
        longer = {"LakeFolder": "", "RolePath": ""}.get(name, f"{value}x")
        assert not longer or not re.fullmatch(pattern, longer), f"{name} may be longer"
    options = {"Catalog": catalog, "LakeFormation": "true", "EcsWorker": "true"}
    return Stack({**names, **options}, partition=partition, region=region)


def longest_region() -> tuple[str, str]:
    """The partition and region whose names together are the longest."""
    session = Session()
    pairs = [
        (partition, region)
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("s3", partition)
    ]
    return max(pairs, key=lambda pair: len(pair[0]) + len(pair[1]))


@pytest.mark.parametrize("catalog", ["glue", "glue-direct"])
def test_every_policy_is_short_enough_with_the_longest_names(catalog: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    stack = longest(catalog, *longest_region())
    for name, policy in stack.of_type("AWS::IAM::ManagedPolicy").items():
        assert len(json.dumps(policy["PolicyDocument"], separators=(",", ":"))) <= 6_144, name
    for name, role in stack.of_type("AWS::IAM::Role").items():
        inline = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        assert sum(len(json.dumps(each, separators=(",", ":"))) for each in inline) <= 10_240, name


@pytest.mark.parametrize("trusted", ["ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com"])
def test_a_service_may_take_a_role_for_this_account_only(trusted: str) -> None:
    landing = {"LandingUrl": "https://prefect.example.org", "LandingHeaderValue": "x"}
    roles = Stack({"TrustedService": trusted, **landing}).of_type("AWS::IAM::Role")
    assert {"FlowRole", "CrawlerRole", "LandingRole"} <= set(roles)
    for role in roles.values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        # IfExists: a service that does not send the key could not take its role at all.
        assert statement["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}


def test_every_role_has_the_companys_path_and_boundary() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    asked = {
        "RolePath": "/charts/",
        "PermissionsBoundary": boundary,
        "EcsWorker": "true",
        "LandingUrl": "https://prefect.example.org",
        "LandingHeaderValue": "x",
    }
    roles = Stack(asked).of_type("AWS::IAM::Role")
    assert len(roles) == len(
        [each for each in source()["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    )
    assert {(role["Path"], role["PermissionsBoundary"]) for role in roles.values()} == {
        ("/charts/", boundary)
    }
    assert {policy["Path"] for policy in Stack(asked).of_type("AWS::IAM::ManagedPolicy").values()} == {
        "/charts/"
    }
    without = Stack().of_type("AWS::IAM::Role").values()
    assert not [role for role in without if "PermissionsBoundary" in role]


def needed_to_read(stack: Stack) -> list[Call]:
    """What Athena, its drivers and BI tools ask for: https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html"""
    bucket, here = f"arn:aws:s3:::{BUCKET}", f"{REGION}:{ACCOUNT}"
    workgroup = f"arn:aws:athena:{here}:workgroup/{stack.properties('QueryWorkgroup')['Name']}"
    catalog = f"arn:aws:athena:{here}:datacatalog/AwsDataCatalog"
    folder = f"{FOLDER}{TRANSFORMED}"
    return [
        *(Call(f"athena:{action}", workgroup) for action in ("GetWorkGroup", "StartQueryExecution")),
        *(Call(f"athena:{action}", workgroup) for action in ("GetQueryExecution", "StopQueryExecution")),
        *(Call(f"athena:{action}", workgroup) for action in ("GetQueryResults", "GetQueryResultsStream")),
        *(Call(f"athena:{action}", catalog) for action in ("ListDatabases", "GetTableMetadata")),
        *(Call(f"athena:{action}", "*") for action in ("ListWorkGroups", "ListDataCatalogs")),
        *(Call(f"glue:{action}", f"arn:aws:glue:{here}:catalog") for action in ("GetDatabases", "GetTables")),
        Call("glue:GetTable", f"arn:aws:glue:{here}:table/spotify_top50/top_50"),
        Call("glue:GetPartitions", f"arn:aws:glue:{here}:table/spotify_top50/chart_entries"),
        Call("s3:GetBucketLocation", bucket),
        Call("s3:ListBucket", bucket, (("s3:prefix", f"{folder}album/"),)),
        Call("s3:GetObject", f"{bucket}/{folder}album/album.parquet"),
    ]


@pytest.mark.parametrize("options", [{}, {"KmsKeyArn": KEY, "LakeFormation": "true"}])
def test_readers_may_query_everything(options: dict[str, str]) -> None:
    stack = Stack({"LakeFolder": FOLDER, **options})
    policy = statements(stack.properties("ReaderPolicy")["PolicyDocument"])
    further = [Call("kms:Decrypt", KEY), Call("lakeformation:GetDataAccess", "*")]
    assert refused(policy, needed_to_read(stack)) == []
    assert refused(policy, further) == ([] if options else further)


def test_readers_may_change_nothing_and_see_no_raw_object() -> None:
    document = Stack({"LakeFolder": FOLDER, "KmsKeyArn": KEY}).properties("ReaderPolicy")["PolicyDocument"]
    policy, bucket = statements(document), f"arn:aws:s3:::{BUCKET}"
    glue = f"arn:aws:glue:{REGION}:{ACCOUNT}"
    wrong = [
        *(
            Call(f"s3:{action}Object", f"{bucket}/{FOLDER}{TRANSFORMED}a.parquet")
            for action in ("Put", "Delete")
        ),
        Call("s3:PutObject", f"{bucket}/{FOLDER}athena_results/1.csv"),
        Call("s3:GetObject", f"{bucket}/{FOLDER}{PROCESSED}one.json"),
        Call("s3:ListBucket", bucket, (("s3:prefix", FOLDER + PROCESSED),)),
        *(
            Call(f"glue:{action}Table", f"{glue}:table/spotify_top50/album")
            for action in ("Update", "Delete")
        ),
        Call("athena:StartQueryExecution", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/primary"),
        Call("athena:DeleteNamedQuery", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/top50"),
    ]
    assert refused(policy, wrong) == sorted(wrong)


def test_lake_formation_grants_go_to_every_role_that_is_made() -> None:
    def granted(**parameters: str) -> list[tuple[str, str]]:
        grants = Stack({"LakeFormation": "true", **parameters}).of_type(
            "AWS::LakeFormation::PrincipalPermissions"
        )
        return [
            (grant["Principal"]["DataLakePrincipalIdentifier"].rpartition("/")[2], *grant["Resource"])
            for grant in grants.values()
        ]

    crawler = [("CrawlerRole", "Database"), ("CrawlerRole", "Table")]
    flow = [("FlowRole", "Database"), ("FlowRole", "Table")]
    assert granted() == crawler + flow
    assert granted(Catalog="glue-direct") == flow
    assert granted(TrustedService="none") == crawler
    assert not Stack().of_type("AWS::LakeFormation::PrincipalPermissions")


def test_with_lake_formation_and_a_key_flow_and_crawlers_may_use_both() -> None:
    stack = Stack({"LakeFormation": "true", "KmsKeyArn": KEY})
    (inline,) = stack.properties("CrawlerRole")["Policies"]
    data = [Call("lakeformation:GetDataAccess", "*"), Call("kms:Decrypt", KEY)]
    assert not refused(statements(inline["PolicyDocument"]), data)
    flow = statements(stack.properties("FlowPolicy")["PolicyDocument"])
    assert not refused(flow, [*data, Call("kms:GenerateDataKey", KEY)])
    bare = statements(Stack().properties("FlowPolicy")["PolicyDocument"])
    assert refused(bare, data) == sorted(data)


def test_the_ecs_worker_may_run_our_tasks_with_our_roles_and_no_others() -> None:
    """What prefect_aws.workers.ecs_worker and prefect_aws.observers.ecs call."""
    stack = Stack({"EcsWorker": "true"})
    policy = statements(stack.properties("WorkerPolicy")["PolicyDocument"])
    ecs, iam = f"arn:aws:ecs:{REGION}:{ACCOUNT}", f"arn:aws:iam::{ACCOUNT}:role"
    ours, task = f"{ecs}:task-definition/top50:7", f"{ecs}:task/default/0a1b"
    to_ecs = (("iam:PassedToService", "ecs-tasks.amazonaws.com"),)
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/top50/flow-runs:log-stream:prefect/prefect/0a1b"
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:top50-ecs-events"
    needed = [
        *(Call(f"ecs:{action}", ours) for action in ("RegisterTaskDefinition", "RunTask")),
        *(Call(f"ecs:{action}", "*") for action in ("DescribeTaskDefinition", "DeregisterTaskDefinition")),
        *(Call(f"ecs:{action}", task) for action in ("DescribeTasks", "StopTask")),
        Call("ecs:TagResource", task, (("ecs:CreateAction", "RunTask"),)),
        Call("ecs:TagResource", ours, (("ecs:CreateAction", "RegisterTaskDefinition"),)),
        *(Call(f"ec2:{action}", "*") for action in ("DescribeVpcs", "DescribeSubnets")),
        *(Call("iam:PassRole", f"{iam}/{role}", to_ecs) for role in ("FlowRole", "TaskExecutionRole")),
        Call("logs:GetLogEvents", logs),
        *(Call(f"sqs:{action}", queue) for action in ("GetQueueUrl", "ReceiveMessage", "DeleteMessage")),
        Call("sqs:ChangeMessageVisibility", queue),
    ]
    wrong = [
        Call("ecs:RunTask", f"{ecs}:task-definition/another:1"),
        Call("iam:PassRole", f"{iam}/Admin", to_ecs),
        Call("iam:PassRole", f"{iam}/FlowRole", (("iam:PassedToService", "lambda.amazonaws.com"),)),
        Call("ecs:TagResource", task),
    ]
    assert refused(policy, [*needed, *wrong]) == sorted(wrong)
    assert unused(policy, needed) == []


def test_a_task_on_ecs_may_make_its_log_group() -> None:
    """The worker sets awslogs-create-group, and AWS's policy for execution roles lacks this right."""
    (inline,) = Stack({"EcsWorker": "true"}).properties("TaskExecutionRole")["Policies"]
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/top50/flow-runs"
    needed = [Call("logs:CreateLogGroup", name) for name in (group, f"{group}:log-stream:")]
    assert not refused(statements(inline["PolicyDocument"]), needed)
