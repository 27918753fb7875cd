"""AWS credentials: a prefect-aws block by name, or the default chain. Imported only where AWS is used."""

from typing import TYPE_CHECKING, cast

from top50.errors import SettingsError
from top50.settings import Settings

if TYPE_CHECKING:
    from prefect_aws import AwsCredentials

    from top50.aws import AwsSession, Identity


def aws_session(settings: Settings) -> "AwsSession":
    """Return a session with the credentials of the settings; raises SettingsError for a missing block."""
    from top50.aws import DEFAULT_CHAIN, AwsSession  # noqa: PLC0415 - boto3 is 30 MB

    name = settings.aws_credentials_block
    return AwsSession(_identity_in(name) if name else DEFAULT_CHAIN, allow_http=settings.allow_http)


def _identity_in(name: str) -> "Identity":
    from prefect_aws import AwsCredentials  # noqa: PLC0415 - slow to import, and seldom needed

    from top50.aws import Identity  # noqa: PLC0415

    try:
        block = cast("AwsCredentials", AwsCredentials.load(name))
    except ValueError:
        raise SettingsError(
            f"there is no AwsCredentials block {name!r} on this Prefect server",
            "Create it on the Blocks page, or correct TOP50_AWS_CREDENTIALS_BLOCK.",
        ) from None
    secret = block.aws_secret_access_key
    return Identity(
        access_key_id=block.aws_access_key_id,
        secret_access_key=secret.get_secret_value() if secret else None,
        session_token=block.aws_session_token,
        profile=block.profile_name,
        region=block.region_name,
        role_arn=block.assume_role_arn,
        role_options=block.assume_role_kwargs.get_params_override(),
    )
