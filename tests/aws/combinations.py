"""Every combination of parameters that changes what deployments/aws.yaml makes.

There are thousands; but one resource or output depends on a few parameters, and is resolved once for each
combination of these.
"""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.aws.template import Stack, source

CHOICES = {
    "ExistingBucket": ("", "mine"),
    "KmsKeyArn": ("", "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555"),
    "Catalog": ("glue", "glue-direct"),
    "ExistingDatabase": ("false", "true"),
    "LakeFormation": ("false", "true"),
    "TrustedService": ("ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com", "none"),
    "TrustedPrincipal": ("", "arn:aws:iam::123456789012:role/runner"),
    "QuickSightDataSets": ("", "top-50,artists"),
    "EcsWorker": ("false", "true"),
    "PermissionsBoundary": ("", "arn:aws:iam::123456789012:policy/boundary"),
    "AlarmEmail": ("", "ops@example.org"),
    "MonthlyBudget": ("0", "10"),
    "LandingUrl": ("", "https://prefect.example.org/api/events"),
    "LandingHeaderValue": ("unset", "Bearer of-nothing"),
}
"""What each parameter that a condition or rule looks at may be."""

_TEMPLATE = source()


def names_of(what: Any) -> set[str]:
    """The names that a part of the template speaks of."""
    return set(re.findall(r"[A-Za-z0-9]+", json.dumps(what)))


def every_stack(section: str, name: str) -> Iterator[Stack]:
    """A stack for each combination that decides about a resource or output, and that no rule refuses."""
    chosen = sorted(_dependencies(_TEMPLATE[section][name]))
    for values in product(*(CHOICES[parameter] for parameter in chosen)):
        stack = Stack(dict(zip(chosen, values, strict=True)), _TEMPLATE)
        if not stack.refusals and stack.makes(name):
            yield stack


def every_policy() -> Iterator[Any]:
    """Every distinct policy document of every combination, those of roles, buckets and queues included."""
    seen = set()
    for name in _TEMPLATE["Resources"]:
        for stack in every_stack("Resources", name):
            for document in _documents(stack.properties(name)):
                written = json.dumps(document, sort_keys=True)
                if written not in seen:
                    seen.add(written)
                    yield document


def policies(stack: Stack) -> Iterator[Any]:
    """Every policy document of one stack."""
    for resource in stack.resources.values():
        yield from _documents(resource.get("Properties", {}))


def _documents(properties: dict[str, Any]) -> Iterator[Any]:
    if "PolicyDocument" in properties:
        yield properties["PolicyDocument"]
    yield from (policy["PolicyDocument"] for policy in properties.get("Policies", []))


def _dependencies(part: Any) -> set[str]:
    """The parameters of CHOICES that decide about a part: in its text, its conditions, and their rules."""
    seen: set[str] = set()
    waiting = names_of(part)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= _next(name) - seen
    return seen & set(CHOICES)


def _next(name: str) -> set[str]:
    if name in CHOICES:
        rules = [names_of(rule) & set(CHOICES) for rule in _TEMPLATE["Rules"].values()]
        return set[str]().union(*(rule for rule in rules if name in rule))
    # Of a resource that is referred to, it only matters whether it is made.
    referred = _TEMPLATE["Resources"].get(name, {}).get("Condition", [])
    return names_of([_TEMPLATE["Conditions"].get(name, []), referred])
