"""The lake of the settings, and AWS credentials: a prefect-aws block by name, or the default chain."""

from typing import TYPE_CHECKING, cast

from top50.errors import SettingsError, SourceUnavailable
from top50.lake import Lake, open_lake
from top50.settings import Settings

if TYPE_CHECKING:
    from prefect_aws import AwsCredentials

    from top50.aws import AwsSession


def aws_session(settings: Settings) -> "AwsSession":
    """Return a session with the credentials of the settings; raises SettingsError for a missing block."""
    from top50.aws import DEFAULT_CHAIN, AwsSession, Identity  # noqa: PLC0415 - boto3 is 30 MB

    name = settings.aws_credentials_block
    if not name:
        return AwsSession(DEFAULT_CHAIN, allow_http=settings.allow_http)
    from prefect_aws import AwsCredentials  # noqa: PLC0415 - slow to import, and seldom needed

    try:
        block = cast("AwsCredentials", AwsCredentials.load(name))
    except ValueError:
        raise SettingsError(
            f"there is no AwsCredentials block {name!r} on this Prefect server",
            "Create it on the Blocks page, or correct TOP50_AWS_CREDENTIALS_BLOCK.",
        ) from None
    secret = block.aws_secret_access_key
    identity = Identity(
        access_key_id=block.aws_access_key_id,
        secret_access_key=secret.get_secret_value() if secret else None,
        session_token=block.aws_session_token,
        profile=block.profile_name,
        region=block.region_name,
        role_arn=block.assume_role_arn,
        role_options=block.assume_role_kwargs.get_params_override(),
    )
    return AwsSession(identity, allow_http=settings.allow_http)


def session_of_command(settings: Settings) -> "AwsSession":
    """Return the same where no run has found its server yet: only a lasting one is asked for a block.

    Prefect is imported for a block alone. Raises SettingsError, SourceUnavailable.
    """
    name = settings.aws_credentials_block
    if not name:
        return aws_session(settings)
    import httpx  # noqa: PLC0415

    from tasks.prefect_settings import check_prefect_settings, server_address  # noqa: PLC0415
    from tasks.settings import check_server_address  # noqa: PLC0415 - past it, Prefect reads its settings

    check_prefect_settings()
    from tasks.orchestrator import impatient  # noqa: PLC0415

    address = server_address()
    if address is None:
        raise SettingsError(
            f"TOP50_AWS_CREDENTIALS_BLOCK={name} names a block of a Prefect server, and none is configured",
            "Set PREFECT_API_URL (make server), or use AWS's own credentials.",
        )
    check_server_address(settings)
    try:
        with impatient():
            return aws_session(settings)
    except httpx.HTTPError as error:
        raise SourceUnavailable(
            f"the Prefect server, which stores the block {name}, does not answer ({type(error).__name__})",
            "Start it (make server), correct PREFECT_API_URL, or unset TOP50_AWS_CREDENTIALS_BLOCK.",
        ) from None


def lake_of(settings: Settings, *, create: bool = False) -> Lake:
    """Open the lake of the settings; with `create`, a directory that is not there yet is made.

    Raises LakeError, SettingsError.
    """
    return open_lake(settings, aws_session(settings) if settings.is_s3 else None, create=create)


def open_to_look(settings: Settings) -> Lake:
    """Open the lake of the settings with the credentials that runs use, and write nothing in it.

    Raises LakeError, SettingsError, SourceUnavailable.
    """
    return open_lake(settings, session_of_command(settings) if settings.is_s3 else None, read_only=True)
