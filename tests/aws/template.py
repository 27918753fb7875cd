"""deployments/aws.yaml as CloudFormation would take it: its conditions decided, its functions called."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TEMPLATE = Path(__file__).parents[2] / "deployments" / "aws.yaml"

BUCKET = "top50-lake-1abc2def3ghi"
"""The name that CloudFormation makes up for the bucket of the template."""

ARN = "arn:aws"
ACCOUNT = "123456789012"
REGION = "us-east-1"

_ARNS = {
    "AWS::S3::Bucket": f"{ARN}:s3:::{BUCKET}",
    "AWS::IAM::Role": f"{ARN}:iam::{ACCOUNT}:role/{{}}",
    "AWS::SQS::Queue": f"{ARN}:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::Events::Rule": f"{ARN}:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::Events::Connection": f"{ARN}:events:{REGION}:{ACCOUNT}:connection/{{}}/1f2e",
    "AWS::Events::ApiDestination": f"{ARN}:events:{REGION}:{ACCOUNT}:api-destination/{{}}/1f2e",
}

_NO_VALUE = object()
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::NoValue": _NO_VALUE,
}


class _Loader(yaml.CSafeLoader):
    """Reads !Sub as Fn::Sub, and so on."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise TypeError(f"!{suffix} of {node.start_mark}")


yaml.add_multi_constructor("!", _short_form, _Loader)


def source() -> dict[str, Any]:
    """The template as it is written."""
    return read(TEMPLATE.read_text())


def read(text: str) -> dict[str, Any]:
    """The same of any text."""
    loaded: dict[str, Any] = yaml.load(text, _Loader)
    return loaded


@dataclass
class Stack:
    """The resources and outputs that parameters make of the template."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=source)

    def __post_init__(self) -> None:
        unknown = set(self.parameters) - set(self.template["Parameters"])
        assert not unknown, unknown

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Logical id → {"Type": …, "Properties": …}, of those that are made."""
        return {name: self._resolved(each) for name, each in self._made("Resources").items()}

    @property
    def outputs(self) -> dict[str, str]:
        return {name: self._resolved(each["Value"]) for name, each in self._made("Outputs").items()}

    def properties(self, name: str) -> Any:
        return self._resolved(self._made("Resources")[name].get("Properties", {}))

    def of_type(self, kind: str) -> dict[str, Any]:
        """Logical id → properties."""
        return {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == kind}

    def _made(self, section: str) -> dict[str, Any]:
        return {
            name: each
            for name, each in self.template[section].items()
            if "Condition" not in each or self._decided(each["Condition"])
        }

    def _decided(self, condition: str) -> bool:
        return bool(self._resolved(self.template["Conditions"][condition]))

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self._resolved, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (called := self._function(*next(iter(value.items())))):
            return called()
        resolved = {name: self._resolved(each) for name, each in value.items()}
        return {name: each for name, each in resolved.items() if each is not _NO_VALUE}

    def _function(self, name: str, argument: Any) -> Callable[[], Any] | None:
        if name == "Fn::If":  # only the branch that is taken
            condition, then, otherwise = argument
            return lambda: self._resolved(then if self._decided(condition) else otherwise)
        functions: dict[str, Callable[[], Any]] = {
            "Ref": lambda: self._referred(argument),
            "Fn::Sub": lambda: self._substituted(argument),
            "Fn::GetAtt": lambda: self._attribute(*argument),
            "Fn::FindInMap": lambda: self._found(*map(self._resolved, argument)),
            "Fn::Join": lambda: argument[0].join(self._resolved(argument[1])),
            "Fn::Split": lambda: self._resolved(argument[1]).split(argument[0]),
            "Fn::Equals": lambda: self._resolved(argument[0]) == self._resolved(argument[1]),
            "Fn::Not": lambda: not self._resolved(argument[0]),
            "Fn::Or": lambda: any(map(self._resolved, argument)),
        }
        if name == "Condition" and isinstance(argument, str):
            return lambda: self._decided(argument)
        return functions.get(name)

    def _referred(self, name: str) -> Any:
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self.template["Parameters"]:
            return self._parameter(name)
        properties = self.template["Resources"][name].get("Properties", {})
        if name == "Lake":
            return BUCKET
        if name == "GlueDatabase":
            return self._resolved(properties["DatabaseInput"]["Name"])
        if self.template["Resources"][name]["Type"] == "AWS::IAM::ManagedPolicy":
            return f"{ARN}:iam::{ACCOUNT}:policy/{name}"
        return self._resolved(properties.get("Name", name))

    def _parameter(self, name: str) -> Any:
        parameter = self.template["Parameters"][name]
        value = str(self.parameters.get(name, parameter["Default"]))
        match parameter["Type"]:
            case "Number":
                return int(value)
            case "CommaDelimitedList":
                return value.split(",")
        return value

    def _substituted(self, argument: Any) -> str:
        text, values = argument if isinstance(argument, list) else (argument, {})
        own = {name: self._resolved(value) for name, value in values.items()}
        return re.sub(r"\$\{([^}]+)\}", lambda match: str(self._named(match[1], own)), text)

    def _named(self, name: str, own: Mapping[str, Any]) -> Any:
        if name in own:
            return own[name]
        return self._attribute(*name.split(".")) if "." in name else self._referred(name)

    def _attribute(self, name: str, attribute: str) -> str:
        assert attribute == "Arn", f"{name}.{attribute}"
        assert name in self._made("Resources"), f"{name} is not made"
        return _ARNS[self.template["Resources"][name]["Type"]].format(name)

    def _found(self, mapping: str, key: str, name: str) -> Any:
        return self.template["Mappings"][mapping][key][name]
