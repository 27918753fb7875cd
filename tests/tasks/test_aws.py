"""Commands find the AWS credentials that runs use, and start no Prefect server for them."""

from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from tasks.aws import open_to_look, session_of_command
from top50.errors import SettingsError, SourceUnavailable
from top50.settings import Settings

from .canned import ID, Canned, Page

BLOCK = "block_types/slug/aws-credentials/block_documents/name/lake?include_secrets=true"


@pytest.fixture
def settings() -> Settings:
    return Settings.model_validate({"lake": "s3://bucket/top50", "aws_credentials_block": "lake"})


def document(**data: Any) -> dict[str, Any]:
    """Return what the server answers for the block."""
    kind = {"id": ID, "name": "AWS Credentials", "slug": "aws-credentials"}
    form = {"id": ID, "checksum": "sha256:1", "fields": {}, "block_type_id": ID, "block_type": kind}
    return {
        "id": ID,
        "name": "lake",
        "data": data,
        "block_type_id": ID,
        "block_type": kind,
        "block_schema_id": ID,
        "block_schema": form,
    }


def test_a_block_of_the_configured_server_gives_the_credentials(server: Canned, settings: Settings) -> None:
    server.answers[BLOCK] = document(
        aws_access_key_id="AKIAINVENTED", aws_secret_access_key="hush", region_name="eu-north-1"
    )
    session = session_of_command(settings)
    assert session.region_name == "eu-north-1"
    assert session.identity.access_key_id == "AKIAINVENTED"
    assert session.identity.secret_access_key == "hush"
    assert open_to_look(settings).address == "s3://bucket/top50"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Page(status=404), "no AwsCredentials block 'lake'.* Create it on the Blocks page"),
        (
            Page(status=500),
            r"which stores the block lake, does not answer \(PrefectHTTPStatusError\). Start it",
        ),
    ],
)
def test_a_block_that_cannot_be_had_is_one_line(
    server: Canned, settings: Settings, answer: Page, says: str
) -> None:
    server.answers[BLOCK] = answer
    with pytest.raises((SettingsError, SourceUnavailable), match=says):
        open_to_look(settings)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (None, "lake names a block of a Prefect server, and none is configured. Set PREFECT_API_URL"),
        ("http://prefect.example/api", "over http, which others"),
    ],
)
def test_no_other_server_is_asked_or_started(settings: Settings, address: str | None, says: str) -> None:
    with temporary_settings({PREFECT_API_URL: address}), pytest.raises(SettingsError, match=says):
        open_to_look(settings)
