"""The rights that deployments/aws.yaml gives: to whom, and what they do not let anybody do."""

import json

import pytest

from tests.aws.policy import Call, refused, statements
from tests.aws.template import ACCOUNT, BUCKET, REGION, Stack, source
from top50.files import TRANSFORMED
from top50.lake import PROCESSED, TO_PROCESSED
from top50.tables import TABLES

FOLDER = "charts/top50/"


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
            Call("s3:GetObject", f"{bucket}/{folder}{table}.parquet"),
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
        Call("s3:GetObject", f"{bucket}/another/one.json"),
        Call("s3:ListBucket", bucket, (("s3:prefix", "another/"),)),
        Call("glue:DeleteTable", f"arn:aws:glue:{REGION}:{ACCOUNT}:table/spotify_top50/album"),
        Call("athena:StartQueryExecution", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/primary"),
    ]
    assert refused(policy, wrong) == sorted(wrong)


@pytest.mark.parametrize("catalog", ["glue", "glue-direct"])
def test_the_policy_is_short_enough_with_the_longest_folder(catalog: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    longest = "a" * (source()["Parameters"]["LakeFolder"]["MaxLength"] - 1) + "/"
    stack = Stack({"LakeFolder": longest, "Catalog": catalog, "QuickSightDataSets": ",".join("abcde")})
    document = stack.properties("FlowPolicy")["PolicyDocument"]
    assert len(json.dumps(document, separators=(",", ":"))) < 6_144
