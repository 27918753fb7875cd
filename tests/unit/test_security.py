"""Secrets go only to the host they are meant for, encrypted, and no file or log shows them."""

import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from unittest import mock

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import SSLError
from pydantic import SecretStr

from top50.aws import AwsSession
from top50.charts import CHARTS
from top50.errors import LakeError, LakeUnavailable, SettingsError, SourceError
from top50.lake import open_lake
from top50.lake.s3 import S3Lake
from top50.security import guard, refuse_open_http, share_certificates, without_password
from top50.settings import Settings
from top50.sources.http import OneHostSession
from top50.sources.source import open_source

from .tls import Visited, make_certificates, serving

ROOT = Path(__file__).parents[2]
NOBODY = "http://192.0.2.1"  # https://www.rfc-editor.org/rfc/rfc5737: nobody's
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=2)


def settings(**chosen: object) -> Settings:
    return Settings.model_validate(chosen)


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path) -> Iterator[None]:
    """An AWS user without any other setting."""
    user = {
        "AWS_ACCESS_KEY_ID": "invented",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    files = {name: str(tmp_path / name) for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
    paths = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    with mock.patch.dict(os.environ, {**paths, **user, **files}, clear=True):
        yield


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example",
        "http://127.0.0.1:8050/v1",
        "http://127.9.9.9",
        "http://[::1]:1",
        "http://LOCALHOST:4200",
        "",
    ],
)
def test_what_nobody_can_overhear_is_allowed(address: str) -> None:
    refuse_open_http("IT", address, allow_http=False)


@pytest.mark.parametrize(
    "address",
    [
        NOBODY,
        "HTTP://192.0.2.1",
        "http://elsewhere.example",
        "http://me:hush@elsewhere.example",
        "http://127.0.0.1.elsewhere.example",
        "http://127.0.0.1@elsewhere.example",
        "http://localhost.elsewhere.example",
        "http://0.0.0.0",
    ],
)
def test_what_others_can_overhear_is_refused_unless_allowed(address: str) -> None:
    with pytest.raises(SettingsError, match=r"IT points to \S+ over http, .*TOP50_ALLOW_HTTP=true") as caught:
        refuse_open_http("IT", address, allow_http=False)
    assert "hush" not in str(caught.value)
    refuse_open_http("IT", address, allow_http=True)


def test_a_password_in_an_address_is_left_out() -> None:
    text = "no answer from https://me:hush@elsewhere.example/api?mail=a@b, nor from http://127.0.0.1/@me"
    assert without_password(text) == text.replace("me:hush@", "")


def test_an_endpoint_in_aws_s_own_files_is_seen_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "AWS_CONFIG_FILE").write_text(f"[default]\nendpoint_url = {NOBODY}\n")
    session = guard(boto3.Session(), allow_http=False)
    with closing(session.client("glue", config=ONCE)) as glue, pytest.raises(SettingsError, match="192"):
        glue.get_databases()


def test_an_allowed_endpoint_is_asked() -> None:
    with serving() as server:
        os.environ["AWS_ENDPOINT_URL_GLUE"] = server.address
        for allow_http in (True, False):
            session = guard(boto3.Session(), allow_http=allow_http)
            with closing(session.client("glue", config=ONCE)) as glue:
                glue.get_databases()
    assert len(server.headers) == 2


def test_a_lake_is_not_opened_over_open_http() -> None:
    os.environ["AWS_ENDPOINT_URL_S3"] = NOBODY
    with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL_S3 points to"):
        open_lake(settings(lake="s3://lake"))
    assert open_lake(settings(lake="s3://lake", allow_http=True))


@pytest.fixture
def certificates(tmp_path: Path) -> tuple[Path, Path]:
    return make_certificates(tmp_path)


@pytest.fixture
def stranger(certificates: tuple[Path, Path]) -> Iterator[Visited]:
    with serving(certificate=certificates[1]) as server:
        yield server


def ask_spotify(address: str) -> None:
    with closing(OneHostSession()) as session:
        session.post(f"{address}/api/token", data={"refresh_token": "hush"}, timeout=5)


def ask_glue(address: str) -> None:
    session = guard(boto3.Session(), allow_http=False)
    with closing(session.client("glue", config=ONCE, endpoint_url=address)) as glue:
        glue.get_databases()


