"""What others say of the template: cfn-lint of its form, checkov of its safety, parliament of its policies.

They live in an environment of their own, which `make lint-template` builds; without it these are skipped.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.aws.combinations import CHOICES, every_policy, policies
from tests.aws.template import TEMPLATE, Stack, read

ROOT = Path(__file__).parents[2]
PLACES = os.pathsep.join([str(ROOT / ".venv" / "template" / "bin"), os.environ["PATH"]])
EVERYTHING = {
    **{name: choices[-1] for name, choices in CHOICES.items()},
    "ExistingBucket": "",
    "ExistingDatabase": "false",
    "TrustedService": "ecs-tasks.amazonaws.com",
    "Catalog": "glue",
    "LakeFolder": "top50/",
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


def unsafe(*files: Path) -> list[str]:
    """The ids of the checks that fail in any of the files, each alone in its folder."""
    named = [f"--file={file}" for file in files]
    found: dict[str, Any] = json.loads(
        said("checkov", "--skip-download", "--compact", "--framework=cloudformation", "--output=json", *named)
    )
    assert found["summary"]["passed"] > 30
    assert not found["summary"]["parsing_errors"]
    return [check["check_id"] for check in found["results"]["failed_checks"]]


def resolved(stack: Stack, folder: Path) -> Path:
    """The template that a stack comes to, without parameters."""
    folder.mkdir()
    file = folder / "resolved.json"
    file.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": stack.resources}))
    return file


def policy_faults(policies: Iterable[Any], folder: Path) -> str:
    folder.mkdir()
    for number, policy in enumerate(policies):
        (folder / f"{number}.json").write_text(json.dumps(policy))
    return said("parliament", "--directory", str(folder))


def changed(folder: Path, old: str, new: str) -> Path:
    text = TEMPLATE.read_text()
    assert old in text, old
    file = folder / "changed.yaml"
    file.write_text(text.replace(old, new, 1))
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


def test_whatever_is_chosen_nothing_is_unsafe(tmp_path: Path) -> None:
    chosen = {
        "bare": {},
        "everything": EVERYTHING,
        "direct": {**EVERYTHING, "Catalog": "glue-direct", "KmsKeyArn": ""},
        "existing": {**EVERYTHING, "ExistingBucket": "mine", "ExistingDatabase": "true"},
    }
    files = [resolved(Stack(parameters), tmp_path / name) for name, parameters in chosen.items()]
    assert unsafe(*files) == []


def test_every_action_and_resource_of_the_policies_of_every_combination_is_known(tmp_path: Path) -> None:
    assert policy_faults(every_policy(), tmp_path / "policies") == ""


def test_an_unknown_property_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "RecursiveDeleteOption: true", "RecursiveDeletion: true")
    assert "RecursiveDeletion" in formal_faults(file)


def test_a_public_bucket_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "RestrictPublicBuckets: true", "RestrictPublicBuckets: false")
    assert unsafe(file) == ["CKV_AWS_56"]


def test_an_unknown_action_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "[glue:GetCrawler, glue:StartCrawler]", "[glue:GetCrawler, glue:BeginCrawler]")
    broken = Stack(EVERYTHING, read(file.read_text()))
    assert "BeginCrawler" in policy_faults(policies(broken), tmp_path / "policies")


def test_an_action_on_the_wrong_resource_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, ":workgroup/${Workgroup}", ":crawler/${Workgroup}")
    broken = Stack(EVERYTHING, read(file.read_text()))
    assert "athena:StartQueryExecution" in policy_faults(policies(broken), tmp_path / "policies")
