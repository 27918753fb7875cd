"""AWS sessions: whose, where, and how they travel."""

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from obstore.store import S3Store

from top50.aws import AwsSession, Identity
from top50.errors import SettingsError
from top50.lake.s3 import S3Lake

KEYS = Identity("a-key", "not-a-secret")
ROLE = "arn:aws:iam::123456789012:role/top50"


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def profile(folder: Path, name: str, region: str) -> None:
    (folder / "config").write_text(f"[profile {name}]\nregion = {region}\n")


def store_of(lake: S3Lake) -> S3Store:
    return lake._store


def test_the_region_is_the_first_that_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    profile(tmp_path, "analysts", "eu-west-3")
    monkeypatch.setenv("AWS_PROFILE", "analysts")
    assert AwsSession().region_name == "eu-west-3"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    assert AwsSession().region_name == "us-west-2"
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert AwsSession().region_name == "eu-central-1"
    assert AwsSession(Identity(region="sa-east-1")).region_name == "sa-east-1"


def test_every_client_is_in_the_region_of_aws_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    session = AwsSession(KEYS)
    hosts = [session.client(name).meta.endpoint_url for name in ("glue", "athena", "sts", "quicksight")]
    assert hosts == [
        f"https://{name}.eu-central-1.amazonaws.com" for name in ("glue", "athena", "sts", "quicksight")
    ]


@pytest.mark.parametrize("empty", [{}, {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}])
def test_no_region_is_guessed(empty: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in empty.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=r"no AWS region is set\. Set AWS_REGION"):
        AwsSession(KEYS)


def test_a_region_is_stripped_and_has_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", " us-east-1\r")
    assert AwsSession(KEYS).region_name == "us-east-1"
    for wrong in ("not a region", "eu_central_1", "https://x"):
        monkeypatch.setenv("AWS_REGION", wrong)
        with pytest.raises(SettingsError, match="is not a valid AWS region"):
            AwsSession(KEYS)


def test_an_unknown_profile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(SettingsError, match=r"profile \(nobody\).*Correct AWS_PROFILE"):
        AwsSession()


def test_it_travels_as_its_identity_and_shows_no_secret() -> None:
    session = AwsSession(Identity("a-key", "not-a-secret", "a-token", region="eu-central-1"), allow_http=True)
    travelled = pickle.loads(pickle.dumps(session))
    assert (travelled.identity, travelled.allow_http) == (session.identity, True)
    assert travelled.get_credentials().token == "a-token"
    assert "not-a-secret" not in repr(session.identity)
    assert "a-token" not in repr(session.identity)


def test_a_role_is_assumed_anew_before_its_credentials_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def answer(_: AwsSession, service: str, **__: object) -> Any:
        assert service == "sts"

        class Sts:
            def assume_role(self, **request: Any) -> dict[str, Any]:
                asked.append(request)
                ends = datetime.now(UTC) + timedelta(minutes=9)  # below what botocore keeps
                return {
                    "Credentials": {
                        "AccessKeyId": f"key-{len(asked)}",
                        "SecretAccessKey": "not-a-secret",
                        "SessionToken": "a-token",
                        "Expiration": ends,
                    },
                    "AssumedRoleUser": {"Arn": "arn:aws:sts::123456789012:assumed-role/top50/top50"},
                }

        return Sts()

    monkeypatch.setattr(AwsSession, "client", answer)
    identity = Identity(
        "a-key", "not-a-secret", region="eu-central-1", role_arn=ROLE, role_options={"ExternalId": "x"}
    )
    credentials = AwsSession(identity).get_credentials()
    assert credentials is not None
    first, second = (credentials.get_frozen_credentials().access_key for _ in range(2))
    assert first != second
    assert {(each["RoleArn"], each["RoleSessionName"], each["ExternalId"]) for each in asked} == {
        (ROLE, "top50", "x")
    }


def test_a_lake_on_aws_opens_by_its_own_name_and_dots_go_into_the_path() -> None:
    session = AwsSession(Identity("a-key", "not-a-secret", region="eu-central-1"))
    ours = store_of(S3Lake("my-lake", "top50", session))
    assert ours.config.get("endpoint") is None
    assert str(ours.config["virtual_hosted_style_request"]) == "true"
    dotted = store_of(S3Lake("my.lake", "", session))
    assert str(dotted.config["virtual_hosted_style_request"]) == "false"


def test_credentials_for_the_lake_are_asked_for_before_boto3_lets_them_end() -> None:
    session = AwsSession(Identity("a-key", "not-a-secret", region="eu-central-1"))
    provider: Any = store_of(S3Lake("my-lake", "", session)).credential_provider
    assert provider.ttl <= timedelta(minutes=10)
