"""What others say of the template: cfn-lint of its form, checkov of its safety, parliament of its policies.

They live in an environment of their own, which `make lint-template` builds; without it these are skipped.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.aws.template import TEMPLATE, Stack, read

ROOT = Path(__file__).parents[2]
PLACES = os.pathsep.join([str(ROOT / ".venv" / "template" / "bin"), os.environ["PATH"]])
EVERYTHING = {
    "LakeFolder": "top50/",
    "TrustedPrincipal": "arn:aws:iam::123456789012:role/runner",
    "QuickSightDataSets": "top-50,artists",
    "LandingUrl": "https://prefect.example.org/api/events",
    "LandingHeaderValue": "Bearer of-nothing",
}


def said(tool: str, *words: str) -> str:
    """What a tool finds, nothing when it finds nothing; skips where the tool is not installed."""
    command = shutil.which(tool, path=PLACES)
    if command is None:
        pytest.skip(f"no {tool} here: make lint-template")
    ended = subprocess.run(
        [command, *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "AWS_DEFAULT_REGION": "us-east-1"},
    )
    assert ended.stdout.strip() or ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def formal_faults(file: Path) -> str:
    return said("cfn-lint", str(file))


def unsafe(file: Path) -> list[str]:
    """The ids of the checks that fail."""
    answer = said("checkov", "--skip-download", "--compact", "--output=json", f"--file={file}")
    found: dict[str, Any] = json.loads(answer)
    assert found["summary"]["passed"] > 30
    assert not found["summary"]["parsing_errors"]
    return [check["check_id"] for check in found["results"]["failed_checks"]]


def policies(stack: Stack) -> Iterator[Any]:
    """Every policy that is made, those of resources included."""
    for properties in (each["Properties"] for each in stack.resources.values()):
        if "PolicyDocument" in properties:
            yield properties["PolicyDocument"]
        yield from (policy["PolicyDocument"] for policy in properties.get("Policies", []))


def policy_faults(stack: Stack, folder: Path) -> str:
    for number, policy in enumerate(policies(stack)):
        (folder / f"{number}.json").write_text(json.dumps(policy))
    return said("parliament", "--directory", str(folder))


def changed(folder: Path, old: str, new: str) -> Path:
    text = TEMPLATE.read_text()
    assert text.count(old) == 1, old
    file = folder / "changed.yaml"
    file.write_text(text.replace(old, new))
    return file


def test_the_form_is_right() -> None:
    assert formal_faults(TEMPLATE) == ""


def test_nothing_is_unsafe_but_what_is_waived_with_a_reason() -> None:
    assert unsafe(TEMPLATE) == []
    waivers = [
        waiver
        for resource in read(TEMPLATE.read_text())["Resources"].values()
        for waiver in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
    ]
    assert all(len(waiver["comment"]) > 30 for waiver in waivers)


@pytest.mark.parametrize("catalog", ["glue", "glue-direct"])
def test_every_action_and_resource_of_the_policies_is_known(catalog: str, tmp_path: Path) -> None:
    assert policy_faults(Stack({**EVERYTHING, "Catalog": catalog}), tmp_path) == ""


def test_an_unknown_property_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "RecursiveDeleteOption: true", "RecursiveDeletion: true")
    assert "RecursiveDeletion" in formal_faults(file)


def test_a_public_bucket_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "RestrictPublicBuckets: true", "RestrictPublicBuckets: false")
    assert unsafe(file) == ["CKV_AWS_56"]


def test_an_unknown_action_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "[glue:GetCrawler, glue:StartCrawler]", "[glue:GetCrawler, glue:BeginCrawler]")
    broken = Stack(EVERYTHING, read(file.read_text()))
    (tmp_path / "policies").mkdir()
    assert "BeginCrawler" in policy_faults(broken, tmp_path / "policies")


def test_an_action_on_the_wrong_resource_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, ":workgroup/${Workgroup}", ":crawler/${Workgroup}")
    broken = Stack(EVERYTHING, read(file.read_text()))
    (tmp_path / "policies").mkdir()
    assert "athena:StartQueryExecution" in policy_faults(broken, tmp_path / "policies")
