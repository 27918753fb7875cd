"""The rule of deployments/aws.yaml that sends events about raw objects to Prefect."""

import json
import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.events.schemas.automations import EventTrigger
from prefect.events.schemas.events import ResourceSpecification
from prefect.server.events.schemas.events import Event
from pydantic import TypeAdapter

from deployments.prefect_server.automations import automations
from tests.aws.template import BUCKET, Stack, source
from top50.lake import TO_PROCESSED

FOLDER = "charts/top50/"
LANDING = {"LandingUrl": "https://prefect.example.org/api/events", "LandingHeaderValue": "Bearer of-nothing"}

S3_EVENT: dict[str, Any] = {
    "version": "0",
    "id": "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": "Object Created",
    "source": "aws.s3",
    "account": "111122223333",
    "time": "2026-11-20T22:00:07Z",
    "region": "eu-central-1",
    "resources": [f"arn:aws:s3:::{BUCKET}"],
    "detail": {
        "version": "0",
        "bucket": {"name": BUCKET},
        "object": {
            "key": f"{FOLDER}raw_data/to_processed/old/global 2026 é.csv",
            "size": 5,
            "etag": "b1946ac92492d2347c6235b4d2611184",
            "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
            "sequencer": "617f08299329d189",
        },
        "request-id": "N4N7GDK58NMKJ12R",
        "requester": "123456789012",
        "source-ip-address": "1.2.3.4",
        "reason": "PutObject",
    },
}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""


def test_no_event_is_sent_about_raw_objects_unless_asked_for() -> None:
    assert not [each for each in Stack().resources.values() if "::Events::" in each["Type"]]
    assert "NotificationConfiguration" not in Stack().properties("Lake")


def test_prefect_accepts_the_event_about_a_raw_object() -> None:
    stack = Stack({"LakeFolder": FOLDER, **LANDING})
    (target,) = stack.properties("LandingRule")["Targets"]
    (event,) = TypeAdapter(list[Event]).validate_json(transformed(target["InputTransformer"]))
    assert event.id == UUID(str(S3_EVENT["id"]))
    assert event.occurred == datetime(2026, 11, 20, 22, 0, 7, tzinfo=UTC)
    assert event.event == "top50.raw.landed"
    assert event.resource.id == f"s3://{BUCKET}"
    assert event.payload["key"] == f"{FOLDER}raw_data/to_processed/old/global 2026 é.csv"
    assert event.payload["size"] == 5


@pytest.mark.parametrize("name", ['the "hits".csv', "back\\slash.csv", "<bucket>.csv"])
def test_a_key_with_any_character_in_it_reaches_prefect_as_it_is(name: str) -> None:
    landed = deepcopy(S3_EVENT)
    landed["detail"]["object"]["key"] = FOLDER + TO_PROCESSED + name
    (target,) = Stack(LANDING).properties("LandingRule")["Targets"]
    (event,) = TypeAdapter(list[Event]).validate_json(transformed(target["InputTransformer"], landed))
    assert event.payload["key"] == FOLDER + TO_PROCESSED + name


def test_the_event_starts_process_pending() -> None:
    stack = Stack(LANDING)
    (target,) = stack.properties("LandingRule")["Targets"]
    (event,) = TypeAdapter(list[Event]).validate_json(transformed(target["InputTransformer"]))
    rules = automations("global-weekly", uuid4(), None, "")
    (landed,) = [each for each in rules if each.name.endswith("a raw object landed")]
    assert isinstance(landed.trigger, EventTrigger)
    assert landed.trigger.expect == {event.event}
    assert landed.trigger.match == ResourceSpecification({}), "an event of any bucket will do"


def test_an_event_is_sent_about_what_lands_and_nothing_else() -> None:
    stack = Stack({"LakeFolder": FOLDER, **LANDING})
    pattern = stack.properties("LandingRule")["EventPattern"]
    assert pattern["detail"]["bucket"] == {"name": [BUCKET]}
    assert pattern["detail"]["object"] == {"key": [{"prefix": FOLDER + TO_PROCESSED}]}
    notified = stack.properties("Lake")["NotificationConfiguration"]
    assert notified == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    (target,) = stack.properties("LandingRule")["Targets"]
    assert 0 < target["RetryPolicy"]["MaximumRetryAttempts"] < 185
    assert target["DeadLetterConfig"]["Arn"].endswith(":LandingFailures")


def test_the_secret_is_in_no_output_and_not_echoed() -> None:
    assert source()["Parameters"]["LandingHeaderValue"]["NoEcho"] is True
    stack = Stack(LANDING)
    assert LANDING["LandingHeaderValue"] not in json.dumps(stack.outputs)
    holders = [name for name in stack.resources if "of-nothing" in json.dumps(stack.properties(name))]
    assert holders == ["LandingConnection"]


def transformed(transformer: dict[str, Any], event: dict[str, Any] = S3_EVENT) -> str:
    """What EventBridge makes of an event: JSON where a variable stands bare; within quotes its mere text.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """

    def filled(match: re.Match[str]) -> str:
        value: Any = event
        for part in transformer["InputPathsMap"][match["name"]].removeprefix("$.").split("."):
            value = value[part]
        bare = match["before"] == ": "
        return match["before"] + (json.dumps(value, ensure_ascii=False) if bare else str(value))

    # In one pass: a value that looks like a variable stays what it is.
    return re.sub(r"(?P<before>: |/)<(?P<name>\w+)>", filled, transformer["InputTemplate"])
