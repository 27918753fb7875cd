"""The rule of deployments/aws.yaml that tells Prefect of raw objects."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prefect.server.events.schemas.events import Event
from pydantic import TypeAdapter

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
    "region": "us-east-1",
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


def test_nobody_is_told_of_raw_objects_unless_asked_for() -> None:
    assert not [each for each in Stack().resources.values() if "::Events::" in each["Type"]]
    assert "NotificationConfiguration" not in Stack().properties("Lake")


def test_what_prefect_is_told_of_a_raw_object_is_an_event_to_it() -> None:
    stack = Stack({"LakeFolder": FOLDER, **LANDING})
    (target,) = stack.properties("LandingRule")["Targets"]
    (event,) = TypeAdapter(list[Event]).validate_json(transformed(target["InputTransformer"]))
    assert event.id == UUID(str(S3_EVENT["id"]))
    assert event.occurred == datetime(2026, 11, 20, 22, 0, 7, tzinfo=UTC)
    assert event.event == "top50.raw.landed"
    key = f"{FOLDER}raw_data/to_processed/old/global 2026 é.csv"
    assert event.resource.id == f"s3://{BUCKET}/{key}"
    assert event.payload["key"] == key
    assert event.payload["size"] == 5


def test_prefect_is_told_of_what_lands_and_of_nothing_else() -> None:
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


def transformed(transformer: dict[str, Any]) -> str:
    """What EventBridge makes of the event: JSON where a variable stands bare, its text within a string.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    text: str = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        value: Any = S3_EVENT
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        told = json.dumps(value, ensure_ascii=False)
        text = text.replace(f": <{name}>", f": {told}").replace(f"<{name}>", told.strip('"'))
    return text
