"""What an IAM policy allows, as far as the template's policies go.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, order=True)
class Call:
    """One thing that somebody does, and the keys that conditions may look at."""

    action: str
    resource: str
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Statement:
    """An Allow statement."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    """(operator, key, values); one of the values must fit."""

    def allows(self, call: Call) -> bool:
        return (
            any(_like(action, call.action) for action in self.actions)
            and any(_like(resource, call.resource) for resource in self.resources)
            and all(_holds(condition, dict(call.keys)) for condition in self.conditions)
        )


def statements(document: dict[str, Any]) -> list[Statement]:
    """The statements of a resolved policy document; each must be an Allow."""
    return [_statement(each) for each in document["Statement"]]


def refused(policy: Iterable[Statement], calls: Iterable[Call]) -> list[Call]:
    """The calls that no statement allows."""
    held = list(policy)
    return sorted(call for call in set(calls) if not any(each.allows(call) for each in held))


def unused(policy: Iterable[Statement], calls: Iterable[Call]) -> list[str]:
    """Actions on resources, "Sid action resource", that no call needs."""
    called = set(calls)
    return [
        f"{each.sid} {action} {resource}"
        for each in policy
        for action in each.actions
        for resource in each.resources
        if not _is_moot(action, resource)
        and not any(replace(each, actions=(action,), resources=(resource,)).allows(call) for call in called)
    ]


def _is_moot(action: str, resource: str) -> bool:
    """A statement pairs all actions with all resources; a database's action says nothing of a table."""
    return action in ("glue:GetDatabase", "glue:GetDatabases") and ":table/" in resource


def _statement(said: dict[str, Any]) -> Statement:
    assert said["Effect"] == "Allow", said
    conditions = [
        (operator, key, _several(value))
        for operator, keys in said.get("Condition", {}).items()
        for key, value in keys.items()
    ]
    return Statement(said["Sid"], _several(said["Action"]), _several(said["Resource"]), tuple(conditions))


def _several(one_or_more: str | list[str]) -> tuple[str, ...]:
    return (one_or_more,) if isinstance(one_or_more, str) else tuple(one_or_more)


def _holds(condition: tuple[str, str, tuple[str, ...]], keys: dict[str, str]) -> bool:
    operator, key, values = condition
    kind, if_exists = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    assert kind in ("StringLike", "StringEquals"), operator
    if key not in keys:
        return if_exists
    if kind == "StringLike":
        return any(_like(value, keys[key]) for value in values)
    return keys[key] in values


def _like(pattern: str, text: str) -> bool:
    parts = [{"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", pattern)]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None
