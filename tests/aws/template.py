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
REGION = "eu-central-1"

_ARNS = {
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::IAM::Role": "iam::{account}:role{path}{name}",
    "AWS::IAM::ManagedPolicy": "iam::{account}:policy{path}{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::Events::Connection": "events:{region}:{account}:connection/{name}/1f2e",
    "AWS::Events::ApiDestination": "events:{region}:{account}:api-destination/{name}/1f2e",
}
_REFERRED_BY_ARN = ("AWS::IAM::ManagedPolicy", "AWS::SNS::Topic")

_NO_VALUE = object()


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
    partition: str = "aws"
    region: str = REGION

    def __post_init__(self) -> None:
        unknown = set(self.parameters) - set(self.template["Parameters"])
        assert not unknown, unknown

    @property
    def refusals(self) -> list[str]:
        """What the template's rules say against the parameters."""
        return [
            assertion["AssertDescription"]
            for rule in self.template["Rules"].values()
            if self._resolved(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self._resolved(assertion["Assert"])
        ]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Logical id → {"Type": …, "Properties": …}, of those that are made."""
        return {name: self._resolved(each) for name, each in self._made("Resources").items()}

    @property
    def outputs(self) -> dict[str, str]:
        return {name: self._resolved(each["Value"]) for name, each in self._made("Outputs").items()}

    def properties(self, name: str) -> Any:
        return self._resolved(self._made("Resources")[name].get("Properties", {}))

    def output(self, name: str) -> str:
        return str(self._resolved(self._made("Outputs")[name]["Value"]))

    def makes(self, name: str) -> bool:
        """Whether a resource or output of that name is made."""
        return name in {**self._made("Resources"), **self._made("Outputs")}

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
            "Fn::Equals": lambda: str(self._resolved(argument[0])) == str(self._resolved(argument[1])),
            "Fn::Not": lambda: not self._resolved(argument[0]),
            "Fn::And": lambda: all(map(self._resolved, argument)),
            "Fn::Or": lambda: any(map(self._resolved, argument)),
        }
        if name == "Condition" and isinstance(argument, str):
            return lambda: self._decided(argument)
        return functions.get(name)

    def _referred(self, name: str) -> Any:
        pseudo = {
            "AWS::Partition": self.partition,
            "AWS::AccountId": ACCOUNT,
            "AWS::Region": self.region,
            "AWS::NoValue": _NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.template["Parameters"]:
            return self._parameter(name)
        if self._referable(name)["Type"] in _REFERRED_BY_ARN:
            return self._attribute(name, "Arn")
        return self._name(name)

    def _referable(self, name: str) -> dict[str, Any]:
        made = self._made("Resources")
        assert name in made, f"{name} is not made"
        resource: dict[str, Any] = made[name]
        return resource

    def _name(self, name: str) -> str:
        """A resource's own name, or what CloudFormation makes up for it."""
        properties = self._referable(name).get("Properties", {})
        if name == "Lake":
            return BUCKET
        if name == "GlueDatabase":
            return str(self._resolved(properties["DatabaseInput"]["Name"]))
        return str(self._resolved(properties.get("Name", properties.get("LogGroupName", name))))

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
        resource = self._referable(name)
        if (resource["Type"], attribute) == ("AWS::SQS::Queue", "QueueName"):
            return self._name(name)
        assert attribute == "Arn", f"{name}.{attribute}"
        path = self._resolved(resource.get("Properties", {}).get("Path", "/"))
        arn = _ARNS[resource["Type"]].format(
            account=ACCOUNT, region=self.region, path=path, name=self._name(name)
        )
        return f"arn:{self.partition}:{arn}"

    def _found(self, mapping: str, key: str, name: str) -> Any:
        return self.template["Mappings"][mapping][key][name]
