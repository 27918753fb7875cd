"""AWS credentials: a prefect-aws block by name, or the default chain. Imported only where AWS is used."""

from typing import TYPE_CHECKING, cast

from top50.access import guard
from top50.errors import SettingsError
from top50.settings import Settings

if TYPE_CHECKING:
    import boto3


def aws_session(settings: Settings) -> "boto3.Session":
    """Return a session with the credentials of the settings; raises SettingsError for a missing block."""
    session = _session_of(settings.aws_credentials_block)
    return guard(session, allow_http=settings.allow_http)


def _session_of(name: str | None) -> "boto3.Session":
    if not name:
        return _default_session()
    from prefect_aws import AwsCredentials  # noqa: PLC0415 - slow to import, and seldom needed

    try:
        block = cast("AwsCredentials", AwsCredentials.load(name))
    except ValueError:
        raise SettingsError(
            f"there is no AwsCredentials block {name!r} on this Prefect server",
            "Create it on the Blocks page, or correct TOP50_AWS_CREDENTIALS_BLOCK.",
        ) from None
    return block.get_boto3_session()


def _default_session() -> "boto3.Session":
    import boto3  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        return boto3.Session()
    except BotoCoreError as error:  # a profile that is not there, say
        raise SettingsError(
            f"no AWS session: {error}", "Correct AWS_PROFILE and the AWS configuration."
        ) from None
