"""AWS sessions: credentials, region, and the refusal of unencrypted http.

boto3 itself reads AWS_DEFAULT_REGION alone, where AWS's other tools read AWS_REGION first:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError

from top50.errors import SettingsError
from top50.security import guard

if TYPE_CHECKING:
    from collections.abc import Callable


_REGION = re.compile(r"[A-Za-z0-9-]+")  # it becomes part of host names; other S3 services call it "auto"


@dataclass(frozen=True)
class Identity:
    """The credentials of a session; every value that is None comes from AWS's default chain."""

    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    # Further arguments of AssumeRole: RoleSessionName, DurationSeconds, ExternalId, …
    role_options: Mapping[str, Any] = field(default_factory=dict)


DEFAULT_CHAIN = Identity()


class AwsSession(boto3.Session):
    """A boto3 session that can be pickled: it travels to another process as its identity.

    The region is the identity's, else AWS_REGION, else AWS_DEFAULT_REGION, else the profile's.
    Raises SettingsError without a region, for an unknown profile, and for a role that cannot be assumed.
    """

    def __init__(self, identity: Identity = DEFAULT_CHAIN, *, allow_http: bool = False) -> None:
        self.identity, self.allow_http = identity, allow_http
        core = botocore.session.Session()
        try:
            super().__init__(
                botocore_session=core,
                aws_access_key_id=identity.access_key_id,
                aws_secret_access_key=identity.secret_access_key,
                aws_session_token=identity.session_token,
                profile_name=identity.profile,
                region_name=(identity.region or os.environ.get("AWS_REGION") or "").strip() or None,
            )
        except BotoCoreError as error:  # for example, a profile that does not exist
            raise SettingsError(
                f"no AWS session: {error}", "Correct AWS_PROFILE and the AWS configuration."
            ) from None
        # The file of AWS_CA_BUNDLE or of the profile's ca_bundle, for clients that are not boto3's.
        self.ca_bundle: str | None = core.get_config_variable("ca_bundle")
        if not _REGION.fullmatch(self.region_name or ""):
            if self.region_name:
                raise SettingsError(
                    f"{self.region_name!r} is not a valid AWS region", "Write AWS_REGION like eu-central-1."
                )
            raise SettingsError(
                "no AWS region is set",
                "Set AWS_REGION (or AWS_DEFAULT_REGION, or a region in your AWS profile) to your bucket's.",
            )
        if identity.role_arn:
            self._assume(identity.role_arn)
        guard(self, allow_http=allow_http)

    def __reduce__(self) -> "tuple[Callable[[Identity, bool], AwsSession], tuple[Identity, bool]]":
        """Pickle the identity, with which the other process makes its own session."""
        return _new_session, (self.identity, self.allow_http)

    def _assume(self, role_arn: str) -> None:
        """Assume the role with credentials that renew themselves; those of prefect-aws last an hour."""
        options = {"RoleSessionName": "top50", **self.identity.role_options}
        fetcher = AssumeRoleCredentialFetcher(
            self.client,
            self.get_credentials(),
            role_arn,
            extra_args=options,
            mfa_prompter=lambda _: str(options.get("TokenCode", "")),  # nobody sits at a worker
        )
        core = botocore.session.Session()
        core.get_component("credential_provider").insert_before("env", _AssumedRole(fetcher))
        super().__init__(botocore_session=core, region_name=self.region_name)
        try:
            fetcher.fetch_credentials()
        except (BotoCoreError, ClientError) as error:
            raise SettingsError(
                f"cannot assume the role {role_arn}: {error}",
                "Check assume_role_arn in the AwsCredentials block, and the trust policy of the role.",
            ) from None


class _AssumedRole(CredentialProvider):
    METHOD = "assume-role"
    CANONICAL_NAME = "custom-top50"

    def __init__(self, fetcher: AssumeRoleCredentialFetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._fetcher.fetch_credentials, self.METHOD)


def _new_session(identity: Identity, allow_http: bool) -> AwsSession:
    return AwsSession(identity, allow_http=allow_http)
