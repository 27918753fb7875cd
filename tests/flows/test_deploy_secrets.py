"""Settings and secrets of the deployer: the settings as a variable, the secrets in encrypted blocks only."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.flows.conftest import ROOT, Command, PrefectApi
from tests.flows.deploying import deploy
from tests.servers.prefect import PrefectServer

SECRETS = {"SPOTIPY_CLIENT_SECRET": "hush-client-secret", "AWS_SECRET_ACCESS_KEY": "hush-aws-secret"}
SETTINGS = {
    "TOP50_LAKE": "s3://invented/top50",
    "TOP50_SPOTIFY_BLOCK": "spotify-of-deploy",
    "TOP50_AWS_CREDENTIALS_BLOCK": "aws-of-deploy",
    "TOP50_CONSENT_FILE": "/nowhere/consent.json",
    "SPOTIPY_CLIENT_ID": "invented",
    "AWS_ACCESS_KEY_ID": "AKIAINVENTED",
    "AWS_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
}

READ_BLOCKS = """
import json
from prefect.blocks.system import Secret
from prefect_aws import AwsCredentials
aws = AwsCredentials.load("aws-of-deploy")
print(json.dumps([
    Secret.load("spotify-of-deploy").get(), aws.aws_access_key_id,
    aws.aws_secret_access_key.get_secret_value(), aws.region_name,
]))
"""


def in_blocks(command: Command) -> Any:
    ended = subprocess.run(
        [sys.executable, "-c", READ_BLOCKS],
        cwd=ROOT,
        env=command.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ended.stdout.splitlines()[-1])


def left_behind(server: PrefectServer, api: PrefectApi) -> Iterator[tuple[str, bytes]]:
    yield from ((str(path), path.read_bytes()) for path in server.home.rglob("*") if path.is_file())
    for path in ("variables", "deployments", "work_pools", "block_documents", "automations"):
        yield path, json.dumps(api.post(f"{path}/filter", {})).encode()


def test_secrets_are_stored_in_blocks_and_nowhere_else(
    command: Command, prefect_api: PrefectApi, prefect_server: PrefectServer
) -> None:
    first = deploy(command, **SETTINGS, **SECRETS)
    assert first.returncode == 0, first.stderr
    assert "block secret/spotify-of-deploy" in first.stdout
    assert in_blocks(command) == ["hush-client-secret", "AKIAINVENTED", "hush-aws-secret", "eu-central-1"]

    stored = prefect_api.get("variables/name/top50_settings")["value"]
    assert stored == {
        name: value
        for name, value in {**SETTINGS, "TOP50_SOURCE": "simulator"}.items()
        if name not in ("AWS_ACCESS_KEY_ID", "TOP50_CONSENT_FILE")
    }

    second = deploy(command, **SETTINGS, **SECRETS | {"SPOTIPY_CLIENT_SECRET": "hush-newer-secret"})
    assert "changed   block secret/spotify-of-deploy" in second.stdout
    assert "unchanged block aws-credentials/aws-of-deploy" in second.stdout
    assert in_blocks(command)[0] == "hush-newer-secret"

    output = (first.stdout + first.stderr + second.stdout + second.stderr).encode()
    left = [("its output", output), *left_behind(prefect_server, prefect_api)]
    assert b"aws-of-deploy" in b"".join(content for name, content in left if ".db" in name)
    assert [name for name, content in left if b"hush-" in content] == []


def test_keys_that_expire_soon_are_not_stored(command: Command, prefect_api: PrefectApi, lake: Path) -> None:
    del lake
    short = {**SETTINGS, "TOP50_AWS_CREDENTIALS_BLOCK": "", "AWS_SESSION_TOKEN": "hush-token"}
    ended = deploy(command, **short, **SECRETS)
    assert "note      these AWS keys expire soon and are not stored: give the workers a role" in ended.stdout
    names = {block["name"] for block in prefect_api.post("block_documents/filter", {})}
    assert "top50-aws" not in names
    assert "TOP50_AWS_CREDENTIALS_BLOCK" not in prefect_api.get("variables/name/top50_settings")["value"]
