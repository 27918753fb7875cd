"""Prefect's blocks: secrets are stored on the server encrypted, and nowhere else."""

import os
from uuid import UUID

from prefect.blocks.system import Secret
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import ObjectNotFound
from prefect_aws import AwsCredentials
from pydantic import SecretStr

from deployments.prefect_server.progress import compare, report
from deployments.prefect_server.work_pool import MANAGED
from top50.aws import AwsSession
from top50.errors import SettingsError
from top50.settings import Settings

SPOTIFY_BLOCK = "top50-spotify-client-secret"
AWS_BLOCK = "top50-aws"


def ensure_spotify_block(client: SyncPrefectClient, settings: Settings) -> str | None:
    """Store the app's secret in a Secret block; return the block's name, None when there is no secret."""
    name = settings.spotify_block or SPOTIFY_BLOCK
    stored = read_block(client, "secret", name)
    if settings.spotify_client_secret is None:
        if stored is None:
            return settings.spotify_block
        report("unchanged", f"block secret/{name}")
        return name
    secret = settings.spotify_client_secret.get_secret_value()
    state = compare(stored and stored.data["value"], secret)
    if state != "unchanged":
        Secret(value=SecretStr(secret)).save(name, overwrite=True)
    report(state, f"block secret/{name}")
    return name


def ensure_aws_block(client: SyncPrefectClient, settings: Settings) -> str | None:
    """Store the AWS keys for a lake on S3; return the block's name, None when there is no block.

    Not stored: keys with a session token, which expire soon, and keys for ECS, whose tasks have a role.
    """
    named = settings.aws_credentials_block
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if settings.work_pool_type == MANAGED and not (key and secret) and not named:
        report(
            "note",
            "no AWS keys here: give the managed pool a role (docs/prefect.md), or set AWS_ACCESS_KEY_ID, …",
        )
    if not (settings.is_s3 and key and secret) or (settings.work_pool_type == "ecs" and not named):
        return named
    if os.environ.get("AWS_SESSION_TOKEN"):
        report("note", "these AWS keys expire soon and are not stored: give the workers a role")
        return named
    name = named or AWS_BLOCK
    wanted = AwsCredentials(
        aws_access_key_id=key, aws_secret_access_key=SecretStr(secret), region_name=AwsSession().region_name
    )
    stored = read_block(client, "aws-credentials", name)
    fields = set(AwsCredentials.model_fields)
    state = compare(
        stored and AwsCredentials.model_validate(stored.data).model_dump(include=fields),
        wanted.model_dump(include=fields),
    )
    if state != "unchanged":
        wanted.save(name, overwrite=True)
    report(state, f"block aws-credentials/{name}")
    return name


def find_notify_block(client: SyncPrefectClient, settings: Settings) -> UUID | None:
    """Return the id of the notification block, None when TOP50_NOTIFY_BLOCK is empty.

    Raises SettingsError when the server has no block of that name.
    """
    if not settings.notify_block:
        return None
    kind, _, name = settings.notify_block.partition("/")
    if block := read_block(client, kind, name):
        return block.id
    raise SettingsError(
        f"there is no notification block {settings.notify_block} on this Prefect server",
        "Create it on the Blocks page, or correct TOP50_NOTIFY_BLOCK.",
    )


def read_block(client: SyncPrefectClient, kind: str, name: str) -> BlockDocument | None:
    """Return a block with its secrets, None when there is none. kind: the block type, such as `secret`."""
    try:
        return client.read_block_document_by_name(name, kind)
    except ObjectNotFound:
        return None
