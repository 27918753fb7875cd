"""The consent and the AWS credentials without Prefect: from its server's API, else as without a server."""

import json
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from top50.consent import Consent, read_consent_file, write_consent_file
from top50.doctor.finding import Surroundings
from top50.doctor.prefect_api import PrefectApi, prefect_settings
from top50.errors import SettingsError, SourceError
from top50.lake import Lake, open_lake
from top50.settings import Settings

if TYPE_CHECKING:
    from top50.aws import AwsSession, Identity


def surroundings(settings: Settings, prefect: PrefectApi | None) -> Surroundings:
    """Return what the doctor examines besides the settings when no flow runs it."""
    kept = _KeptConsent(settings, prefect)
    return Surroundings(kept.load, kept.keep, lambda: kept_session(settings, prefect), prefect)


class _KeptConsent:
    """What tasks.consent does, for the command line."""

    def __init__(self, settings: Settings, prefect: PrefectApi | None) -> None:
        self._settings, self._prefect = settings, prefect
        self._block_id: str | None = None

    def load(self) -> Consent | None:
        """Return the block's consent, or the file's if that no longer holds."""
        refused: SourceError | None = None
        kept = None
        try:
            kept = self._load_block()
        except SourceError as error:
            refused = error
        if kept and kept.holds(datetime.now(UTC).date(), self._settings.spotify_client_id):
            return kept
        in_file = read_consent_file(self._settings.consent_file)
        if in_file:
            self._block_id = None
        elif refused:
            raise refused
        return in_file or kept

    def keep(self, consent: Consent) -> None:
        """Put a consent where the one before it came from."""
        if self._prefect and self._block_id:
            self._prefect.replace_block(self._block_id, {"value": consent.to_json()})
        else:
            write_consent_file(self._settings.consent_file, consent)

    def _load_block(self) -> Consent | None:
        block = self._prefect.block("secret", self._settings.consent_block) if self._prefect else None
        if block is None:
            return None
        self._block_id = str(block["id"])
        value = block["data"]["value"]
        return Consent.from_json(value if isinstance(value, str) else json.dumps(value))


def open_to_look(settings: Settings) -> Lake:
    """Open the lake of the settings with the credentials that runs use, and write nothing in it."""
    if not settings.is_s3:
        return open_lake(settings, read_only=True)
    prefect = PrefectApi.configured(prefect_settings(), allow_http=settings.allow_http)
    with closing(prefect) if prefect else nullcontext():
        return open_lake(settings, kept_session(settings, prefect), read_only=True)


def kept_session(settings: Settings, prefect: PrefectApi | None) -> "AwsSession":
    """Return an AWS session with the credentials of the settings; raises SettingsError, SourceUnavailable."""
    from top50.aws import DEFAULT_CHAIN, AwsSession  # noqa: PLC0415 - boto3 is 30 MB

    name = settings.aws_credentials_block
    return AwsSession(_identity(name, prefect) if name else DEFAULT_CHAIN, allow_http=settings.allow_http)


def _identity(name: str, prefect: PrefectApi | None) -> "Identity":
    from top50.aws import Identity  # noqa: PLC0415

    if prefect is None:
        raise SettingsError(
            f"TOP50_AWS_CREDENTIALS_BLOCK={name} is kept by Prefect, and no server is configured",
            "Run python -m flows.doctor, or set PREFECT_API_URL.",
        )
    block = prefect.block("aws-credentials", name)
    if block is None:
        raise SettingsError(
            f"there is no AwsCredentials block {name!r} on this Prefect server",
            "Create it on the Blocks page, or correct TOP50_AWS_CREDENTIALS_BLOCK.",
        )
    data: dict[str, Any] = block["data"]
    options = data.get("assume_role_kwargs") or {}
    return Identity(
        access_key_id=data.get("aws_access_key_id"),
        secret_access_key=data.get("aws_secret_access_key"),
        session_token=data.get("aws_session_token"),
        profile=data.get("profile_name"),
        region=data.get("region_name"),
        role_arn=data.get("assume_role_arn"),
        role_options={key: value for key, value in options.items() if value is not None},
    )