def ask_lake(address: str) -> None:
    os.environ["AWS_ENDPOINT_URL_S3"] = address
    patience = {"max_retries": 0, "retry_timeout": timedelta(seconds=5)}
    with mock.patch("top50.lake.s3_store._RETRIES", patience):
        assert S3Lake("lake", "", AwsSession()).read("key")


ASK: list[Callable[[str], None]] = [ask_spotify, ask_glue, ask_lake]
SWITCHES = [
    "AWS_ALLOW_INVALID_CERTIFICATES",
    "ALLOW_INVALID_CERTIFICATES",
    "PYTHONHTTPSVERIFY",
    "AWS_ALLOW_HTTP",
]


@pytest.mark.parametrize("ask", ASK)
def test_a_server_without_a_valid_certificate_gets_no_request(
    stranger: Visited, ask: Callable[[str], None]
) -> None:
    os.environ.update(dict.fromkeys(SWITCHES, "true"), PYTHONHTTPSVERIFY="0")
    with pytest.raises((requests.exceptions.SSLError, SSLError, LakeUnavailable)):
        ask(stranger.address)
    assert stranger.headers == []


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "AWS_CA_BUNDLE"])
@pytest.mark.parametrize("ask", ASK)
def test_an_authority_of_one_s_own_counts_for_its_clients(
    stranger: Visited, certificates: tuple[Path, Path], name: str, ask: Callable[[str], None]
) -> None:
    os.environ[name] = str(certificates[0])
    share_certificates(os.environ)
    before = dict(os.environ)
    if ask is ask_spotify and name == "AWS_CA_BUNDLE":
        with pytest.raises(requests.exceptions.SSLError):
            ask(stranger.address)
        return
    ask(stranger.address)
    assert len(stranger.headers) == 1
    os.environ.pop("AWS_ENDPOINT_URL_S3", None)
    assert dict(os.environ) == before


def test_a_redirect_to_another_host_takes_neither_token_nor_body_along() -> None:
    with serving() as thief, serving(sends_on_to=thief.address) as server:
        chosen = settings(
            spotify_api_url=server.address,
            spotify_accounts_url=server.address,
            spotify_client_id="me",
            spotify_client_secret=SecretStr("hush"),
        )
        with pytest.raises(SourceError, match="redirects to another host, http://127") as caught:
            with open_source(chosen) as source:
                source.newest(CHARTS["global-weekly"])
    assert not caught.value.passing
    assert (len(server.headers), thief.headers) == (1, [])


def test_a_redirect_on_the_same_host_is_followed() -> None:
    with serving() as server, closing(OneHostSession()) as session:
        moved = requests.Response()
        moved.status_code, moved.url, moved.raw = 302, f"{server.address}/old", io.BytesIO()
        moved.headers["location"] = "/new"
        assert session.get_redirect_target(moved) == "/new"
        moved.headers["location"] = server.address.replace("http:", "https:")
        with pytest.raises(SourceError):
            session.get_redirect_target(moved)


def test_an_authority_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    os.environ["AWS_CA_BUNDLE"] = str(tmp_path / "none.pem")
    with pytest.raises(
        SettingsError, match=r"cannot read the certificates .*none\.pem: No such file.*Correct"
    ):
        ask_lake("https://127.0.0.1:1")


def test_no_credentials_still_says_so() -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    with pytest.raises(LakeError, match="there are no AWS credentials"):
        open_lake(settings(lake="s3://lake"))


@pytest.mark.parametrize("name", [".env", ".env.bak", ".spotify-consent.json", ".spotify-consent.json.x7"])
def test_git_takes_no_file_that_holds_a_secret(tmp_path: Path, name: str) -> None:
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for tried, ignored in ((name, True), (".env.example", False)):
        asked = subprocess.run(["git", "-C", tmp_path, "check-ignore", "--quiet", tried], check=False)
        assert (asked.returncode == 0) == ignored


def test_make_creates_env_for_its_owner_only(tmp_path: Path) -> None:
    for name in ("Makefile", ".env.example"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run(["make", "--silent", ".env"], cwd=tmp_path, umask=0, check=True, capture_output=True)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
