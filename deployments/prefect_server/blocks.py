"""The blocks: secrets go to the server encrypted, and nowhere else."""

import os
from typing import Any, cast
from uuid import UUID

from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound
from prefect_aws import AwsCredentials
from pydantic import SecretStr

from deployments.prefect_server.pool import MANAGED
from deployments.prefect_server.told import state_of, tell
from top50.aws import AwsSession
from top50.errors import SettingsError
from top50.settings import Settings

SPOTIFY_BLOCK = "top50-spotify-client-secret"
AWS_BLOCK = "top50-aws"


def ensure_spotify_block(settings: Settings) -> str | None:
    """Keep the app's secret in a Secret block; return the block's name, None when there is none."""
    name = settings.spotify_block or SPOTIFY_BLOCK
    found = cast("Secret[Any] | None", _load(Secret, name))
    secret = settings.spotify_client_secret
    if secret is None:
        if found is None:
            return settings.spotify_block
        tell("kept", f"block secret/{name}")
        return name
    old = None if found is None else str(found.value.get_secret_value())
    if old != secret.get_secret_value():
        Secret(value=SecretStr(secret.get_secret_value())).save(name, overwrite=True)
    tell(state_of(old, secret.get_secret_value()), f"block secret/{name}")
    return name


def ensure_aws_block(settings: Settings) -> str | None:
    """Keep the AWS keys that a lake on S3 is reached with; return the block's name, None when there is none.

    Keys with a session token end soon, and a task on ECS has a role: neither is kept.
    """
    named = settings.aws_credentials_block
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if settings.work_pool_type == MANAGED and not (key and secret) and not named:
        tell(
            "note",
            "no AWS keys here: give the managed pool a role (docs/prefect.md), or set AWS_ACCESS_KEY_ID, …",
        )
    if not (settings.is_s3 and key and secret) or (settings.work_pool_type == "ecs" and not named):
        return named
    if os.environ.get("AWS_SESSION_TOKEN"):
        tell("note", "these AWS keys end soon and are not kept: give the workers a role")
        return named
    name = named or AWS_BLOCK
    wanted = AwsCredentials(
        aws_access_key_id=key, aws_secret_access_key=SecretStr(secret), region_name=AwsSession().region_name
    )
    found = _load(AwsCredentials, name)
    state = state_of(found and _content(found), _content(wanted))
    if state != "kept":
        wanted.save(name, overwrite=True)
    tell(state, f"block aws-credentials/{name}")
    return name


def find_notify_block(client: SyncPrefectClient, settings: Settings) -> UUID | None:
    """Return the id of the block that notifications go through; None when none is wanted.

    Raises SettingsError when the one that is named is not there.
    """
    if not settings.notify_block:
        return None
    kind, _, name = settings.notify_block.partition("/")
    try:
        return client.read_block_document_by_name(name, kind, include_secrets=False).id
    except ObjectNotFound:
        raise SettingsError(
            f"there is no notification block {settings.notify_block} on this Prefect server",
            "Create it on the Blocks page, or correct TOP50_NOTIFY_BLOCK.",
        ) from None


def _load(kind: type[Block], name: str) -> Block | None:
    try:
        return cast("Block", kind.load(name))
    except ValueError as error:
        if isinstance(error.__cause__, ObjectNotFound):
            return None
        raise


def _content(block: Block) -> dict[str, Any]:
    return block.model_dump(include=set(AwsCredentials.model_fields))
